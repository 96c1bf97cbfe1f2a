// Zigzag varints written by hand into raw memory, where the caller has checked the room.

enum Varint {
    /// Signed to unsigned, small magnitudes first: 0, −1, 1, −2 … become 0, 1, 2, 3 …
    @inline(__always) static func zigzag(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: (value &<< 1) ^ (value &>> 63))
    }

    /// Bytes that an (already zigzagged) value takes: seven bits each, one at least.
    @inline(__always) static func size(_ value: UInt64) -> Int {
        (70 &- (value | 1).leadingZeroBitCount) / 7
    }

    @inline(__always) static func write(_ value: UInt64, _ next: inout UnsafeMutableRawPointer) {
        var rest = value
        while rest >= 0x80 {
            next.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
            next += 1
            rest &>>= 7
        }
        next.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
        next += 1
    }

    /// The bytes of a value of at most 56 bits, first byte lowest, to be stored as one word.
    @inline(__always) static func word(_ value: UInt64) -> UInt64 {
        var bytes: UInt64 = 0
        var rest = value
        var shift: UInt64 = 0
        while rest >= 0x80 {
            bytes |= (rest & 0x7f | 0x80) &<< shift
            rest &>>= 7
            shift &+= 8
        }
        return bytes | rest &<< shift
    }
}
