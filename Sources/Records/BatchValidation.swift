internal import Bytes

/// The check at the door: a batch that passed it is what its header says.
package enum BatchValidation {
    /// The size of the batch at the front of `bytes`, checked only as far as framing needs: enough bytes
    /// for a header, a length no smaller than a header, format 2.
    ///
    /// - Throws: `.truncated` when fewer than 17 bytes are there or the batch runs past the end.
    package static func frame(_ bytes: UnsafeRawBufferPointer) throws(RecordError) -> BatchView {
        guard bytes.count >= BatchLayout.headerSize else {
            throw .truncated(needed: BatchLayout.headerSize, available: bytes.count)
        }
        let view = BatchView(unchecked: bytes)
        guard view.magic == BatchLayout.currentMagic else { throw .magic(view.magic) }
        guard view.batchLength >= Int32(BatchLayout.headerSize - BatchLayout.lengthOverhead) else {
            throw .length(view.batchLength, carried: bytes.count)
        }
        guard view.size <= bytes.count else { throw .truncated(needed: view.size, available: bytes.count) }
        return BatchView(unchecked: UnsafeRawBufferPointer(rebasing: bytes[..<view.size]))
    }

    /// Frame and checksum: what recovery asks of a stored batch.
    package static func stored(_ bytes: UnsafeRawBufferPointer) throws(RecordError) -> BatchView {
        let view = try frame(bytes)
        let computed = CRC32C.checksum(view.checksummed)
        guard computed == view.crc else { throw .checksum(stored: view.crc, computed: computed) }
        return view
    }

    /// Everything that can be known of a produced batch: exactly one batch, checksum, no control batch, known codec,
    /// counts that agree, producer fields that agree, and, where it is not compressed, every record
    /// walked: lengths, offset deltas 0, 1, 2 …, count, and a maximum timestamp that is the records' own.
    ///
    /// - Parameter admitsTransactions: whether the batch may belong to a transaction, which takes a producer id.
    /// - Throws: the first `RecordError` found.
    package static func produced(
        _ bytes: UnsafeRawBufferPointer, admitsTransactions: Bool = false
    ) throws(RecordError) -> BatchView {
        let view = try stored(bytes)
        guard view.size == bytes.count else { throw .length(view.batchLength, carried: bytes.count) }
        guard !view.isControl else { throw .control }
        if view.isTransactional {
            guard admitsTransactions else { throw .transactional }
            guard view.hasProducer else {
                throw .producer(id: view.producerID, epoch: view.producerEpoch, baseSequence: view.baseSequence)
            }
        }
        guard let codec = view.codec else { throw .codec(view.attributes & 0x07) }
        guard view.recordCount > 0, view.lastOffsetDelta == view.recordCount &- 1 else {
            throw .count(recordCount: view.recordCount, lastOffsetDelta: view.lastOffsetDelta)
        }
        guard view.producerID >= 0 ? view.producerEpoch >= 0 && view.baseSequence >= 0 : view.producerID == -1 else {
            throw .producer(id: view.producerID, epoch: view.producerEpoch, baseSequence: view.baseSequence)
        }
        if codec == .none, !RegularWalk.passes(view) { try walk(view) }
        return view
    }

    /// Says what is wrong with records that the quick walk did not pass, or passes them after all.
    private static func walk(_ view: BatchView) throws(RecordError) {
        // A count that cannot fit is refused before anything is walked.
        guard Int(view.recordCount) <= view.records.count / BatchLayout.smallestRecord else {
            throw .walkedCount(view.records.count / BatchLayout.smallestRecord, headerSays: view.recordCount)
        }
        var records = RecordIterator(view.records)
        var walked: Int32 = 0
        var largest = Int64.min
        while let record = try records.next() {
            guard record.offsetDelta == walked else { throw .offsetDelta(record.offsetDelta, expected: walked) }
            largest = max(largest, view.baseTimestamp &+ record.timestampDelta)
            walked &+= 1
        }
        guard walked == view.recordCount else { throw .walkedCount(Int(walked), headerSays: view.recordCount) }
        guard view.usesLogAppendTime || largest == view.maxTimestamp else {
            throw .timestamps(max: view.maxTimestamp, walked: largest)
        }
    }
}
