// Headers of measured records: names that repeat and values that do not, made once.

/// Blocks of encoded headers of one size, from which each record takes the next. Immutable, so lanes share them.
package final class RecordHeaders: @unchecked Sendable {
    // @unchecked: all memory is written before `init` returns and only read afterwards.

    /// How many blocks there are before they repeat, where they are small.
    private static let mostBlocks = 256
    private static let mostBytes = 1 << 20

    package let blockCount: Int
    /// Of one block: what a record is longer by, less the one byte that says “no headers”.
    package let blockBytes: Int
    private let blocks: UnsafeMutableRawPointer

    /// - Parameters:
    ///   - count: headers of a record, named h0, h1, …
    ///   - valueBytes: of each header's value.
    ///   - seed: the same seed gives the same values.
    package init(count: Int, valueBytes: Int, seed: UInt64) {
        precondition(count > 0 && valueBytes >= 0, "\(count) headers of \(valueBytes) bytes")
        blockBytes = Self.encodedBytes(count: count, valueBytes: valueBytes)
        blockCount = min(Self.mostBlocks, max(1, Self.mostBytes / blockBytes))
        let byteCount = (blockCount * blockBytes + 7) / 8 * 8
        blocks = .allocate(byteCount: byteCount, alignment: 8)
        SeededBytes.fill(UnsafeMutableRawBufferPointer(start: blocks, count: byteCount), seed: seed)
        for n in 0..<blockCount { Self.frame(count, valueBytes, blocks + n * blockBytes) }
    }

    deinit { blocks.deallocate() }

    /// The bytes of block `n` in `0..<blockCount`, as they stand at the end of a record.
    @inline(__always) package func block(_ n: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: blocks + n &* blockBytes, count: blockBytes)
    }

    /// Bytes that so many headers take in a record.
    package static func encodedBytes(count: Int, valueBytes: Int) -> Int {
        let value = Varint.size(Varint.zigzag(Int64(valueBytes))) + valueBytes
        let names = (0..<count).reduce(0) { sum, n in
            let name = name(n)
            return sum + Varint.size(Varint.zigzag(Int64(name.count))) + name.count
        }
        return Varint.size(Varint.zigzag(Int64(count))) + names + count * value
    }

    /// Writes counts, lengths and names; the values stay what they were.
    private static func frame(_ count: Int, _ valueBytes: Int, _ block: UnsafeMutableRawPointer) {
        var next = block
        Varint.write(Varint.zigzag(Int64(count)), &next)
        for n in 0..<count {
            let name = name(n)
            Varint.write(Varint.zigzag(Int64(name.count)), &next)
            name.withUnsafeBytes { next.copyMemory(from: $0.baseAddress!, byteCount: name.count) }
            next += name.count
            Varint.write(Varint.zigzag(Int64(valueBytes)), &next)
            next += valueBytes
        }
    }

    private static func name(_ n: Int) -> [UInt8] { Array("h\(n)".utf8) }
}
