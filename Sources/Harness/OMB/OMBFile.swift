// Reading OMB's YAML files: the same strictness as a profile, in OMB's words and units.

enum OMBFile {
    private static let largestBytes = 1 << 20

    static func text(_ path: String) throws(ProfileError) -> String {
        let bytes: [UInt8]
        do throws(PeerToolError) { bytes = try NamedFile.read(path, atMost: largestBytes) } catch {
            throw ProfileError(file: path, line: nil, column: nil, message: error.reason)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw ProfileError(file: path, line: nil, column: nil, message: "is not UTF-8") }
        return text
    }

    /// - Parameter kind: what the file is called in errors.
    static func section(_ text: String, path: String, kind: String, keys: [String]) throws(ProfileError) -> ProfileSection {
        let read = try ProfileNode.parse(text) { .file(path, line: $0, column: $1) }
        guard let read else { throw ProfileError(file: path, line: 1, column: nil, message: "the \(kind) is empty") }
        return try ProfileSection(read, path: kind, keys: keys)
    }

    /// The name of a file without its directory and its extension, as OMB names results.
    static func baseName(_ path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
        return String(name[..<dot])
    }

    /// `256-1024`, `1KB-4KB`, `0-256B`; the upper end is not below the lower one.
    static func sizes(_ text: String) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { size(String($0)) }
        guard ends.count == 2, let low = ends[0], let high = ends[1], low <= high else { return nil }
        return low...high
    }

    /// OMB's KB and MB are 2¹⁰ and 2²⁰ bytes.
    private static func size(_ text: String) -> Int? {
        let word = text.filter { $0 != " " }.uppercased()
        for (suffix, factor) in [("KB", 1 << 10), ("MB", 1 << 20), ("B", 1), ("", 1)] where word.hasSuffix(suffix) {
            guard let value = Int(word.dropLast(suffix.count)), (0...1 << 30).contains(value) else { return nil }
            return value * factor
        }
        return nil
    }
}

extension PeerToolError {
    /// Without the file, which whoever shows it names anyway.
    fileprivate var reason: String {
        switch self {
        case .refused(let text), .failed(let text): text
        case .unreadable(_, let reason): "cannot be read: \(reason)"
        }
    }
}

extension ProfileSection {
    func isList(_ key: String) -> Bool { if case .list? = node(key) { true } else { false } }

    /// A decimal number within `range`, without a unit.
    func plainNumber(_ key: String, _ range: ClosedRange<Double>) throws(ProfileError) -> Double? {
        try value(key, "a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))") {
            parseNumber($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    private func plain(_ value: Double) -> String { value == value.rounded() ? String(Int(value)) : "\(value)" }

    /// One whole number or a list of them, each within `range`; nil when the key is absent.
    func ints(_ key: String, _ range: ClosedRange<Int>) throws(ProfileError) -> [Int]? {
        guard isList(key) else { return try int(key, range).map { [$0] } }
        let values: [Int] = try list(key) { (node, name) throws(ProfileError) -> Int in
            guard let value = node.text.flatMap({ Int($0) }), range.contains(value) else {
                throw node.place.error("‘\(name)’ must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        } ?? []
        guard !values.isEmpty else { throw error(key, "‘\(dotted(key))’ has no values") }
        return values
    }

    /// A list of words; empty when the key is absent.
    func words(_ key: String) throws(ProfileError) -> [String] {
        try list(key) { (node, name) throws(ProfileError) -> String in
            guard let text = node.text, !text.isEmpty else { throw node.place.error("‘\(name)’ must be a name") }
            return text
        } ?? []
    }
}
