// Reads a Swift source as the checks need it: without comments and string literals, and import by import.

/// One `import` line.
struct ImportLine: Equatable {
    let line: Int
    let module: String
}

enum SourceText {
    /// The code of a source: comments and string literals are blanked, line breaks stay where they were.
    static func code(of source: String) -> String {
        var output: [UInt8] = []
        let text = Array(source.utf8)
        output.reserveCapacity(text.count)
        var index = 0
        func starts(_ literal: StaticString, at position: Int) -> Bool {
            let length = literal.utf8CodeUnitCount
            guard position + length <= text.count else { return false }
            return (0..<length).allSatisfy { text[position + $0] == literal.utf8Start[$0] }
        }
        /// Blanks up to and including `end`, or to the end of the line where the literal cannot cross it.
        func blank(from start: Int, until end: StaticString, multiline: Bool) -> Int {
            var position = start
            while position < text.count {
                if !multiline, text[position] == UInt8(ascii: "\n") { return position }
                if text[position] == UInt8(ascii: "\\"), position + 1 < text.count {
                    position += 2
                    continue
                }
                if starts(end, at: position) { return position + end.utf8CodeUnitCount }
                if text[position] == UInt8(ascii: "\n") { output.append(text[position]) }
                position += 1
            }
            return position
        }
        while index < text.count {
            if starts("//", at: index) {
                while index < text.count, text[index] != UInt8(ascii: "\n") { index += 1 }
            } else if starts("/*", at: index) {
                index = blank(from: index + 2, until: "*/", multiline: true)
                output.append(UInt8(ascii: " "))
            } else if starts("\"\"\"", at: index) {
                index = blank(from: index + 3, until: "\"\"\"", multiline: true)
                output += [UInt8(ascii: "\""), UInt8(ascii: "\"")]
            } else if starts("\"", at: index) {
                index = blank(from: index + 1, until: "\"", multiline: false)
                output += [UInt8(ascii: "\""), UInt8(ascii: "\"")]
            } else {
                output.append(text[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Every module a source imports; `import struct A.B` imports `A`.
    static func imports(of source: String) -> [ImportLine] {
        var found: [ImportLine] = []
        for (number, line) in code(of: source).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            for statement in line.split(separator: ";") {
                let words = statement.split(whereSeparator: { $0 == " " || $0 == "\t" })
                guard let keyword = words.firstIndex(of: "import"), isImportPrefix(words[..<keyword]) else { continue }
                var rest = words[(keyword + 1)...]
                if let kind = rest.first, declarationKinds.contains(String(kind)) { rest = rest.dropFirst() }
                guard let path = rest.first, let module = path.split(separator: ".").first else { continue }
                found.append(ImportLine(line: number + 1, module: String(module)))
            }
        }
        return found
    }

    /// Whether `word` stands in the code as a word of its own.
    static func contains(word: String, in code: String) -> Bool {
        code.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }).contains { $0 == word }
    }

    private static func isImportPrefix(_ words: ArraySlice<Substring>) -> Bool {
        let access: Set<Substring> = ["package", "internal", "private", "fileprivate", "public"]
        return words.allSatisfy { access.contains($0) || $0.hasPrefix("@") }
    }

    private static let declarationKinds: Set<String> = [
        "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
    ]
}
