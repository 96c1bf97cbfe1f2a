// From record to record over an uncompressed block, with the byte range of each: compaction copies runs of them.
internal import Records

/// One record, as positions in its block.
struct WalkedRecord {
    /// Of its length field.
    var start: Int
    /// Behind its attributes.
    var timestampField: Int
    /// Of the key's length: from here to `end` nothing depends on the batch.
    var keyField: Int
    var key: Range<Int>?
    var hasValue: Bool
    /// Behind its last byte.
    var end: Int
    var timestampDelta: Int64
    var offsetDelta: Int32
}

/// Checks what it needs to find its way: lengths and varints. Headers are stepped over as bytes.
struct RecordWalk {
    private let base: UnsafePointer<UInt8>?
    private let count: Int
    private(set) var position = 0

    init(_ block: UnsafeRawBufferPointer) {
        base = block.baseAddress?.assumingMemoryBound(to: UInt8.self)
        count = block.count
    }

    /// The next record, nil at the end of the block.
    mutating func next() throws(RecordError) -> WalkedRecord? {
        guard let base, position < count else { return nil }
        let start = position
        var at = start
        let length = try number(base, &at, count, start)
        guard length > 0 else { throw .record(at: start, .negativeLength) }
        guard length <= Int64(count &- at) else { throw .record(at: start, .truncated) }
        let end = at &+ Int(length)
        let timestampField = at &+ 1
        at = timestampField
        let timestampDelta = try number(base, &at, end, start)
        let offsetDelta = try number(base, &at, end, start)
        let keyField = at
        let key = try field(base, &at, end, start)
        let value = try field(base, &at, end, start)
        guard at < end else { throw .record(at: start, .truncated) }
        position = end
        return WalkedRecord(
            start: start, timestampField: timestampField, keyField: keyField, key: key, hasValue: value != nil, end: end,
            timestampDelta: timestampDelta, offsetDelta: Int32(truncatingIfNeeded: offsetDelta))
    }

    /// A length and that many bytes; nil for length −1.
    @inline(__always)
    private func field(_ base: UnsafePointer<UInt8>, _ at: inout Int, _ end: Int, _ start: Int) throws(RecordError) -> Range<Int>? {
        let length = try number(base, &at, end, start)
        if length < 0 { return nil }
        guard length <= Int64(end &- at) else { throw .record(at: start, .truncated) }
        let from = at
        at &+= Int(length)
        return from..<at
    }

    /// A zigzag varint that ends before `end`.
    @inline(__always)
    private func number(_ base: UnsafePointer<UInt8>, _ at: inout Int, _ end: Int, _ start: Int) throws(RecordError) -> Int64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < end, shift < 64 {
            let byte = base[at]
            at &+= 1
            value |= UInt64(byte & 0x7f) &<< shift
            if byte < 0x80 { return Int64(bitPattern: (value &>> 1) ^ (0 &- (value & 1))) }
            shift &+= 7
        }
        throw .record(at: start, .truncated)
    }
}
