// A command line as somebody would type it again.
internal import Results

enum ShellWords {
    /// This command again, without what belongs to one attempt alone (`--seed`, `--resume`), names of people left out.
    ///
    /// - Parameter pinned: what options of that name say instead: the commit of a branch that goes on.
    static func again(_ arguments: [String], pinned: [String: String?] = [:]) -> String {
        let redaction = Redaction.ofThisMachine()
        var words = ["tidemark"]
        var rest = arguments[...]
        while let word = rest.popFirst() {
            let name = String(word.prefix { $0 != "=" })
            let isJoined = name.count < word.count
            if ["--seed", "--resume"].contains(name) {
                if !isJoined { _ = rest.popFirst() }
            } else if let value = pinned[name].flatMap(\.self) {
                words += isJoined ? ["\(name)=\(value)"] : [name, value]
                if !isJoined { _ = rest.popFirst() }
            } else {
                words.append(word)
            }
        }
        return words.map { quoted(redaction.text($0)) }.joined(separator: " ")
    }

    /// One word for a POSIX shell.
    static func quoted(_ word: String) -> String {
        // A home stands for itself only outside of quotes.
        if word.hasPrefix("~/"), !word.allSatisfy(isPlain) { return "~/" + quoted(String(word.dropFirst(2))) }
        guard word.isEmpty || !word.allSatisfy(isPlain) else { return word }
        return "'" + word.replacing("'", with: #"'\''"#) + "'"
    }

    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber) || "_-./=:,@%+~".contains(character)
    }
}
