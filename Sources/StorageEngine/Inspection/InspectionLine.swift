// What an inspection says, a line at a time: a name and fields in order, to be printed as text or as JSON.

/// One thing that stands in a log, or one thing that is wrong there.
package struct InspectionLine: Equatable, Sendable {
    /// `batch`, `record`, `inconsistency` …
    package let name: String
    package private(set) var fields: [Field] = []

    package struct Field: Equatable, Sendable {
        package let name: String
        package let value: InspectionValue
    }

    init(_ name: String) { self.name = name }

    func adding(_ name: String, _ value: InspectionValue) -> InspectionLine {
        var line = self
        line.fields.append(Field(name: name, value: value))
        return line
    }

    func adding(_ name: String, _ number: some BinaryInteger) -> InspectionLine { adding(name, .number(Int64(number))) }

    /// Bytes as text where they are text that prints, else as hexadecimal digits under `<name>Hex`.
    func adding(_ name: String, bytes: UnsafeRawBufferPointer?) -> InspectionLine {
        guard let bytes else { return adding(name, .none) }
        if let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.allSatisfy(Self.prints) {
            return adding(name, .text(text))
        }
        return adding(name + "Hex", .text(Self.hexadecimal(bytes)))
    }

    package subscript(name: String) -> InspectionValue? { fields.first { $0.name == name }?.value }

    private static func prints(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 32 && scalar.value != 127 || scalar == "\n" || scalar == "\t"
    }

    static func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            for (index, byte) in bytes.enumerated() {
                text[index * 2] = digits[Int(byte >> 4)]
                text[index * 2 + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }
}

package enum InspectionValue: Equatable, Sendable {
    case number(Int64)
    case text(String)
    case flag(Bool)
    /// An absent key, value or producer.
    case none
}
