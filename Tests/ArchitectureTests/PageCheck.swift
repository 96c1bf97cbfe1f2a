// Compares pages with what they speak of: files that their links lead to, and keys of the profile language.
import Foundation

enum PageCheck {
    /// Links of a page, as `[text](target)`, that lead to no file, or to a heading that the file has not.
    ///
    /// - Parameter read: a file of the repository by its path; nil where there is none. A directory reads as an empty text.
    static func deadLinks(_ page: RepositoryFile, read: (_ path: String) -> String?) -> [String] {
        page.text.matches(of: /\]\(([^()\s]+)\)/).compactMap { match in
            let target = String(match.1)
            guard !target.contains("://") else { return nil }
            let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let path = parts[0].isEmpty ? page.path : resolved(String(parts[0]), besides: page.path)
            guard let text = path == page.path ? page.text : read(path) else { return "\(page.path) links to \(target), which is no file" }
            guard parts.count == 2, !anchors(of: text).contains(String(parts[1])) else { return nil }
            return "\(page.path) links to \(target), and \(path) has no such heading"
        }
    }

    private static func resolved(_ target: String, besides page: String) -> String {
        var parts = page.split(separator: "/").dropLast().map(String.init)
        for part in target.split(separator: "/") {
            if part == ".." { parts = parts.dropLast() } else if part != "." { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }

    /// As GitHub makes them: small letters, digits, and hyphens for spaces.
    private static func anchors(of text: String) -> [String] {
        text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
            let heading = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
            return String(heading.compactMap { $0 == " " ? "-" : $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? $0 : nil })
        }
    }

    /// Keys of a JSON Schema that stand in none of a page's code.
    static func unnamedKeys(ofSchema schema: String, _ page: RepositoryFile) throws -> [String] {
        let words = Set(page.text.matches(of: /```[\s\S]*?```|`[^`\n]+`/).flatMap { $0.0.split { !$0.isLetter }.map(String.init) })
        return keys(try JSONSerialization.jsonObject(with: Data(schema.utf8))).subtracting(words).sorted().map { "\(page.path) does not say what ‘\($0)’ is" }
    }

    private static func keys(_ node: Any) -> Set<String> {
        if let list = node as? [Any] { return list.reduce(into: []) { $0.formUnion(keys($1)) } }
        guard let object = node as? [String: Any] else { return [] }
        let own = (object["properties"] as? [String: Any]).map { Set($0.keys) } ?? []
        return object.reduce(into: own) { found, pair in
            // What is in `properties` are keys, and no words of the schema's own.
            let below = pair.key == "properties" ? Array((pair.value as? [String: Any] ?? [:]).values) : pair.value
            found.formUnion(keys(below))
        }
    }
}
