// A batch without some of its records, in the codec it had. What stays keeps its offset: deltas and base are the
// original's, so that runs of kept records are copied as they lie. Kafka takes the first kept record's timestamp as
// the new base instead, which says the same with other deltas.
// Source: MemoryRecords.filterTo, DefaultRecordBatch.writeEmptyHeader.
internal import Bytes
internal import Codecs
internal import Records
internal import Vocabulary

/// What a compaction decided about a batch before looking at its records.
struct BatchRule: Equatable {
    /// The header stays when no record does: the last batch of a live producer, or of the replacement.
    var keepsEmpty = false
    /// Stamped on a batch that keeps a tombstone and has no horizon yet: milliseconds since 1970.
    var newDeleteHorizon: Int64
    /// A transaction's marker without data left: it gets the horizon too.
    var stampsMarkers = false
}

enum FilteredBatch {
    /// Everything stays as it is: use the batch's own bytes.
    case unchanged
    /// Fewer records, or a stamp. Valid until the next call of the same filter.
    case rewritten(UnsafeRawBufferPointer, recordCount: Int32)
    /// A header alone, with offsets, producer and maximum timestamp. Valid until the next call.
    case emptied(UnsafeRawBufferPointer)
    case dropped
}

/// One per thread; keeps its memory between batches.
final class BatchFilter {
    private let compressor = Compressor()
    /// Room for a header, and the records that stay.
    private var output = ByteWriter(capacity: 64 << 10)
    /// What the records become on the way out, before it takes the place of `output`.
    private var next = ByteWriter(capacity: 64 << 10)
    /// What one huge batch needed is not kept for the next one.
    private static let keptBytes = 8 << 20

    /// Asks `keep` for each record in order.
    ///
    /// - Throws: when the batch can't be walked; it must be left as it is then.
    func filter(_ batch: BatchView, _ rule: BatchRule, keep: (RecordKey) -> Bool) throws(RecordWalkError) -> FilteredBatch {
        let block = try RecordKeys().block(of: batch)
        begin()
        var kept = Kept()
        var checks = RecordChecks(batch)
        var records = RecordWalk(block)
        var run = 0
        while true {
            let record: WalkedRecord
            do throws(RecordError) {
                guard let next = try records.next() else { break }
                try checks.check(next)
                record = next
            } catch { throw .records(error) }
            let seen = RecordKey(record, in: block, of: batch)
            if keep(seen) {
                kept.count &+= 1
                kept.maxTimestamp = max(kept.maxTimestamp, seen.timestamp)
                if seen.isTombstone { kept.hasTombstone = true }
            } else {
                copy(block, run..<record.start)
                run = record.end
            }
        }
        do { try checks.finish() } catch { throw .records(error) }
        return try finish(batch, rule, kept, block, run)
    }

    private struct Kept {
        var count: Int32 = 0
        var maxTimestamp = Int64.min
        var hasTombstone = false
    }

    private func begin() {
        if output.storage.count > Self.keptBytes { output = ByteWriter(capacity: Self.keptBytes) }
        if next.storage.count > Self.keptBytes { next = ByteWriter(capacity: Self.keptBytes) }
        Self.leaveHeader(&output)
    }

    private static func leaveHeader(_ writer: inout ByteWriter) {
        writer.removeAll()
        writer.reserve(BatchLayout.headerSize)
        writer.count = BatchLayout.headerSize
    }

    private func copy(_ block: UnsafeRawBufferPointer, _ range: Range<Int>) {
        if !range.isEmpty { output.write(UnsafeRawBufferPointer(rebasing: block[range])) }
    }

    private func finish(
        _ batch: BatchView, _ rule: BatchRule, _ kept: Kept, _ block: UnsafeRawBufferPointer, _ run: Int
    ) throws(RecordWalkError) -> FilteredBatch {
        if kept.count == 0 {
            // An empty batch that is met again has nothing to lose but itself.
            if batch.recordCount == 0, rule.keepsEmpty { return .unchanged }
            return rule.keepsEmpty ? .emptied(emptied(batch)) : .dropped
        }
        let needsHorizon = batch.deleteHorizon == nil && (rule.stampsMarkers || (kept.hasTombstone && !batch.isControl))
        if kept.count == batch.recordCount, !needsHorizon { return .unchanged }
        copy(block, run..<block.count)
        if needsHorizon { try restamp(batch, rule.newDeleteHorizon) }
        try compress(batch)
        let bytes = sealed(batch, kept, horizon: needsHorizon ? rule.newDeleteHorizon : nil)
        return .rewritten(bytes, recordCount: kept.count)
    }

