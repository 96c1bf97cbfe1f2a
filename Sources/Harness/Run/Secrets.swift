// What a profile or the command line may hold and a result may not: passwords of the broker's settings.
internal import Foundation

enum Secrets {
    /// Whether the setting of this name is nobody else's business.
    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["password", "secret", "jaas.config"].contains { name.contains($0) }
    }

    /// A text in which settings stand, with the values of secret ones taken out: wherever they stand word for word, and behind their
    /// names, for YAML can write one value in many ways and over many lines. Where a line may belong to a secret, it goes.
    ///
    /// - Parameter values: of the settings that the text is about, by name.
    static func hidden(in text: String, values: [String: String]) -> String {
        let secrets = values.filter { isSecret($0.key) && !$0.value.isEmpty }.values
        let withoutValues = secrets.reduce(text) { $0.replacing($1, with: replacement) }
        var rest: SecretRest?
        return withoutValues.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            if let reached = rest, reached.holds(line) {
                rest = reached.after(line)
                return String(line.prefix { $0 == " " }) + (line.allSatisfy(\.isWhitespace) ? "" : replacement)
            }
            rest = nil
            guard let found = secret(in: line) else { return String(line) }
            rest = SecretRest(behind: found.value, column: found.column)
            return "\(line[..<found.name.endIndex])\(found.mark) \(replacement)"
        }.joined(separator: "\n")
    }

    private static let replacement = "(hidden)"

    /// The first secret setting of a line.
    ///
    /// - Returns: its name, what stands between it and its value, what of that is on the line, and the column that further lines of
    ///   the value are indented beyond.
    private static func secret(in line: Substring) -> (name: Substring, mark: Character, value: Substring, column: Int)? {
        var rest = line
        while let start = rest.firstIndex(where: isOfName) {
            let name = rest[start...].prefix(while: isOfName)
            rest = rest[name.endIndex...]
            guard isSecret(String(name)), let mark = rest.firstIndex(where: { $0 != "\"" && $0 != "'" && $0 != " " }), rest[mark] == ":" || rest[mark] == "=" else { continue }
            let before = line[..<start]
            // Within braces the value's further lines need only be deeper than the line that they belong to.
            let isInBraces = before.contains { $0 == "{" || $0 == "," || $0 == "[" }
            let column = isInBraces ? before.prefix { $0 == " " }.count : before.filter { $0 != "\"" && $0 != "'" }.count
            return (name, rest[mark], rest[rest.index(after: mark)...], column)
        }
        return nil
    }

    private static func isOfName(_ character: Character) -> Bool { character.isLetter || character.isNumber || "._-".contains(character) }
}

/// What may come on the lines behind one on which a secret value begins.
private enum SecretRest {
    /// Everything up to this quote.
    case quoted(Character)
    /// Lines that are indented more than so many columns, and empty ones.
    case deeper(than: Int)

    /// nil: the value ends on its line.
    init?(behind value: Substring, column: Int) {
        var value = value.drop { $0 == " " }
        // A tag or an anchor comes before the value.
        while let first = value.first, first == "!" || first == "&" { value = value.drop { $0 != " " }.drop { $0 == " " } }
        guard let quote = value.first, quote == "\"" || quote == "'" else {
            self = .deeper(than: column)
            return
        }
        guard !Self.closes(value.dropFirst(), quote) else { return nil }
        self = .quoted(quote)
    }

    func holds(_ line: Substring) -> Bool {
        switch self {
        case .quoted: true
        case .deeper(let column): line.allSatisfy(\.isWhitespace) || line.prefix { $0 == " " }.count > column
        }
    }

    func after(_ line: Substring) -> SecretRest? {
        if case .quoted(let quote) = self, Self.closes(line, quote) { return nil }
        return self
    }

    /// Whether the quote ends in this text. Two single ones, and one behind a backslash within double ones, are characters of the value.
    private static func closes(_ text: Substring, _ quote: Character) -> Bool {
        var rest = text
        while let character = rest.popFirst() {
            if character == "\\", quote == "\"" { _ = rest.popFirst() }
            guard character == quote else { continue }
            guard quote == "'", rest.first == "'" else { return true }
            rest.removeFirst()
        }
        return false
    }
}
