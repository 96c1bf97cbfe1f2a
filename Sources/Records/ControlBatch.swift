// The one record of the log that no client writes: the end of a transaction.
//
//   batch      attributes: transactional and control; baseSequence −1; one record, in Kafka's layout
//   key        version i16 = 0 · type i16: 0 abort, 1 commit
//   value      version i16 = 0 · coordinatorEpoch i32
//
// Source: `EndTransactionMarker` and `ControlRecordType` of Kafka 4.1; types above 1 belong to other protocols.
internal import Bytes
package import Vocabulary

/// What a coordinator decided about a producer's transaction.
package struct EndTransactionMarker: Equatable, Sendable {
    package enum Outcome: Int16, Sendable { case abort = 0, commit = 1 }

    package var producerID: ProducerID
    package var producerEpoch: ProducerEpoch
    package var outcome: Outcome
    /// The term of the coordinator that decided.
    package var coordinatorEpoch: Int32
    /// Of the protocol between coordinator and partitions. From 2 on (KIP-890) each transaction has an epoch of its own
    /// and the marker a newer one, so that a late marker can't end the next transaction. Not stored.
    package var transactionVersion: Int16

    package init(
        producerID: ProducerID, producerEpoch: ProducerEpoch, outcome: Outcome, coordinatorEpoch: Int32,
        transactionVersion: Int16 = 0
    ) {
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.outcome = outcome
        self.coordinatorEpoch = coordinatorEpoch
        self.transactionVersion = transactionVersion
    }
}

package enum ControlBatch {
    /// Bytes of a batch with one marker.
    package static let size = BatchLayout.headerSize + 17
    private static let keyBytes = 4
    private static let valueBytes = 6
    /// Transactional and control.
    private static let attributes: Int16 = 0x30

    /// Writes the marker as a whole batch, but for what the partition assigns.
    ///
    /// - Parameter memory: exactly `size` bytes.
    package static func write(
        _ marker: EndTransactionMarker, timestampMilliseconds: Int64, into memory: UnsafeMutableRawBufferPointer
    ) {
        precondition(memory.count == size, "a marker takes \(size) bytes, not \(memory.count)")
        var fields = ByteWriter()
        fields.int16(0)
        fields.int16(marker.outcome.rawValue)
        fields.int16(0)
        fields.int32(marker.coordinatorEpoch)
        var builder = BatchBuilder(into: memory)
        builder.begin(timestampMilliseconds: timestampMilliseconds)
        Array(fields.bytes).withUnsafeBytes { bytes in
            let isWritten = builder.append(
                key: UnsafeRawBufferPointer(rebasing: bytes[..<keyBytes]),
                value: UnsafeRawBufferPointer(rebasing: bytes[keyBytes...]), timestampMilliseconds: timestampMilliseconds)
            precondition(isWritten, "a marker fits its batch")
        }
        let batch = builder.finish()
        batch.storeBytes(of: attributes.bigEndian, toByteOffset: BatchLayout.attributes, as: Int16.self)
        BatchBuilder.reseal(
            batch, producerID: marker.producerID, producerEpoch: marker.producerEpoch, baseSequence: -1)
    }

    /// The marker in a control batch; nil when it was compacted away, or is a control record of another protocol.
    ///
    /// - Parameter view: the whole batch, its checksum checked.
    /// - Throws: `.record`, `.truncated` when it is no control record at all.
    package static func marker(of view: BatchView) throws(RecordError) -> EndTransactionMarker? {
        guard view.isControl, view.recordCount > 0 else { return nil }
        var records = RecordIterator(view.records)
        guard let record = try records.next() else { return nil }
        guard let key = record.key, let value = record.value, key.count >= keyBytes else {
            throw .truncated(needed: keyBytes, available: record.key?.count ?? 0)
        }
        guard let outcome = EndTransactionMarker.Outcome(rawValue: number(key, at: 2)) else { return nil }
        // Later versions of the value add fields behind these.
        guard value.count >= valueBytes else { throw .truncated(needed: valueBytes, available: value.count) }
        return EndTransactionMarker(
            producerID: view.producerID, producerEpoch: view.producerEpoch, outcome: outcome,
            coordinatorEpoch: number(value, at: 2))
    }

    private static func number<T: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, at position: Int) -> T {
        T(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
    }
}
