// One mapping of a profile, read strictly: every key known, every value of its type, every error placed.

/// A mapping whose keys have all been checked against the list of the valid ones.
struct ProfileSection {
    /// Dotted path of this mapping, empty at the top.
    let path: String
    let place: ProfilePlace
    /// In the order of the file.
    let keysInOrder: [String]
    private let pairs: [String: ProfileNode.Pair]

    /// - Parameter keys: every key that may stand here; nil: any.
    init(_ node: ProfileNode, path: String, keys: [String]?) throws(ProfileError) {
        ProfileKeys.note(path, .mapping(keys, orBool: false))
        guard case .mapping(let pairs, let place) = node else {
            let name = path.isEmpty ? "a profile" : "‘\(path)’"
            throw node.place.error("\(name) must be a mapping with the keys \((keys ?? ["key: value"]).joined(separator: ", "))")
        }
        self.path = path
        self.place = place
        if let keys, let stranger = pairs.first(where: { !keys.contains($0.key) }) {
            throw stranger.place.error(Self.unknownKey(stranger.key, path, keys))
        }
        keysInOrder = pairs.map(\.key)
        self.pairs = Dictionary(pairs.map { ($0.key, $0) }, uniquingKeysWith: { _, last in last })
    }

    private static func unknownKey(_ name: String, _ path: String, _ keys: [String]) -> String {
        let place = path.isEmpty ? "" : " in ‘\(path)’"
        if let near = nearest(to: name, among: keys) {
            return "unknown key ‘\(name)’\(place); did you mean ‘\(near)’?"
        }
        return "unknown key ‘\(name)’\(place); valid keys: \(keys.joined(separator: ", "))"
    }

    var keys: [String] { pairs.keys.sorted() }
    func has(_ key: String) -> Bool { pairs[key] != nil }
    func node(_ key: String) -> ProfileNode? { pairs[key]?.value }
    func keyPlace(_ key: String) -> ProfilePlace? { pairs[key]?.place }
    func dotted(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// An error at the value of `key`, or at this section when the key is absent.
    func error(_ key: String, _ message: String) -> ProfileError { (pairs[key]?.value.place ?? place).error(message) }

    /// The mapping under `key`; nil when absent or `false`. `true` stands for an empty mapping, so that
    /// `zeroCopy: true` asks for the defaults.
    func section(_ key: String, keys: [String]?) throws(ProfileError) -> ProfileSection? {
        ProfileKeys.note(dotted(key), .mapping(keys, orBool: true))
        guard let node = node(key) else { return nil }
        switch node.text {
        case "true": return try ProfileSection(.mapping([], node.place), path: dotted(key), keys: keys)
        case "false": return nil
        default: return try ProfileSection(node, path: dotted(key), keys: keys)
        }
    }

    func required<T>(_ key: String, _ value: T?) throws(ProfileError) -> T {
        ProfileKeys.noteRequired(dotted(key))
        guard let value else {
            throw place.error("\(path.isEmpty ? "the profile" : "‘\(path)’") lacks the key ‘\(key)’")
        }
        return value
    }

    /// A value that `parse` understands, or nil when the key is absent.
    func value<T>(_ key: String, _ kind: String, _ parse: (String) -> T?) throws(ProfileError) -> T? {
        ProfileKeys.note(dotted(key), .scalar(kind))
        guard let node = node(key) else { return nil }
        guard let text = node.text else { throw node.place.error("‘\(dotted(key))’ must be \(kind)") }
        guard let value = parse(text) else { throw node.place.error("‘\(dotted(key))’ must be \(kind), not ‘\(text)’") }
        return value
    }

    /// A value of a form that a pattern tells, in JSON Schema's dialect.
    func form<T>(_ key: String, _ kind: String, pattern: String, _ parse: (String) -> T?) throws(ProfileError) -> T? {
        ProfileKeys.note(dotted(key), .form(pattern, kind))
        return try value(key, kind, parse)
    }

    func string(_ key: String) throws(ProfileError) -> String? {
        try value(key, "a text") { $0.isEmpty ? nil : $0 }
    }

    func bool(_ key: String) throws(ProfileError) -> Bool? {
        ProfileKeys.note(dotted(key), .bool)
        return try value(key, "true or false") { $0 == "true" ? true : $0 == "false" ? false : nil }
    }

    /// A whole number within `range`.
    func int(_ key: String, _ range: ClosedRange<Int>) throws(ProfileError) -> Int? {
        ProfileKeys.note(dotted(key), .integer(range.lowerBound, range.upperBound))
        return try value(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            Int($0.filter { $0 != "_" }).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func number(_ key: String) throws(ProfileError) -> Double? {
        ProfileKeys.note(dotted(key), .number)
        return try value(key, "a number above 0") { parseNumber($0).flatMap { $0 > 0 ? $0 : nil } }
    }

    /// Nanoseconds.
    func duration(_ key: String) throws(ProfileError) -> UInt64? {
        ProfileKeys.note(dotted(key), .duration)
        return try value(key, "a duration such as 30s, 5m or 250ms", parseDuration)
    }

    /// Bytes within `range`.
    func bytes(_ key: String, _ range: ClosedRange<Int64>) throws(ProfileError) -> Int64? {
        ProfileKeys.note(dotted(key), .bytes(range.lowerBound, range.upperBound))
        return try value(key, "a size such as 64KiB, from \(range.lowerBound) to \(range.upperBound) bytes") {
            parseByteSize($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// One of a set of words.
    func choice<T: RawRepresentable & CaseIterable>(_ key: String, _: T.Type) throws(ProfileError) -> T?
    where T.RawValue == String {
        ProfileKeys.note(dotted(key), .words(T.allCases.map(\.rawValue)))
        guard let node = node(key) else { return nil }
        return try Self.choice(node, dotted(key), T.self)
    }

    static func choice<T: RawRepresentable & CaseIterable>(
        _ node: ProfileNode, _ name: String, _: T.Type
    ) throws(ProfileError) -> T where T.RawValue == String {
        let words = T.allCases.map(\.rawValue)
        ProfileKeys.note(name, .words(words))
        let kind = "one of \(words.joined(separator: ", "))"
        guard let text = node.text else { throw node.place.error("‘\(name)’ must be \(kind)") }
        guard let value = T(rawValue: text) else {
            let hint = nearest(to: text, among: words).map { "; did you mean ‘\($0)’?" } ?? ""
            throw node.place.error("‘\(name)’ must be \(kind), not ‘\(text)’\(hint)")
        }
        return value
    }

    /// A list, element by element with its dotted name; nil when the key is absent.
    func list<T>(_ key: String, _ element: (ProfileNode, String) throws(ProfileError) -> T) throws(ProfileError) -> [T]? {
        ProfileKeys.note(dotted(key), .list)
        guard let node = node(key) else { return nil }
        guard case .list(let items, _) = node else { throw node.place.error("‘\(dotted(key))’ must be a list such as [a, b]") }
        var result: [T] = []
        for (index, item) in items.enumerated() { result.append(try element(item, "\(dotted(key))[\(index)]")) }
        return result
    }
}
