// Where the zeros at the end of some bytes begin: reserved space may be tens of megabytes, so it is looked at in words.

enum ZeroTail {
    /// How many bytes are left without the zeros at the end; nil when there is nothing but zeros.
    static func cut(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var end = bytes.count
        while end >= 8, bytes.loadUnaligned(fromByteOffset: end &- 8, as: UInt64.self) == 0 { end &-= 8 }
        while end > 0, bytes[end &- 1] == 0 { end &-= 1 }
        return end == 0 ? nil : end
    }
}
