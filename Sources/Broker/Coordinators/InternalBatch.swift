// Records of an internal topic as a batch, and back.
internal import Coordination
internal import Records
internal import StorageEngine
internal import Vocabulary

/// What a partition of an internal topic keeps, in its order.
enum InternalEntry: Equatable, Sendable {
    /// With a producer it is part of its transaction, and counts when a marker commits that.
    case record(StateRecord, producerID: ProducerID?)
    case marker(EndTransactionMarker)
}

enum InternalBatch {
    /// A record's length, attributes, timestamp and offset deltas, key and value lengths and header count, at their longest.
    private static let recordOverhead = 5 + 1 + 10 + 5 + 5 + 5 + 1
    /// What the batch builder may touch behind the last record.
    private static let slack = 16
    private static let transactional: Int16 = 0x10

    /// One batch of all `records`. The caller deallocates it.
    ///
    /// - Parameter transaction: makes it a batch of the producer's transaction, whose sequence `reseal` sets.
    static func encode(
        _ records: [StateRecord], timestampMilliseconds: Int64, transaction: ProducerStamp?
    ) -> (memory: UnsafeMutableRawBufferPointer, batch: UnsafeMutableRawBufferPointer) {
        precondition(!records.isEmpty, "a batch without records")
        let bytes = records.reduce(BatchLayout.headerSize + slack) {
            $0 + recordOverhead + $1.key.count + ($1.value?.count ?? 0)
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 16)
        var builder = BatchBuilder(into: memory)
        builder.begin(timestampMilliseconds: timestampMilliseconds)
        for record in records {
            let fits = record.key.withUnsafeBytes { key in
                guard let value = record.value else {
                    return builder.append(key: key, value: nil, timestampMilliseconds: timestampMilliseconds)
                }
                return value.withUnsafeBytes {
                    builder.append(key: key, value: $0, timestampMilliseconds: timestampMilliseconds)
                }
            }
            precondition(fits, "a batch is as large as its records need")
        }
        let batch = builder.finish()
        if let transaction {
            batch.storeBytes(of: transactional.bigEndian, toByteOffset: BatchLayout.attributes, as: Int16.self)
            reseal(batch, transaction, sequence: 0)
        }
        return (memory, batch)
    }

    /// Puts a batch in its place among the producer's. Kafka leaves the sequence of transactional offsets out; here the
    /// partition checks these batches like any other.
    static func reseal(_ batch: UnsafeMutableRawBufferPointer, _ stamp: ProducerStamp, sequence: Int32) {
        BatchBuilder.reseal(
            batch, producerID: stamp.producerID, producerEpoch: stamp.producerEpoch, baseSequence: sequence)
    }

    /// Everything in whole batches that lie one behind the other.
    ///
    /// - Throws: `.record` with what is wrong. A compressed batch is: nothing here writes one.
    static func decode(_ bytes: UnsafeRawBufferPointer) throws(StorageError) -> [InternalEntry] {
        do throws(RecordError) {
            var entries: [InternalEntry] = []
            var position = 0
            while position < bytes.count {
                let view = try BatchValidation.stored(UnsafeRawBufferPointer(rebasing: bytes[position...]))
                try decode(view, into: &entries)
                position += view.size
            }
            return entries
        } catch { throw .record(error) }
    }

    private static func decode(_ view: BatchView, into entries: inout [InternalEntry]) throws(RecordError) {
        if view.isControl {
            if let marker = try ControlBatch.marker(of: view) { entries.append(.marker(marker)) }
            return
        }
        guard view.codec == CompressionCodec.none else { throw .codec(view.attributes & 0x07) }
        var records = RecordIterator(view.records)
        while let record = try records.next() {
            guard let key = record.key else { throw .keyless(record.offsetDelta) }
            entries.append(
                .record(
                    StateRecord(key: Array(key), value: record.value.map { Array($0) }),
                    producerID: view.isTransactional ? view.producerID : nil))
        }
    }
}
