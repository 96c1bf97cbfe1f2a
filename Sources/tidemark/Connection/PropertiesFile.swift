// Java's .properties, in which Kafka keeps its configuration.

/// Keys and values of such a file, in order; of a key that comes twice the last counts.
///
/// A line is a key, then `=`, `:` or blanks, then the value; `#` and `!` begin a comment. A backslash at its end goes on in the next line,
/// and elsewhere it escapes: `\t \n \r \f`, `\uXXXX`, any other character as itself. Values are trimmed, as Kafka does it.
struct PropertiesFile {
    static let longestBytes = 1 << 20

    let name: String
    private(set) var entries: [(key: String, value: String)] = []

    /// - Parameters:
    ///   - bytes: UTF-8 as everybody writes it; else Latin 1, as Java reads it.
    ///   - name: for messages.
    /// - Throws: `ConnectionError` with the line of an escape that is none.
    init(_ bytes: [UInt8], named name: String) throws(ConnectionError) {
        self.name = name
        let text = String(validating: bytes, as: UTF8.self) ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        for (number, line) in Self.logicalLines(Array(text.unicodeScalars)) {
            guard let first = line.first, first != "#", first != "!" else { continue }
            guard let entry = Self.entry(line) else {
                throw ConnectionError("\(name), line \(number): \\u stands before four hexadecimal digits")
            }
            entries.removeAll { $0.key == entry.key }
            entries.append(entry)
        }
    }

    subscript(_ key: String) -> String? { entries.first { $0.key == key }?.value }

    /// With these values in place of what it says under the same keys.
    func overlaid(by values: [String: String]) -> PropertiesFile {
        var file = self
        file.entries.removeAll { values[$0.key] != nil }
        for (key, value) in values.sorted(by: { $0.key < $1.key }) { file.entries.append((key: key, value: value)) }
        return file
    }

    private static let blanks: Set<Unicode.Scalar> = [" ", "\t", "\u{c}"]

    /// Lines with those that go on in the next one joined, without what stands blank before them, and the number of the first.
    private static func logicalLines(_ scalars: [Unicode.Scalar]) -> [(number: Int, text: ArraySlice<Unicode.Scalar>)] {
        var joined: [(number: Int, text: ArraySlice<Unicode.Scalar>)] = []
        var open: (number: Int, text: ArraySlice<Unicode.Scalar>)?
        // `\r\n` is an empty line more, which says nothing, and would end a line that goes on.
        let text = scalars.indices.filter { scalars[$0] != "\r" || $0 + 1 == scalars.count || scalars[$0 + 1] != "\n" }.map { scalars[$0] }
        for (index, natural) in text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" || $0 == "\r" }).enumerated() {
            let content = natural.drop { blanks.contains($0) }
            var line = open ?? (number: index + 1, text: [])
            // A comment does not go on.
            let isComment = line.text.isEmpty && (content.first == "#" || content.first == "!")
            let goesOn = !isComment && content.reversed().prefix { $0 == "\\" }.count % 2 == 1
            line.text += goesOn ? content.dropLast() : content
            open = goesOn ? line : nil
            if !goesOn { joined.append(line) }
        }
        if let open { joined.append(open) }
        return joined
    }

    /// nil for a broken escape.
    private static func entry(_ line: ArraySlice<Unicode.Scalar>) -> (key: String, value: String)? {
        var rest = line
        guard let key = unescaped(&rest, until: { $0 == "=" || $0 == ":" || blanks.contains($0) }) else { return nil }
        rest = rest.drop { blanks.contains($0) }
        if rest.first == "=" || rest.first == ":" { rest = rest.dropFirst() }
        guard let value = unescaped(&rest, until: { _ in false }) else { return nil }
        return (key, trimmed(value))
    }

    private static func unescaped(_ rest: inout ArraySlice<Unicode.Scalar>, until ends: (Unicode.Scalar) -> Bool) -> String? {
        var result = String.UnicodeScalarView()
        while let scalar = rest.first, !ends(scalar) {
            rest = rest.dropFirst()
            guard scalar == "\\", let escaped = rest.popFirst() else {
                result.append(scalar)
                continue
            }
            switch escaped {
            case "t": result.append("\t")
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "f": result.append("\u{c}")
            case "u":
                let digits = String(String.UnicodeScalarView(rest.prefix(4)))
                guard digits.utf8.count == 4, digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "f") ~= $0 }),
                    let code = UInt32(digits, radix: 16), let named = Unicode.Scalar(code)
                else { return nil }
                result.append(named)
                rest = rest.dropFirst(4)
            default: result.append(escaped)
            }
        }
        return String(result)
    }

    /// As Java's `String.trim` does it: everything up to the blank.
    private static func trimmed(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        let body = scalars.drop { $0.value <= 32 }.reversed().drop { $0.value <= 32 }.reversed()
        return String(String.UnicodeScalarView(body))
    }
}
