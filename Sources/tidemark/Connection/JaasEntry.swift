// The value of `sasl.jaas.config`: who the user is, in the words of Java's login modules.

/// `org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="…";`
struct JaasEntry {
    /// Without its package.
    let module: String
    let options: [String: String]

    /// - Returns: nil for anything else. What was wrong is not said, since the text holds a password.
    init?(_ text: String) {
        guard var tokens = Self.tokens(text)?[...], tokens.popLast() == .mark(";"), case .word(let name)? = tokens.popFirst(),
            case .word(let flag)? = tokens.popFirst(), ["required", "requisite", "sufficient", "optional"].contains(flag.lowercased())
        else { return nil }
        var options: [String: String] = [:]
        while let token = tokens.popFirst() {
            guard case .word(let name) = token, tokens.popFirst() == .mark("="), let value = tokens.popFirst()?.text else { return nil }
            options[name] = value
        }
        module = name.split(separator: ".").last.map(String.init) ?? name
        self.options = options
    }

    private enum Token: Equatable {
        case word(String)
        case quoted(String)
        case mark(Character)

        /// Of what can be a value.
        var text: String? {
            switch self {
            case .word(let text), .quoted(let text): text
            case .mark: nil
            }
        }
    }

    /// nil for a quotation without an end, and for marks that nothing begins with.
    private static func tokens(_ text: String) -> [Token]? {
        var tokens: [Token] = []
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case _ where character.isWhitespace: continue
            case "=", ";": tokens.append(.mark(character))
            case "\"", "'":
                guard let quoted = quotation(&rest, ending: character) else { return nil }
                tokens.append(.quoted(quoted))
            case _ where isOfWord(character):
                let tail = rest.prefix(while: isOfWord)
                rest = rest.dropFirst(tail.count)
                tokens.append(.word("\(character)\(tail)"))
            default: return nil
            }
        }
        return tokens
    }

    private static func isOfWord(_ character: Character) -> Bool { character.isLetter || character.isNumber || "._-$".contains(character) }

    /// As Java's StreamTokenizer reads one: `\n`, `\t` and so on, up to three octal digits, any other character as itself.
    private static func quotation(_ rest: inout Substring, ending quote: Character) -> String? {
        var text = ""
        while let character = rest.popFirst() {
            if character == quote { return text }
            guard character == "\\", let escaped = rest.popFirst() else {
                text.append(character)
                continue
            }
            if isOctal(escaped) {
                // A first digit above 3 has one more behind it at most.
                let more = rest.prefix(escaped < "4" ? 2 : 1).prefix(while: isOctal)
                rest = rest.dropFirst(more.count)
                text.unicodeScalars.append(Unicode.Scalar(UInt8("\(escaped)\(more)", radix: 8)!))
                continue
            }
            text.append(controls[escaped] ?? escaped)
        }
        return nil
    }

    private static func isOctal(_ character: Character) -> Bool { character >= "0" && character <= "7" && character.isASCII }

    private static let controls: [Character: Character] = [
        "n": "\n", "t": "\t", "r": "\r", "a": "\u{7}", "b": "\u{8}", "f": "\u{c}", "v": "\u{b}",
    ]
}
