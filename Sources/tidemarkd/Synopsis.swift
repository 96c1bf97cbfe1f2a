// The forms of the command line as the usage shows them: what completion offers is what `--help` says.

/// One form: `tidemarkd WORDS [--option ARGUMENT] … OPERAND`.
struct Synopsis: Equatable {
    struct Option: Equatable {
        let name: String
        /// As the usage writes it, such as DIR; nil for a flag.
        let argument: String?
    }

    var words: [String] = []
    var options: [Option] = []
    /// nil where nothing follows the options.
    var operand: String?

    /// The forms at the head of a usage text, up to its first empty line.
    static func parse(usage: String) -> [Synopsis] {
        let head = usage.split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
        // Brackets, dots and bars say how often and whether, which a completion does not need to know.
        let tokens = head.joined(separator: " ").map { "[]|…".contains($0) ? " " : String($0) }.joined().split(separator: " ").map(String.init)
        var forms: [Synopsis] = []
        var index = 0
        while index < tokens.count {
            let token = tokens[index]
            index += 1
            if token == "tidemarkd" {
                forms.append(Synopsis())
            } else if forms.isEmpty {
                continue
            } else if token.hasPrefix("--") {
                let next = index < tokens.count ? tokens[index] : "--"
                let isFlag = next.hasPrefix("--") || next == "tidemarkd" || !Self.isPlaceholder(next)
                forms[forms.count - 1].options.append(Option(name: token, argument: isFlag ? nil : next))
                if !isFlag { index += 1 }
            } else if Self.isPlaceholder(token) {
                forms[forms.count - 1].operand = token
            } else if forms[forms.count - 1].options.isEmpty, token.allSatisfy({ $0.isLowercase || $0 == "-" }) {
                forms[forms.count - 1].words.append(token)
            }
        }
        return forms
    }

    /// Placeholders are upper case; what is typed as it stands is not.
    private static func isPlaceholder(_ token: String) -> Bool { token.first?.isUppercase == true || token.hasPrefix("HOST") }
}
