// One record as its reader sees it.
internal import Bytes
internal import Records
package import Vocabulary

/// A record where it lies, decompressed. Its memory is valid while it is handed over.
package struct TopicRecord {
    package let partition: Int32
    package let offset: Offset
    /// Milliseconds since 1970; negative where there is none.
    package let timestampMilliseconds: Int64
    /// Whether the time is the broker's.
    package let isLogAppendTime: Bool
    package let key: UnsafeRawBufferPointer?
    package let value: UnsafeRawBufferPointer?
    /// The count and the headers, walked before.
    private let headers: UnsafeRawBufferPointer

    init(_ record: RecordView, in batch: BatchView, partition: Int32) {
        self.partition = partition
        offset = batch.baseOffset &+ Offset(record.offsetDelta)
        isLogAppendTime = batch.usesLogAppendTime
        timestampMilliseconds = isLogAppendTime ? batch.maxTimestamp : batch.baseTimestamp &+ record.timestampDelta
        key = record.key
        value = record.value
        headers = record.headers
    }

    /// Calls `body` with each header, in order. A value may be null.
    package func forEachHeader(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Void) {
        var reader = ByteReader(headers)
        // `RecordView` has walked them: nothing here can throw.
        guard let count = try? reader.varint() else { return }
        for _ in 0..<count {
            guard let nameLength = try? reader.varint(), let name = try? reader.slice(Int(nameLength)),
                let valueLength = try? reader.varint()
            else { return }
            body(name, valueLength < 0 ? nil : try? reader.slice(Int(valueLength)))
        }
    }
}
