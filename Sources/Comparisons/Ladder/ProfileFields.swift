// A profile's keys by path, read from its stored text, so that two profiles are compared by what they ask for.

/// `producers.rate` → `5000`. Comments, order and layout make no difference, overrides (`# --set producers.rate=1`) do.
///
/// This reads the subset of YAML that profiles are written in: block maps, block lists (`phases[0].kind`), and anything
/// else on one line as it stands. It never refuses: a line it cannot place is kept as a field of its own, so that two
/// texts with different content always differ.
enum ProfileFields {
    /// Keys that change no figure.
    private static let silent: Set<String> = ["question", "description"]
    private static let overrideMark = "# --set "

    static func read(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        // Open maps and lists, outermost first: how far they are indented, and their path.
        var open: [(indent: Int, path: String)] = []
        var counts: [String: Int] = [:]
        var overrides: [(String, String)] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix(overrideMark) {
                let parts = line.dropFirst(overrideMark.count).split(separator: "=", maxSplits: 1)
                if parts.count == 2 { overrides.append((trimmed(parts[0]), trimmed(parts[1]))) }
                continue
            }
            var content = withoutComment(line)
            guard content.contains(where: { $0 != " " }) else { continue }
            var indent = content.prefix { $0 == " " }.count
            content = content.dropFirst(indent)
            open.removeAll { $0.indent >= indent }
            while content.hasPrefix("- ") || content == "-" {
                let list = open.last?.path ?? ""
                let item = "\(list)[\(counts[list, default: 0])]"
                counts[list, default: 0] += 1
                open.append((indent, item))
                let rest = content.dropFirst(2)
                indent += 2 + rest.prefix { $0 == " " }.count
                content = rest.drop { $0 == " " }
            }
            guard !content.isEmpty else { continue }
            add(content, indent: indent, &fields, &open)
        }
        for (path, value) in overrides { fields[path] = value }
        return fields.filter { !silent.contains($0.key) }
    }

    private static func add(
        _ content: Substring, indent: Int, _ fields: inout [String: String], _ open: inout [(indent: Int, path: String)]
    ) {
        let parent = open.last?.path ?? ""
        guard let colon = content.firstIndex(of: ":"), !content.hasPrefix("{"), !content.hasPrefix("[") else {
            fields[parent.isEmpty ? "line" : parent, default: ""] += trimmed(content)
            return
        }
        let path = (parent.isEmpty ? "" : parent + ".") + trimmed(content[..<colon])
        let value = trimmed(content[content.index(after: colon)...])
        if value.isEmpty { open.append((indent, path)) } else { fields[path] = value }
    }

    /// A `#` begins a comment at the start of a line or behind a space, unless it is quoted.
    private static func withoutComment(_ line: Substring) -> Substring {
        var quote: Character?
        var before: Character = " "
        for index in line.indices {
            let character = line[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "#", before == " " {
                return line[..<index]
            }
            before = character
        }
        return line
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
