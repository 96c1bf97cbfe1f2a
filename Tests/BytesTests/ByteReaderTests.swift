import Bytes
import Testing

/// Runs `body` over a reader of `bytes`.
private func reading<T>(_ bytes: [UInt8], _ body: (inout ByteReader) throws -> T) rethrows -> T {
    try bytes.withUnsafeBytes { raw in
        var reader = ByteReader(raw)
        return try body(&reader)
    }
}

@Suite struct ByteReaderTests {
    @Test func `an integer cut short is refused with what was there`() {
        #expect(throws: BytesError.truncated(needed: 4, available: 3, position: 0)) {
            try reading([1, 2, 3]) { try $0.int32() }
        }
    }

    @Test func `a negative or too long slice is refused`() {
        #expect(throws: BytesError.self) { try reading([1, 2]) { try $0.slice(-1).count } }
        #expect(throws: BytesError.self) { try reading([1, 2]) { try $0.slice(3).count } }
        #expect(throws: BytesError.self) { try reading([1, 2]) { try $0.skip(.max) } }
    }

    @Test(arguments: [[0xff, 0xff, 0xff, 0xff, 0x1f], [0x80, 0x80, 0x80, 0x80, 0x80, 0x01], [0x80, 0x80, 0x80, 0x80, 0x10]])
    func `a varint with bits beyond 32 is refused, not cut`(bytes: [UInt8]) {
        #expect(throws: BytesError.varintOverflow(position: 0)) { try reading(bytes) { try $0.unsignedVarint() } }
    }

    @Test func `a varlong with bits beyond 64 is refused`() {
        let bytes = [UInt8](repeating: 0xff, count: 9) + [0x02]
        #expect(throws: BytesError.varintOverflow(position: 0)) { try reading(bytes) { try $0.unsignedVarlong() } }
    }

    @Test func `integers are read in network order`() throws {
        try reading([0x01, 0x02, 0xff, 0xff, 0xff, 0xfe, 0x80]) { reader in
            let values = (try reader.uint16(), try reader.int32(), try reader.int8(), reader.remaining)
            #expect(values == (0x0102, -2, -128, 0))
        }
    }

    @Test(arguments: [0, 1, -1, 63, -64, 64, 300, -300, Int32.max, Int32.min])
    func `a varint reads back as it was written`(value: Int32) throws {
        var writer = ByteWriter()
        writer.varint(value)
        writer.varlong(Int64(value) &* 4_294_967_291)
        let bytes = Array(writer.bytes)
        try reading(bytes) { reader in
            let read = (try reader.varint(), try reader.varlong(), reader.remaining)
            #expect(read == (value, Int64(value) &* 4_294_967_291, 0))
        }
    }

    @Test func `a writer grows, patches and starts over in the same memory`() {
        var writer = ByteWriter(capacity: 16)
        writer.int32(0)
        for n in 0..<100 { writer.int64(Int64(n)) }
        writer.patch(Int32(writer.count), at: 0)
        #expect(Array(writer.bytes.prefix(4)) == [0, 0, 3, 36])
        let capacity = writer.storage.count
        writer.removeAll()
        writer.write([7, 8])
        #expect(Array(writer.bytes) == [7, 8])
        #expect(writer.storage.count == capacity)
    }
}
