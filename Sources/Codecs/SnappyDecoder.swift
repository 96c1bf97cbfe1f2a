internal import CSnappy
internal import Records

/// Decodes Snappy in both framings. The library keeps no state between blocks.
enum SnappyDecoder {
    static func decode(_ input: UnsafeRawBufferPointer, into output: OutputMemory, limit: Int) throws(CodecError) {
        guard XerialHeader.begins(input) else {
            let size = try claimedSize(input)
            guard size <= limit else { throw .tooLarge(.snappy, limit: limit) }
            output.begin(limit: limit, expected: size)
            return try decodeBlock(input, size: size, into: output)
        }
        // Two passes over the blocks, so that the memory grows once, to what they claim together.
        var blocks = XerialBlocks(input)
        var total = 0
        while let block = try blocks.next() {
            total += try claimedSize(block)
            guard total <= limit else { throw .tooLarge(.snappy, limit: limit) }
        }
        output.begin(limit: limit, expected: total)
        blocks = XerialBlocks(input)
        while let block = try blocks.next() { try decodeBlock(block, size: try claimedSize(block), into: output) }
    }

    /// The decompressed length in front of a block, refused when so few bytes cannot hold it.
    private static func claimedSize(_ block: UnsafeRawBufferPointer) throws(CodecError) -> Int {
        var size = 0
        guard snappy_uncompressed_length(chars(block), block.count, &size) == SNAPPY_OK else {
            if block.count < SnappyBlock.longestLength { throw .truncated(.snappy) }
            throw .corrupt(.snappy, why: "no length in front of a block")
        }
        guard size <= block.count &* SnappyBlock.largestRatio else {
            throw SnappyBlock.isCutShort(block) ? .truncated(.snappy)
                : .corrupt(.snappy, why: "\(size) bytes claimed by a block of \(block.count)")
        }
        return size
    }

    private static func decodeBlock(_ block: UnsafeRawBufferPointer, size: Int, into output: OutputMemory) throws(CodecError) {
        var written = size
        let target = output.next.assumingMemoryBound(to: CChar.self)
        guard snappy_uncompress(chars(block), block.count, target, &written) == SNAPPY_OK, written == size else {
            throw SnappyBlock.isCutShort(block) ? .truncated(.snappy) : .corrupt(.snappy, why: "a block that is no Snappy")
        }
        output.advance(by: size)
    }

    private static func chars(_ block: UnsafeRawBufferPointer) -> UnsafePointer<CChar>? {
        block.baseAddress?.assumingMemoryBound(to: CChar.self)
    }
}

/// The blocks of a stream in xerial framing.
private struct XerialBlocks {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func next() throws(CodecError) -> UnsafeRawBufferPointer? {
        while XerialHeader.begins(bytes, at: position) {
            guard bytes.count - position >= XerialHeader.size else { throw .truncated(.snappy) }
            position += XerialHeader.size
        }
        guard position < bytes.count else { return nil }
        guard bytes.count - position >= XerialHeader.lengthSize else { throw .truncated(.snappy) }
        let length = Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int32.self))
        // A header that the input's end cuts off begins as a negative length too.
        guard length > 0 else {
            if UInt32(bitPattern: length) == UInt32(XerialHeader.magic >> 32) { throw .truncated(.snappy) }
            throw .corrupt(.snappy, why: "a block of \(length) bytes")
        }
        let start = position + XerialHeader.lengthSize
        guard Int(length) <= bytes.count - start else { throw .truncated(.snappy) }
        position = start + Int(length)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    }
}
