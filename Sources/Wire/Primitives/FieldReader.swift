// Reads the field types of the protocol, in the classic and in the compact form, each with its bound.
internal import Bytes
internal import Vocabulary

/// A cursor over the fields of one message at one version.
///
/// Nothing is allocated before the bytes that justify it have been seen: an array's count is held
/// against the bytes that remain, a string's or a blob's length likewise.
package struct FieldReader {
    private var reader: ByteReader
    package let version: Int16
    var isFlexible: Bool

    init(_ reader: ByteReader, version: Int16, isFlexible: Bool) {
        self.reader = reader
        self.version = version
        self.isFlexible = isFlexible
    }

    var position: Int { reader.position }
    var remaining: Int { reader.remaining }

    mutating func integer<T: FixedWidthInteger>(_: T.Type = T.self) throws(WireError) -> T {
        do { return try reader.integer(T.self) } catch { throw .malformed(error) }
    }

    mutating func int8() throws(WireError) -> Int8 { try integer() }
    mutating func int16() throws(WireError) -> Int16 { try integer() }
    mutating func int32() throws(WireError) -> Int32 { try integer() }
    mutating func int64() throws(WireError) -> Int64 { try integer() }
    mutating func float64() throws(WireError) -> Double { Double(bitPattern: try integer(UInt64.self)) }
    mutating func bool() throws(WireError) -> Bool { try integer(Int8.self) != 0 }
    mutating func errorCode() throws(WireError) -> ErrorCode { ErrorCode(rawValue: try integer()) }
    mutating func topicID() throws(WireError) -> TopicID {
        TopicID(high: try integer(), low: try integer())
    }

    mutating func unsignedVarint() throws(WireError) -> UInt32 {
        do { return try reader.unsignedVarint() } catch { throw .malformed(error) }
    }

    mutating func slice(_ count: Int) throws(WireError) -> UnsafeRawBufferPointer {
        do { return try reader.slice(count) } catch { throw .malformed(error) }
    }

    mutating func skip(_ count: Int) throws(WireError) {
        do { try reader.skip(count) } catch { throw .malformed(error) }
    }

    /// The length of a string (int16) or blob (int32), or of either in compact form (varint of length + 1).
    private mutating func length<Classic: FixedWidthInteger & SignedInteger>(
        classic: Classic.Type
    ) throws(WireError) -> Int? {
        let start = position
        let length = isFlexible ? Int(try unsignedVarint()) - 1 : Int(try integer(Classic.self))
        if length == -1 { return nil }
        guard length >= 0 else { throw .invalidLength(length, position: start) }
        return length
    }

    // MARK: strings

    /// A string's bytes, in place, unchecked; nil for null.
    mutating func nullableStringBytes() throws(WireError) -> UnsafeRawBufferPointer? {
        let start = position
        guard let length = try length(classic: Int16.self) else { return nil }
        // The compact form could say more, but no version of the protocol lets a string be longer.
        guard length <= Int(Int16.max) else { throw .invalidLength(length, position: start) }
        return try slice(length)
    }

    mutating func stringBytes() throws(WireError) -> UnsafeRawBufferPointer {
        let start = position
        guard let bytes = try nullableStringBytes() else { throw .unexpectedNull(position: start) }
        return bytes
    }

    mutating func nullableString() throws(WireError) -> String? {
        guard let bytes = try nullableStringBytes() else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .invalidUTF8(position: position - bytes.count)
        }
        return text
    }

    mutating func string() throws(WireError) -> String {
        let start = position
        guard let text = try nullableString() else { throw .unexpectedNull(position: start) }
        return text
    }

    // MARK: record bytes

    /// Where a blob lies in the frame; nil for null.
    mutating func recordsRange() throws(WireError) -> Range<Int>? {
        guard let length = try length(classic: Int32.self) else { return nil }
        try skip(length)
        return position - length..<position
    }

    mutating func records() throws(WireError) -> [UInt8]? {
        guard let range = try recordsRange() else { return nil }
        return Array(reader.bytes[range])
    }

    /// A blob that is not null.
    mutating func blob() throws(WireError) -> [UInt8] {
        let start = position
        guard let bytes = try records() else { throw .unexpectedNull(position: start) }
        return bytes
    }

    // MARK: arrays

    /// An array's count, which the rest of the frame can hold; nil for null.
    ///
    /// - Parameter minimumSize: the fewest bytes that one element takes.
    mutating func nullableArrayCount(minimumSize: Int) throws(WireError) -> Int? {
        let start = position
        guard let count = try length(classic: Int32.self) else { return nil }
        guard count <= remaining / max(minimumSize, 1) else {
            throw .countExceedsFrame(count: count, remaining: remaining, position: start)
        }
        return count
    }

    mutating func arrayCount(minimumSize: Int) throws(WireError) -> Int {
        let start = position
        guard let count = try nullableArrayCount(minimumSize: minimumSize) else {
            throw .unexpectedNull(position: start)
        }
        return count
    }

    mutating func nullableArray<Element: WireStruct>(of _: Element.Type = Element.self) throws(WireError) -> [Element]? {
        guard let count = try nullableArrayCount(minimumSize: Element.minimumSize) else { return nil }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try Element(from: &self)) }
        return elements
    }

    mutating func array<Element: WireStruct>(of _: Element.Type = Element.self) throws(WireError) -> [Element] {
        let start = position
        guard let elements = try nullableArray(of: Element.self) else { throw .unexpectedNull(position: start) }
        return elements
    }

    mutating func int32Array() throws(WireError) -> [Int32] {
        let count = try arrayCount(minimumSize: 4)
        var elements: [Int32] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try int32()) }
        return elements
    }

    mutating func int64Array() throws(WireError) -> [Int64] {
        let count = try arrayCount(minimumSize: 8)
        var elements: [Int64] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try int64()) }
        return elements
    }

    mutating func nullableStringArray() throws(WireError) -> [String]? {
        guard let count = try nullableArrayCount(minimumSize: 1) else { return nil }
        var elements: [String] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try string()) }
        return elements
    }

    mutating func stringArray() throws(WireError) -> [String] {
        let start = position
        guard let elements = try nullableStringArray() else { throw .unexpectedNull(position: start) }
        return elements
    }

    // MARK: tags

    /// Reads the tags that end a struct of a flexible version; of any other there are none.
    ///
    /// - Parameter body: called with each tag's number and a reader over its bytes alone. What it leaves
    ///   unread is skipped, so a tag it does not know costs nothing.
    mutating func tags(_ body: (UInt32, inout FieldReader) throws(WireError) -> Void) throws(WireError) {
        guard isFlexible else { return }
        var count = try unsignedVarint()
        while count > 0 {
            let number = try unsignedVarint()
            let size = Int(try unsignedVarint())
            try skip(size)
            let content = ByteReader(UnsafeRawBufferPointer(rebasing: reader.bytes[..<position]), from: position - size)
            var fields = FieldReader(content, version: version, isFlexible: true)
            try body(number, &fields)
            count -= 1
        }
    }

    /// Passes over the tags that end a struct, whatever they are.
    mutating func skipTags() throws(WireError) {
        guard isFlexible else { return }
        var count = try unsignedVarint()
        while count > 0 {
            _ = try unsignedVarint()
            try skip(Int(try unsignedVarint()))
            count -= 1
        }
    }
}
