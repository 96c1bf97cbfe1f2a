// The door that opens a batch: where a topic's rules are about every record, keys or times, each one is looked at.
internal import Records
internal import Vocabulary

extension PartitionLog {
    /// Refuses a batch with a keyless record, on a compacted topic, where it could never be compacted, or with one whose
    /// time is out of range.
    ///
    /// A compressed batch is decompressed for it, here on the loop: a batch waits in the receive buffer as it came, and
    /// the order of a connection's batches is that of its requests, so handing it to another thread would hold back all
    /// that comes behind it on the connection. What a client can make the loop do is bounded twice: `max.message.bytes`
    /// come in, `StorageLimits.decompressedBatchBytes` come out at most. How long that takes stands there.
    ///
    /// - Parameter times: milliseconds since 1970 that a record may have; nil: any.
    /// - Throws: `.record(.keyless)`, or what is wrong with the records; `.timestampOutOfRange`.
    func checkRecords(_ batch: BatchView, times: ClosedRange<Int64>?) throws(StorageError) {
        let needsKeys = configuration.cleanupPolicy.contains(.compact)
        guard needsKeys || timestampRules.limitsThePast else { return }
        var fault: StorageError?
        do throws(RecordWalkError) {
            try RecordKeys().forEach(in: batch) { record in
                if needsKeys, record.key == nil {
                    fault = .record(.keyless(Int32(truncatingIfNeeded: record.offset &- batch.baseOffset)))
                } else if let times, record.timestamp > times.upperBound || record.timestamp >= 0 && record.timestamp < times.lowerBound {
                    // -1 is a record without time.
                    fault = .timestampOutOfRange(record.timestamp, earliest: times.lowerBound, latest: times.upperBound)
                }
                return fault == nil
            }
        } catch { throw .record(error.recordError) }
        if let fault { throw fault }
    }
}
