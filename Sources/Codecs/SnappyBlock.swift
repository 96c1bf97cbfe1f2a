// One raw Snappy block, walked without decoding: only to say, of a block that the library refused, whether it was cut off.

enum SnappyBlock {
    /// Bytes of the varint in front of a block, at most.
    static let longestLength = 5
    /// An element of three bytes yields 64 at most.
    static let largestRatio = 22

    /// Whether the elements run past the end, or end before the length in front of them is reached.
    static func isCutShort(_ block: UnsafeRawBufferPointer) -> Bool {
        var at = 0
        guard let claimed = varint(block, &at) else { return block.count < longestLength }
        var produced = 0
        while at < block.count {
            let tag = block[at]
            at += 1
            switch tag & 3 {
            case 0:
                let short = Int(tag >> 2)
                let lengthSize = max(0, short - 59)
                guard block.count - at >= lengthSize else { return true }
                let length = lengthSize == 0 ? short : little(block, at, lengthSize)
                at += lengthSize + length + 1
                produced += length + 1
            case 1:
                at += 1
                produced += Int(tag >> 2 & 7) + 4
            default:
                at += tag & 3 == 2 ? 2 : 4
                produced += Int(tag >> 2) + 1
            }
            if produced > claimed { return false }
        }
        return at > block.count || produced < claimed
    }

    private static func varint(_ block: UnsafeRawBufferPointer, _ at: inout Int) -> Int? {
        var value = 0
        while at < min(block.count, longestLength) {
            let byte = block[at]
            value |= Int(byte & 0x7f) << (7 * at)
            at += 1
            if byte < 0x80 { return value }
        }
        return nil
    }

    private static func little(_ block: UnsafeRawBufferPointer, _ at: Int, _ size: Int) -> Int {
        (0..<size).reduce(0) { $0 | Int(block[at + $1]) << (8 * $1) }
    }
}