    /// The records that stay, behind the room for the header.
    private var keptRecords: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: output.bytes[BatchLayout.headerSize...]) }

    /// Makes the records' time deltas relative to the horizon, which takes the base timestamp's place.
    private func restamp(_ batch: BatchView, _ horizon: Int64) throws(RecordWalkError) {
        Self.leaveHeader(&next)
        let block = keptRecords
        var records = RecordWalk(block)
        do {
            while let record = try records.next() {
                let time = batch.usesLogAppendTime ? batch.maxTimestamp : batch.baseTimestamp &+ record.timestampDelta
                let delta = zigzag(time &- horizon)
                let offsetDelta = zigzag(Int64(record.offsetDelta))
                let rest = UnsafeRawBufferPointer(rebasing: block[record.keyField..<record.end])
                let body = 1 + size(delta) + size(offsetDelta) + rest.count
                next.unsignedVarlong(zigzag(Int64(body)))
                next.uint8(block[record.timestampField - 1])
                next.unsignedVarlong(delta)
                next.unsignedVarlong(offsetDelta)
                next.write(rest)
            }
        } catch { throw .records(error) }
        swap(&output, &next)
    }

    /// Gives the records their batch's codec again.
    private func compress(_ batch: BatchView) throws(RecordWalkError) {
        guard let codec = batch.codec, codec != .none else { return }
        Self.leaveHeader(&next)
        do { next.write(try compressor.compress(keptRecords, codec)) } catch { throw .compression(error) }
        swap(&output, &next)
    }

    private func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value &<< 1) ^ (value &>> 63)) }
    private func size(_ value: UInt64) -> Int { (70 &- (value | 1).leadingZeroBitCount) / 7 }

    /// Puts the header before the records in `output`.
    private func sealed(_ batch: BatchView, _ kept: Kept, horizon: Int64?) -> UnsafeRawBufferPointer {
        var attributes = batch.attributes
        if horizon != nil { attributes |= BatchView.deleteHorizonBit }
        header(
            of: batch, attributes: attributes, baseTimestamp: horizon ?? batch.baseTimestamp,
            maxTimestamp: batch.usesLogAppendTime ? batch.maxTimestamp : kept.maxTimestamp, recordCount: kept.count)
        return output.bytes
    }

    /// What stands for no time, in Kafka's headers.
    private static let noTimestamp: Int64 = -1

    /// The batch's header alone. It keeps the place of its offsets and of its producer's sequence.
    private func emptied(_ batch: BatchView) -> UnsafeRawBufferPointer {
        begin()
        header(
            of: batch, attributes: batch.attributes & ~7 & ~BatchView.deleteHorizonBit, baseTimestamp: Self.noTimestamp,
            maxTimestamp: batch.maxTimestamp, recordCount: 0)
        return output.bytes
    }

    private func header(of batch: BatchView, attributes: Int16, baseTimestamp: Int64, maxTimestamp: Int64, recordCount: Int32) {
        output.mutableBytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: batch.bytes[..<BatchLayout.headerSize]))
        output.patch(Int32(output.count - BatchLayout.lengthOverhead), at: BatchLayout.batchLength)
        output.patch(attributes, at: BatchLayout.attributes)
        output.patch(baseTimestamp, at: BatchLayout.baseTimestamp)
        output.patch(maxTimestamp, at: BatchLayout.maxTimestamp)
        output.patch(recordCount, at: BatchLayout.recordCount)
        let checksummed = UnsafeRawBufferPointer(rebasing: output.bytes[BatchLayout.checksummed...])
        output.patch(CRC32C.checksum(checksummed), at: BatchLayout.crc)
    }
}

extension BatchView {
    static let deleteHorizonBit: Int16 = 0x40

    /// When this batch's tombstones or marker may go, in milliseconds since 1970; nil until a compaction has stamped it.
    /// It stands in the base timestamp's place.
    var deleteHorizon: Int64? { attributes & Self.deleteHorizonBit != 0 ? baseTimestamp : nil }
}
