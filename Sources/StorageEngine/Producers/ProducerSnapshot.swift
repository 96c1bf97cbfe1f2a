// The producers' state at an offset, as a file beside the segments: `<offset>.snapshot`.
//
//   version i16 = 1 · crc u32 (CRC-32C of what follows) · producers i32 · per producer:
//   id i64 · epoch i16 · timestamp i64 · batches i8 · per batch: firstSequence i32 · lastSequence i32 · lastOffset i64
internal import Bytes
internal import Vocabulary

enum ProducerSnapshot {
    private static let version: Int16 = 1
    private static let headerBytes = 6

    static func encode(_ producers: [ProducerState.Remembered]) -> [UInt8] {
        var writer = ByteWriter()
        writer.int16(version)
        writer.uint32(0)
        writer.int32(Int32(producers.count))
        for producer in producers {
            writer.int64(producer.id)
            writer.int16(producer.epoch)
            writer.int64(producer.timestamp)
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

    /// What `encode` wrote; nil when the bytes are anything else.
    static func decode(_ bytes: [UInt8]) -> [ProducerState.Remembered]? {
        bytes.withUnsafeBytes { raw in
            guard raw.count >= headerBytes else { return nil }
            var reader = ByteReader(raw)
            do {
                guard try reader.int16() == version else { return nil }
                let crc = try reader.uint32()
                guard crc == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[headerBytes...])) else { return nil }
                var producers: [ProducerState.Remembered] = []
                for _ in 0..<(try reader.int32()) { producers.append(try producer(&reader)) }
                return reader.remaining == 0 ? producers : nil
            } catch {
                return nil
            }
        }
    }

    private static func producer(_ reader: inout ByteReader) throws -> ProducerState.Remembered {
        var producer = ProducerState.Remembered(
            id: try reader.int64(), epoch: try reader.int16(), timestamp: try reader.int64(), batches: [])
        for _ in 0..<(try reader.int8()) {
            producer.batches.append(
                SequencedBatch(
                    firstSequence: try reader.int32(), lastSequence: try reader.int32(), lastOffset: try reader.int64()))
        }
        return producer
    }
}
