// The field types of the internal topics' records: classic up to a record's flexible version, compact and tagged from it.
package import Bytes

/// Why a record of an internal topic cannot be read. A loader that meets one stops: it does not guess at state.
package enum StateRecordError: Error, Equatable, Sendable {
    case truncated(BytesError)
    /// A version of the value that this build does not know.
    case version(Int16)
    /// A length, count or number that cannot be, at a position in the key or value.
    case invalid(at: Int)
    /// A key that has to have a value.
    case keyless
}

/// A record of an internal topic as the log keeps it.
package struct StateRecord: Hashable, Sendable {
    package var key: [UInt8]
    /// Nil is a tombstone: compaction forgets the key.
    package var value: [UInt8]?

    package init(key: [UInt8], value: [UInt8]?) {
        self.key = key
        self.value = value
    }
}

struct RecordFieldReader {
    private var bytes: ByteReader
    var isFlexible = false

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = ByteReader(bytes) }

    /// Reads all that `body` wants of `bytes`. What lies behind it belongs to later versions and is left alone.
    static func read<R>(
        _ bytes: [UInt8], _ body: (inout RecordFieldReader) throws(StateRecordError) -> R
    ) throws(StateRecordError) -> R {
        let result: Result<R, StateRecordError> = bytes.withUnsafeBytes { raw in
            var reader = RecordFieldReader(raw)
            do throws(StateRecordError) { return .success(try body(&reader)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    mutating func integer<T: FixedWidthInteger>(_: T.Type = T.self) throws(StateRecordError) -> T {
        do throws(BytesError) { return try bytes.integer(T.self) } catch { throw .truncated(error) }
    }

    private mutating func unsignedVarint() throws(StateRecordError) -> Int {
        do throws(BytesError) { return Int(try bytes.unsignedVarint()) } catch { throw .truncated(error) }
    }

    private mutating func slice(_ count: Int) throws(StateRecordError) -> UnsafeRawBufferPointer {
        do throws(BytesError) { return try bytes.slice(count) } catch { throw .truncated(error) }
    }

    private mutating func length<Classic: FixedWidthInteger>(_: Classic.Type) throws(StateRecordError) -> Int? {
        let start = bytes.position
        let length = try isFlexible ? unsignedVarint() - 1 : Int(integer(Classic.self))
        if length == -1 { return nil }
        guard length >= 0 else { throw .invalid(at: start) }
        return length
    }

    mutating func nullableString() throws(StateRecordError) -> String? {
        let start = bytes.position
        guard let length = try length(Int16.self) else { return nil }
        guard let text = String(validating: try slice(length), as: UTF8.self) else { throw .invalid(at: start) }
        return text
    }

    mutating func string() throws(StateRecordError) -> String {
        let start = bytes.position
        guard let text = try nullableString() else { throw .invalid(at: start) }
        return text
    }

    mutating func blob() throws(StateRecordError) -> [UInt8] {
        let start = bytes.position
        guard let length = try length(Int32.self) else { throw .invalid(at: start) }
        return [UInt8](try slice(length))
    }

    /// An array's count; nil for null. Held against the bytes that remain, so that nothing is allocated on its word.
    mutating func nullableCount(ofAtLeast bytesEach: Int) throws(StateRecordError) -> Int? {
        let start = bytes.position
        guard let count = try length(Int32.self) else { return nil }
        guard count <= bytes.remaining / bytesEach else { throw .invalid(at: start) }
        return count
    }

    mutating func count(ofAtLeast bytesEach: Int) throws(StateRecordError) -> Int {
        let start = bytes.position
        guard let count = try nullableCount(ofAtLeast: bytesEach) else { throw .invalid(at: start) }
        return count
    }

    /// The tagged fields that end a flexible structure, those that `known` does not take skipped.
    mutating func tags(
        _ known: (Int, inout RecordFieldReader) throws(StateRecordError) -> Void = { _, _ in }
    ) throws(StateRecordError) {
        guard isFlexible else { return }
        for _ in 0..<(try unsignedVarint()) {
            let tag = try unsignedVarint()
            var field = RecordFieldReader(try slice(try unsignedVarint()))
            field.isFlexible = true
            try known(tag, &field)
        }
    }
}

/// Writes the classic forms, or the compact ones when flexible.
struct RecordFieldWriter: ~Copyable {
    private var bytes = ByteWriter()
    let isFlexible: Bool

    init(version: Int16, isFlexible: Bool = false) {
        self.isFlexible = isFlexible
        bytes.int16(version)
    }

    var written: [UInt8] { Array(bytes.bytes) }

    mutating func integer<T: FixedWidthInteger>(_ value: T) { bytes.integer(value) }

    mutating func unsignedVarint(_ value: Int) { bytes.unsignedVarint(UInt32(value)) }

    mutating func string(_ text: String?) {
        guard let text else { return isFlexible ? bytes.unsignedVarint(0) : bytes.int16(-1) }
        let utf8 = Array(text.utf8)
        precondition(utf8.count <= Int(Int16.max), "a string of \(utf8.count) bytes")
        if isFlexible { unsignedVarint(utf8.count + 1) } else { bytes.int16(Int16(utf8.count)) }
        bytes.write(utf8)
    }

    mutating func blob(_ content: [UInt8]) {
        if isFlexible { unsignedVarint(content.count + 1) } else { bytes.int32(Int32(content.count)) }
        bytes.write(content)
    }

    /// An array's count; nil for a null array.
    mutating func count(_ count: Int?) {
        if isFlexible { unsignedVarint((count ?? -1) + 1) } else { bytes.int32(Int32(count ?? -1)) }
    }

    /// The end of a structure without tagged fields.
    mutating func noTags() {
        if isFlexible { unsignedVarint(0) }
    }
}
