// Writes the field types of the protocol at one version.
internal import Bytes
internal import Vocabulary

/// A writer that knows the version, and so the form, of what it writes.
package struct FieldWriter: ~Copyable {
    private var writer: ByteWriter
    package let version: Int16
    let isFlexible: Bool

    init(_ writer: consuming ByteWriter, version: Int16, isFlexible: Bool) {
        self.writer = writer
        self.version = version
        self.isFlexible = isFlexible
    }

    consuming func finish() -> ByteWriter { writer }

    mutating func int8(_ value: Int8) { writer.int8(value) }
    mutating func int16(_ value: Int16) { writer.int16(value) }
    mutating func int32(_ value: Int32) { writer.int32(value) }
    mutating func int64(_ value: Int64) { writer.int64(value) }
    mutating func float64(_ value: Double) { writer.uint64(value.bitPattern) }
    mutating func bool(_ value: Bool) { writer.int8(value ? 1 : 0) }
    mutating func errorCode(_ value: ErrorCode) { writer.errorCode(value) }

    mutating func topicID(_ value: TopicID) {
        writer.uint64(value.high)
        writer.uint64(value.low)
    }

    mutating func string(_ text: String) { writer.string(text, isFlexible: isFlexible) }
    mutating func nullableString(_ text: String?) { writer.nullableString(text, isFlexible: isFlexible) }

    mutating func records(_ bytes: [UInt8]?) {
        writer.arrayCount(bytes?.count, isFlexible: isFlexible)
        if let bytes { writer.write(bytes) }
    }

    mutating func blob(_ bytes: [UInt8]) { records(bytes) }

    mutating func arrayCount(_ count: Int?) { writer.arrayCount(count, isFlexible: isFlexible) }

    mutating func array<Element: WireStruct>(_ elements: [Element]?) {
        arrayCount(elements?.count)
        guard let elements else { return }
        for element in elements { element.encode(into: &self) }
    }

    mutating func int32Array(_ elements: [Int32]) {
        arrayCount(elements.count)
        for element in elements { int32(element) }
    }

    mutating func int64Array(_ elements: [Int64]) {
        arrayCount(elements.count)
        for element in elements { int64(element) }
    }

    mutating func stringArray(_ elements: [String]?) {
        arrayCount(elements?.count)
        guard let elements else { return }
        for element in elements { string(element) }
    }

    /// Ends a struct that has no tags to say.
    mutating func noTags() { writer.noTags(isFlexible: isFlexible) }

    /// Begins the tags that end a struct of a flexible version; `count` calls of `tag` follow, by rising number.
    mutating func tagCount(_ count: Int) { writer.unsignedVarint(UInt32(count)) }

    /// One tag: its number, its size, and what `body` writes.
    mutating func tag(_ number: UInt32, _ body: (inout FieldWriter) -> Void) {
        var fields = FieldWriter(ByteWriter(), version: version, isFlexible: true)
        body(&fields)
        let content = fields.finish()
        writer.unsignedVarint(number)
        writer.unsignedVarint(UInt32(content.count))
        writer.write(content.bytes)
    }
}
