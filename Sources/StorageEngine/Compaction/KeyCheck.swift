// The door of a compacted topic: a record without a key could never be compacted.
internal import Records
internal import Vocabulary

extension PartitionLog {
    /// Refuses a batch with a keyless record.
    ///
    /// - Throws: `.record(.keyless)`, or what is wrong with the records.
    func checkKeys(_ batch: BatchView) throws(StorageError) {
        guard configuration.cleanupPolicy.contains(.compact) else { return }
        var keyless: Offset?
        do throws(RecordWalkError) {
            try RecordKeys().forEach(in: batch) { record in
                if record.key == nil { keyless = record.offset &- batch.baseOffset }
                return keyless == nil
            }
        } catch { throw .record(error.recordError) }
        if let keyless { throw .record(.keyless(Int32(truncatingIfNeeded: keyless))) }
    }
}
