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

/// Checks what it needs to find its way: lengths and varints, no wider than their fields. Headers are stepped over as bytes.
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
        guard length <= count &- at else { throw .record(at: start, .truncated) }
        let end = at &+ length
        let timestampField = at &+ 1
        at = timestampField
        let timestampDelta: Int64
        if let short = short(base, &at, end) {
            timestampDelta = Int64(short)
        } else {
            timestampDelta = try zigzag(base, &at, end, start, widest: Self.longWidth)
        }
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

    /// Bytes of the widest varints of 32 and of 64 bits.
    private static let intWidth = 5
    private static let longWidth = 10

    /// A length and that many bytes; nil for length −1.
    @inline(__always)
    private func field(_ base: UnsafePointer<UInt8>, _ at: inout Int, _ end: Int, _ start: Int) throws(RecordError) -> Range<Int>? {
        let length = try number(base, &at, end, start)
        if length < 0 { return nil }
        guard length <= end &- at else { throw .record(at: start, .truncated) }
        let from = at
        at &+= length
        return from..<at
    }

    /// A zigzag varint of 32 bits that ends before `end`.
    @inline(__always)
    private func number(_ base: UnsafePointer<UInt8>, _ at: inout Int, _ end: Int, _ start: Int) throws(RecordError) -> Int {
        if let short = short(base, &at, end) { return short }
        let value = try zigzag(base, &at, end, start, widest: Self.intWidth)
        guard let number = Int32(exactly: value) else { throw .record(at: start, .truncated) }
        return Int(number)
    }

    /// One or two bytes, as nearly all varints of records are; nil, with nothing consumed, for wider ones.
    @inline(__always)
    private func short(_ base: UnsafePointer<UInt8>, _ at: inout Int, _ end: Int) -> Int? {
        guard end &- at >= 2 else { return nil }
        var value = Int(base[at])
        if value < 0x80 {
            at &+= 1
        } else {
            let second = Int(base[at &+ 1])
            guard second < 0x80 else { return nil }
            value = value & 0x7f | second &<< 7
            at &+= 2
        }
        return (value &>> 1) ^ (0 &- (value & 1))
    }

    /// A zigzag varint of at most `widest` bytes that ends before `end`.
    @inline(never)
    private func zigzag(
        _ base: UnsafePointer<UInt8>, _ at: inout Int, _ end: Int, _ start: Int, widest: Int
    ) throws(RecordError) -> Int64 {
        let stop = min(end, at &+ widest)
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < stop {
            let byte = base[at]
            at &+= 1
            value |= UInt64(byte & 0x7f) &<< shift
            if byte < 0x80 {
                // The tenth byte holds one bit: more would vanish silently.
                guard shift < 63 || byte < 2 else { break }
                return Int64(bitPattern: (value &>> 1) ^ (0 &- (value & 1)))
            }
            shift &+= 7
        }
        throw .record(at: start, .truncated)
    }
}
