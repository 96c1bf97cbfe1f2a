// What a stored batch has to be, beyond whole bytes under a right checksum.
internal import Codecs
internal import Records
internal import Vocabulary

struct BatchCheck: ~Copyable {
    private let decompressor = Decompressor()

    /// A fault: where in the batch, what was found and what would be right.
    struct Fault {
        var field: Int
        var found: String
        var expected: String
    }

    /// - Parameters:
    ///   - batch: the whole batch; its header alone when it is too large to be held.
    ///   - mayLackRecords: compaction may have taken records out of it.
    func faults(in batch: BatchView, isWhole: Bool, mayLackRecords: Bool) -> [Fault] {
        var faults: [Fault] = []
        if batch.codec == nil {
            faults.append(.init(field: BatchLayout.attributes, found: "codec \(batch.attributes & 7)", expected: "0 to 4"))
        }
        let span = Int64(batch.lastOffsetDelta) + 1
        let count = Int64(batch.recordCount)
        if mayLackRecords ? count < 0 || count > span : count != span {
            faults.append(
                .init(
                    field: BatchLayout.recordCount, found: "\(count) records over \(span) offsets",
                    expected: mayLackRecords ? "0 to \(span)" : "\(span)"))
        }
        let hasProducer = batch.producerID >= 0
        if !hasProducer && batch.producerID != -1 || hasProducer && batch.producerEpoch < 0
            || batch.isTransactional && !hasProducer {
            faults.append(
                .init(
                    field: BatchLayout.producerID,
                    found: "producer \(batch.producerID), epoch \(batch.producerEpoch)\(batch.isTransactional ? ", transactional" : "")",
                    expected: "a producer with an epoch from 0 on, or -1 for none"))
        }
        if isWhole, faults.isEmpty, let codec = batch.codec, let fault = unfold(batch, codec) { faults.append(fault) }
        return faults
    }

    private func unfold(_ batch: BatchView, _ codec: CompressionCodec) -> Fault? {
        do throws(CodecError) {
            return walk(
                try decompressor.decompress(batch.records, codec, limit: StorageLimits.inspectedBatchBytes), of: batch)
        } catch {
            return Fault(
                field: BatchLayout.headerSize, found: "\(error)",
                expected: "records, compressed by \(codec), of at most \(StorageLimits.inspectedBatchBytes) bytes")
        }
    }

    private func walk(_ bytes: UnsafeRawBufferPointer, of batch: BatchView) -> Fault? {
        var records = RecordIterator(bytes)
        var walked: Int32 = 0
        var previous: Int32 = -1
        var largest = Int64.min
        do {
            while let record = try records.next() {
                guard record.offsetDelta > previous, record.offsetDelta <= batch.lastOffsetDelta else {
                    return Fault(
                        field: BatchLayout.headerSize, found: "offset delta \(record.offsetDelta) as record \(walked)",
                        expected: "\(previous + 1) to \(batch.lastOffsetDelta)")
                }
                previous = record.offsetDelta
                largest = max(largest, batch.baseTimestamp &+ record.timestampDelta)
                walked += 1
            }
        } catch {
            return Fault(field: BatchLayout.headerSize, found: "\(error)", expected: "records that fill the batch")
        }
        if walked != batch.recordCount {
            return Fault(field: BatchLayout.recordCount, found: "\(batch.recordCount) records", expected: "\(walked), as many as there are")
        }
        if largest > batch.maxTimestamp, !batch.usesLogAppendTime {
            return Fault(
                field: BatchLayout.maxTimestamp, found: "maximum timestamp \(batch.maxTimestamp)",
                expected: "\(largest), the largest of its records")
        }
        return nil
    }
}
