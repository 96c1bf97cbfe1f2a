// The producers' state at an offset, as a file beside the segments: `<offset>.snapshot`.
//
//   version i16 = 2 · crc u32 (CRC-32C of what follows) · producers i32 · per producer:
//   id i64 · epoch i16 · coordinatorEpoch i32 (−1: none) · timestamp i64 · lastOffset i64 · transactionStart i64 (−1: none)
//   · batches i8 (0 to 5) · per batch: firstSequence i32 · lastSequence i32 · lastOffset i64
internal import Bytes
internal import Vocabulary

/// Why a snapshot is not used: the log is replayed instead.
enum SnapshotFault: Error, Equatable, CustomStringConvertible {
    case damaged
    case version(Int16)

    var description: String {
        switch self {
        case .damaged: "damaged"
        case .version(let version): "version \(version) is not \(ProducerSnapshot.version)"
        }
    }
}

enum ProducerSnapshot {
    static let version: Int16 = 2
    private static let headerBytes = 6
    private static let producerBytes = 39

    static func encode(_ producers: [ProducerState.Remembered]) -> [UInt8] {
        var writer = ByteWriter()
        writer.int16(version)
        writer.uint32(0)
        writer.int32(Int32(producers.count))
        for producer in producers {
            writer.int64(producer.id)
            writer.int16(producer.epoch)
            writer.int32(producer.coordinatorEpoch ?? -1)
            writer.int64(producer.timestamp)
            writer.int64(producer.lastOffset)
            writer.int64(producer.transactionStart ?? -1)
            writer.int8(Int8(producer.batches.count))
            for batch in producer.batches {
                writer.int32(batch.firstSequence)
                writer.int32(batch.lastSequence)
                writer.int64(batch.lastOffset)
            }
        }
        writer.patch(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: writer.bytes[headerBytes...])), at: 2)
        return Array(writer.bytes)
    }

    /// What `encode` wrote.
    ///
    /// - Throws: when the bytes are anything else.
    static func decode(_ bytes: [UInt8]) throws(SnapshotFault) -> [ProducerState.Remembered] {
        let result: Result<[ProducerState.Remembered], SnapshotFault> = bytes.withUnsafeBytes { raw in
            guard raw.count >= headerBytes else { return .failure(.damaged) }
            var reader = ByteReader(raw)
            do {
                let found = try reader.int16()
                guard found == version else { return .failure(.version(found)) }
                let crc = try reader.uint32()
                guard crc == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[headerBytes...])) else { return .failure(.damaged) }
                var producers: [ProducerState.Remembered] = []
                let count = Int(try reader.int32())
                // A count that can't fit is refused before anything is made of it.
                guard count >= 0, count <= reader.remaining / producerBytes else { return .failure(.damaged) }
                for _ in 0..<count {
                    guard let producer = try producer(&reader) else { return .failure(.damaged) }
                    producers.append(producer)
                }
                return reader.remaining == 0 ? .success(producers) : .failure(.damaged)
            } catch {
                return .failure(.damaged)
            }
        }
        return try result.get()
    }

    private static func producer(_ reader: inout ByteReader) throws(BytesError) -> ProducerState.Remembered? {
        let (id, epoch, coordinatorEpoch) = (try reader.int64(), try reader.int16(), try reader.int32())
        let (timestamp, lastOffset, transactionStart) = (try reader.int64(), try reader.int64(), try reader.int64())
        var producer = ProducerState.Remembered(
            id: id, epoch: epoch, coordinatorEpoch: coordinatorEpoch < 0 ? nil : coordinatorEpoch, timestamp: timestamp,
            lastOffset: lastOffset, transactionStart: transactionStart < 0 ? nil : transactionStart, batches: [])
        let count = Int(try reader.int8())
        guard id >= 0, epoch >= 0, (0...StorageLimits.batchesPerProducer).contains(count) else { return nil }
        for _ in 0..<count {
            producer.batches.append(
                SequencedBatch(
                    firstSequence: try reader.int32(), lastSequence: try reader.int32(), lastOffset: try reader.int64()))
        }
        return producer
    }
}
