// `include:` in a profile: files whose keys stand below its own.
internal import Foundation

/// Puts a profile together from files, before anything has a meaning.
enum ProfileIncludes {
    static let key = "include"
    /// Files in one chain; more is a circle that somebody hid well.
    private static let depthMaximum = 8

    /// The tree of `node` over those of the files that it names, in their order: later files lie over earlier ones, the file's own
    /// keys over all of them. Mappings are merged key by key, everything else is replaced.
    ///
    /// - Parameter path: the file that `node` was read from; names are relative to its directory.
    /// - Throws: a `ProfileError` at the name that cannot be read, is not YAML, or leads back.
    static func resolved(_ node: ProfileNode, path: String, chain: [String] = []) throws(ProfileError) -> ProfileNode {
        guard case .mapping(var pairs, let place) = node, let at = pairs.firstIndex(where: { $0.key == key }) else { return node }
        let names = try names(pairs[at].value)
        pairs.remove(at: at)
        var below = ProfileNode.mapping([], place)
        for (name, namePlace) in names {
            below = merged(try read(name, namePlace, from: path, chain: chain + [standard(path)]), over: below)
        }
        return merged(.mapping(pairs, place), over: below)
    }

    private static func names(_ node: ProfileNode) throws(ProfileError) -> [(String, ProfilePlace)] {
        if case .scalar(let text, let place) = node { return [(text, place)] }
        guard case .list(let items, let place) = node else { throw node.place.error("‘\(key)’ must be a file or a list of files") }
        guard !items.isEmpty else { throw place.error("‘\(key)’ names no file") }
        var names: [(String, ProfilePlace)] = []
        for item in items {
            guard let text = item.text else { throw item.place.error("‘\(key)’ must be a file or a list of files") }
            names.append((text, item.place))
        }
        return names
    }

    private static func read(_ name: String, _ place: ProfilePlace, from path: String, chain: [String]) throws(ProfileError) -> ProfileNode {
        let file = name.hasPrefix("/") ? name : (path as NSString).deletingLastPathComponent.appending(path.contains("/") ? "/" : "").appending(name)
        guard !chain.contains(standard(file)) else { throw place.error("‘\(name)’ leads back to itself: \((chain + [standard(file)]).joined(separator: " → "))") }
        guard chain.count < depthMaximum else { throw place.error("‘\(name)’ is the \(depthMaximum + 1)th file of a chain of includes; \(depthMaximum) are possible") }
        guard let data = FileManager.default.contents(atPath: file), let text = String(data: data, encoding: .utf8) else {
            throw place.error("‘\(file)’ cannot be read, or is not UTF-8")
        }
        let read = try ProfileNode.parse(text) { .file(file, line: $0, column: $1) }
        guard let read else { return .mapping([], place) }
        guard case .mapping = read else { throw read.place.error("an included file must be a mapping, as a profile is") }
        return try resolved(read, path: file, chain: chain)
    }

    private static func standard(_ path: String) -> String { (path as NSString).standardizingPath }

    private static func merged(_ upper: ProfileNode, over lower: ProfileNode) -> ProfileNode {
        guard case .mapping(let new, let place) = upper, case .mapping(var pairs, _) = lower else { return upper }
        for pair in new {
            if let at = pairs.firstIndex(where: { $0.key == pair.key }) {
                pairs[at] = .init(key: pair.key, place: pair.place, value: merged(pair.value, over: pairs[at].value))
            } else {
                pairs.append(pair)
            }
        }
        return .mapping(pairs, place)
    }
}

extension Profile {
    /// A profile file with what it includes and what is laid over it, as one YAML text. It must be right as a whole.
    package static func flattened(path: String, overrides: [String]) throws(ProfileError) -> String {
        let profile = try load(path: path, overrides: overrides)
        let node = try ProfileNode.parse(profile.text) { .file(path, line: $0, column: $1) }
        return try ProfileOverrides.apply(overrides, to: node ?? .mapping([], .file(path, line: 1, column: 1))).flattened
    }
}

extension ProfileNode {
    /// Whether the tree names other files.
    var includesFiles: Bool {
        guard case .mapping(let pairs, _) = self else { return false }
        return pairs.contains { $0.key == ProfileIncludes.key }
    }

    /// The tree as YAML of one file, the question first: what a result keeps of a profile that was put together from several.
    var flattened: String {
        guard case .mapping(let pairs, _) = self else { return "" }
        let ordered = pairs.filter { $0.key == "question" } + pairs.filter { $0.key != "question" }
        return ordered.map { Self.block($0, indent: 0) }.joined()
    }

    private static func block(_ pair: Pair, indent: Int) -> String {
        let head = String(repeating: " ", count: indent) + pair.key + ":"
        guard case .mapping(let pairs, _) = pair.value, !pairs.isEmpty else { return "\(head) \(pair.value.flow)\n" }
        return head + "\n" + pairs.map { block($0, indent: indent + 2) }.joined()
    }

    private var flow: String {
        switch self {
        case .scalar(let text, _): Self.quoted(text)
        case .list(let items, _): "[" + items.map(\.flow).joined(separator: ", ") + "]"
        case .mapping(let pairs, _): "{" + pairs.map { "\($0.key): \($0.value.flow)" }.joined(separator: ", ") + "}"
        }
    }

    /// Plain where YAML reads it back as it stands.
    private static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "._-()/%".contains($0) } && !text.hasPrefix("-") && !text.hasPrefix("%")
        return isPlain ? text : "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }
}
