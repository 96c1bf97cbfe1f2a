// What a profile or the command line may hold and a result may not: passwords of the broker's settings.
internal import Foundation

enum Secrets {
    /// Whether the setting of this name is nobody else's business.
    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["password", "secret", "jaas.config"].contains { name.contains($0) }
    }

    /// A text in which settings stand, with the values of secret ones taken out: wherever they stand word for word, and behind their
    /// names to the end of the line, for YAML can write one value in many ways.
    ///
    /// - Parameter values: of the settings that the text is about, by name.
    static func hidden(in text: String, values: [String: String]) -> String {
        let secrets = values.filter { isSecret($0.key) && !$0.value.isEmpty }.values
        let withoutValues = secrets.reduce(text) { $0.replacing($1, with: replacement) }
        return withoutValues.split(separator: "\n", omittingEmptySubsequences: false).map { hidden(inLine: $0) }.joined(separator: "\n")
    }

    private static let replacement = "(hidden)"

    private static func hidden(inLine line: Substring) -> String {
        var rest = line
        while let start = rest.firstIndex(where: isOfName) {
            let name = rest[start...].prefix(while: isOfName)
            rest = rest[name.endIndex...]
            if isSecret(String(name)), let mark = rest.first(where: { $0 != "\"" && $0 != "'" && $0 != " " }), mark == ":" || mark == "=" {
                return line[..<name.endIndex] + "\(mark) \(replacement)"
            }
        }
        return String(line)
    }

    private static func isOfName(_ character: Character) -> Bool { character.isLetter || character.isNumber || "._-".contains(character) }
}
