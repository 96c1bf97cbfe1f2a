// Files of java.util.Properties, as `--producer.config` and `--consumer.config` name them.

enum JavaProperties {
    /// More than any configuration of a client.
    private static let largestFile = 1 << 20

    /// - Throws: `.unreadable`, with the line where one is to blame.
    static func read(_ path: String) throws(PeerToolError) -> [String: String] {
        try parse(try NamedFile.text(path, atMost: largestFile), path: path)
    }

    static func parse(_ text: String, path: String) throws(PeerToolError) -> [String: String] {
        var properties: [String: String] = [:]
        for line in logicalLines(text) {
            var rest = line.text[...]
            let name = try unescaped(&rest, line.number, path) { $0 == "=" || $0 == ":" || isBlank($0) }
            rest = rest.drop(while: isBlank)
            if rest.first == "=" || rest.first == ":" { rest = rest.dropFirst().drop(while: isBlank) }
            properties[name] = try unescaped(&rest, line.number, path) { _ in false }
        }
        return properties
    }

    /// Lines that say something, without leading blanks, those that end in a backslash joined with what follows them.
    private static func logicalLines(_ text: String) -> [(number: Int, text: [Unicode.Scalar])] {
        let scalars = Array(text.replacing("\r\n", with: "\n").unicodeScalars)
        var lines: [(number: Int, text: [Unicode.Scalar])] = []
        var continues = false
        for (index, raw) in scalars.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" || $0 == "\r" }).enumerated() {
            var body = raw.drop(while: isBlank)
            if !continues {
                guard let first = body.first, first != "#", first != "!" else { continue }
                lines.append((index + 1, []))
            }
            continues = body.reversed().prefix { $0 == "\\" }.count % 2 == 1
            if continues { body.removeLast() }
            lines[lines.count - 1].text += body
        }
        return lines
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\u{c}" }

    /// Takes what stands in front of an end that no backslash protects.
    private static func unescaped(
        _ rest: inout ArraySlice<Unicode.Scalar>, _ number: Int, _ path: String, until isEnd: (Unicode.Scalar) -> Bool
    ) throws(PeerToolError) -> String {
        var result = String.UnicodeScalarView()
        while let scalar = rest.first, !isEnd(scalar) {
            rest.removeFirst()
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
                let digits = rest.prefix(4)
                let hex = String(String.UnicodeScalarView(digits))
                guard digits.count == 4, hex.allSatisfy(\.isHexDigit), let value = UInt32(hex, radix: 16), let decoded = Unicode.Scalar(value) else {
                    throw .unreadable(path: path, reason: "line \(number): \\u\(hex) is no character; \\u00e9 would be one")
                }
                rest.removeFirst(4)
                result.append(decoded)
            default: result.append(escaped)
            }
        }
        return String(result)
    }
}
