// The keys of a batch's records: what compaction's map is made of, and what the door of a compacted topic asks for.
internal import Codecs
internal import Records
internal import Vocabulary

/// One record as compaction sees it. Points into the batch: valid during the closure only.
struct RecordKey {
    let offset: Offset
    /// Milliseconds since 1970; the batch's maximum where the broker set the times.
    let timestamp: Int64
    /// nil: keyless.
    let key: UnsafeRawBufferPointer?
    /// No value: the record deletes its key.
    let isTombstone: Bool
}

/// Why a batch could not be walked: it is damaged, beyond the bound, or its codec unknown. It is left as it is and reported.
enum RecordWalkError: Error, Equatable {
    case records(RecordError)
    case codec(Int16)
    case compression(CodecError)

    /// The same, as the engine's other errors carry it.
    var recordError: RecordError {
        switch self {
        case .records(let error): error
        case .codec(let codec): .codec(codec)
        case .compression(.truncated(let codec)): .compressed(codec, why: "the compressed bytes end early")
        case .compression(.corrupt(let codec, let why)): .compressed(codec, why: why)
        case .compression(.tooLarge(let codec, let limit)): .compressed(codec, why: "more than \(limit) bytes of records")
        }
    }
}

/// Walks batches, compressed or not, with the decompressor of the calling thread.
struct RecordKeys {
    /// The batch's records, decompressed. Valid until the next compressed batch is walked on this thread, and as long as
    /// the batch lies where it is.
    func block(of batch: BatchView) throws(RecordWalkError) -> UnsafeRawBufferPointer {
        guard let codec = batch.codec else { throw .codec(batch.attributes & 7) }
        // An emptied batch has nothing that a decompressor would understand.
        guard codec != .none, batch.records.count > 0 else { return batch.records }
        do {
            return try Decompressor.ofThisThread.decompress(batch.records, codec, limit: StorageLimits.decompressedBatchBytes)
        } catch { throw .compression(error) }
    }

    /// Shows every record to `body` in order, until it answers false. The checksum is not looked at.
    ///
    /// - Throws: when a record, a delta or the count is wrong; records before it were shown.
    /// - Returns: whether `body` saw all of them.
    @discardableResult
    func forEach(in batch: BatchView, _ body: (RecordKey) -> Bool) throws(RecordWalkError) -> Bool {
        let block = try block(of: batch)
        var walk = RecordChecks(batch)
        var records = RecordWalk(block)
        while true {
            let record: WalkedRecord
            do throws(RecordError) {
                guard let next = try records.next() else { break }
                try walk.check(next)
                record = next
            } catch { throw .records(error) }
            guard body(RecordKey(record, in: block, of: batch)) else { return false }
        }
        do { try walk.finish() } catch { throw .records(error) }
        return true
    }
}

extension RecordKey {
    @inline(__always)
    init(_ record: WalkedRecord, in block: UnsafeRawBufferPointer, of batch: BatchView) {
        offset = batch.baseOffset &+ Offset(record.offsetDelta)
        timestamp = batch.usesLogAppendTime ? batch.maxTimestamp : batch.baseTimestamp &+ record.timestampDelta
        key = record.key.map { UnsafeRawBufferPointer(rebasing: block[$0]) }
        isTombstone = !record.hasValue
    }
}

/// What the records of a batch have to be together: offsets that rise within the batch, as many as the header says.
struct RecordChecks {
    private let lastOffsetDelta: Int32
    private let recordCount: Int32
    private var walked: Int32 = 0
    private var previous: Int32 = -1

    init(_ batch: BatchView) {
        lastOffsetDelta = batch.lastOffsetDelta
        recordCount = batch.recordCount
    }

    @inline(__always)
    mutating func check(_ record: WalkedRecord) throws(RecordError) {
        guard record.offsetDelta > previous, record.offsetDelta <= lastOffsetDelta else {
            throw .offsetDelta(record.offsetDelta, expected: previous &+ 1)
        }
        previous = record.offsetDelta
        walked &+= 1
    }

    func finish() throws(RecordError) {
        guard walked == recordCount else { throw .walkedCount(Int(walked), headerSays: recordCount) }
    }
}
