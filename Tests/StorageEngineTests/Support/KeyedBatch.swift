// Batches with keys, and how they come back.
import Bytes
import Codecs
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// A record of a keyed batch. No value: a tombstone.
struct KeyedRecord: Equatable {
    var key: String?
    var value: String?
    var timestamp: Int64 = 1000

    init(_ key: String?, _ value: String?, at timestamp: Int64 = 1000) {
        (self.key, self.value, self.timestamp) = (key, value, timestamp)
    }
}

/// A record with its offset, as a consumer gets it.
struct StoredRecord: Equatable {
    var offset: Offset
    var record: KeyedRecord
}

func batch(
    _ records: [KeyedRecord], producer: ProducerID = -1, epoch: ProducerEpoch = -1, sequence: Int32 = -1, attributes: Int16 = 0
) -> [UInt8] {
    let base = records[0].timestamp
    var writer = ByteWriter()
    writer.int64(0)
    writer.int32(0)
    writer.int32(-1)
    writer.int8(2)
    writer.uint32(0)
    writer.int16(attributes)
    writer.int32(Int32(records.count - 1))
    writer.int64(base)
    writer.int64(records.map(\.timestamp).max()!)
    writer.int64(producer)
    writer.int16(producer < 0 ? -1 : max(0, epoch))
    writer.int32(sequence)
    writer.int32(Int32(records.count))
    for (index, record) in records.enumerated() {
        var body = ByteWriter()
        body.int8(0)
        body.varlong(record.timestamp - base)
        body.varint(Int32(index))
        for field in [record.key, record.value] {
            body.varint(Int32(field?.utf8.count ?? -1))
            if let field { body.write(Array(field.utf8)) }
        }
        body.varint(1)
        body.varint(1)
        body.write(Array("h".utf8))
        body.varint(-1)
        writer.varint(Int32(body.count))
        writer.write(Array(body.bytes))
    }
    writer.patch(Int32(writer.count - BatchLayout.lengthOverhead), at: BatchLayout.batchLength)
    return sealed(Array(writer.bytes))
}

/// The records of one batch, checked by its checksum and its header.
func records(of view: BatchView) throws -> [StoredRecord] {
    var result: [StoredRecord] = []
    let codec = try #require(view.codec)
    let decompressor = Decompressor()
    let block = view.recordCount == 0 ? view.records : try decompressor.decompress(view.records, codec, limit: 1 << 20)
    defer { withExtendedLifetime(decompressor) {} }
    var iterator = RecordIterator(block)
    while let record = try iterator.next() {
        func text(_ bytes: UnsafeRawBufferPointer?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        result.append(
            StoredRecord(
                offset: view.baseOffset + Offset(record.offsetDelta),
                record: KeyedRecord(text(record.key), text(record.value), at: view.baseTimestamp + record.timestampDelta)))
    }
    try #require(result.count == view.recordCount)
    if let last = result.last { try #require(last.offset < view.nextOffset) }
    return result
}

/// Shows each batch that lies in `bytes`, checked.
func forEachBatch(in bytes: [UInt8], _ body: (BatchView) throws -> Void) throws {
    try bytes.withUnsafeBytes { raw in
        var position = 0
        while position < raw.count {
            let view = try BatchValidation.stored(UnsafeRawBufferPointer(rebasing: raw[position...]))
            try body(view)
            position += view.size
        }
    }
}

extension Rig {
    /// Every batch below the high watermark, as bytes.
    func readBytes(from start: Offset? = nil) throws -> [UInt8] {
        var result: [UInt8] = []
        var offset = start ?? log.logStartOffset
        while let slice = try log.read(from: offset, maxBytes: 1 << 20, atLeastOneBatch: true) {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: slice.count, alignment: 16)
            defer { memory.deallocate() }
            try #require(try slice.file.read(into: memory, at: slice.position) == slice.count)
            result += memory
            try #require(slice.nextOffset > offset)
            offset = slice.nextOffset
        }
        return result
    }

    /// Every record below the high watermark.
    func readRecords() throws -> [StoredRecord] {
        var result: [StoredRecord] = []
        try forEachBatch(in: try readBytes()) { result += try records(of: $0) }
        return result
    }
}
