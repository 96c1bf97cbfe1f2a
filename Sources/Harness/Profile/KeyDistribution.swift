// Which keys records have, and `keys:` and `headers:` in a profile.
internal import Records

/// How often which key is sent. Keys are numbered from 0.
package enum KeyDistribution: Equatable, Sendable {
    /// No key: the partitioner goes by something else.
    case unkeyed
    /// One after the other, over all lanes.
    case roundRobin(Int)
    case uniform(Int)
    /// Key n as often as 1 ÷ (n + 1)^exponent.
    case zipf(keys: Int, exponent: Double)
    /// The first `hot` keys have this share of all records, the others the rest; alike among themselves.
    case hotSet(keys: Int, hot: Int, share: Double)

    package static let keysMaximum = 10_000_000
    /// Of every key: `k` and seven digits.
    package static let keyBytes = 8

    private static let forms = ["roundRobin", "uniform", "zipf", "hotSet"]

    /// nil when the key is absent.
    static func read(_ section: ProfileSection) throws(ProfileError) -> KeyDistribution? {
        let key = "keys", name = section.dotted(key)
        let kind = "none, or one of {roundRobin: N}, {uniform: N}, {zipf: {keys: N, exponent: 1.1}} and {hotSet: {keys: N, hot: 10, share: 90%}}"
        ProfileKeys.note(name, .words(["none"]))
        ProfileKeys.note(name, .mapping(forms, orBool: false))
        guard let node = section.node(key) else { return nil }
        if node.text == "none" { return KeyDistribution.unkeyed }
        guard case .mapping = node else { throw node.place.error("‘\(name)’ must be \(kind)\(node.text.map { ", not ‘\($0)’" } ?? "")") }
        let form = try ProfileSection(node, path: name, keys: forms)
        guard form.keysInOrder.count == 1 else { throw node.place.error("‘\(name)’ must be \(kind)") }
        if let keys = try form.int("roundRobin", 1...keysMaximum) { return .roundRobin(keys) }
        if let keys = try form.int("uniform", 1...keysMaximum) { return .uniform(keys) }
        if let ranked = try zipf(form) { return ranked }
        return try hotSet(form)
    }

    private static func zipf(_ form: ProfileSection) throws(ProfileError) -> KeyDistribution? {
        guard let section = try form.section("zipf", keys: ["keys", "exponent"]) else { return nil }
        return .zipf(
            keys: try section.required("keys", try section.int("keys", 1...keysMaximum)),
            exponent: try section.required("exponent", try section.number("exponent")))
    }

    private static func hotSet(_ form: ProfileSection) throws(ProfileError) -> KeyDistribution? {
        guard let section = try form.section("hotSet", keys: ["keys", "hot", "share"]) else { return nil }
        let keys = try section.required("keys", try section.int("keys", 2...keysMaximum))
        let hot = try section.required("hot", try section.int("hot", 1...keysMaximum))
        let share = try section.required("share", try section.share("share"))
        guard hot < keys else { throw section.error("hot", "‘\(section.dotted("hot"))’ must be fewer than all \(keys) keys") }
        return .hotSet(keys: keys, hot: hot, share: share)
    }
}

/// What stands at the end of every record.
package struct HeadersPlan: Equatable, Sendable {
    package var count: Int
    /// Of each header's value.
    package var valueBytes: Int

    /// Of a record.
    var encodedBytes: Int { RecordHeaders.encodedBytes(count: count, valueBytes: valueBytes) }

    static func read(_ section: ProfileSection) throws(ProfileError) -> HeadersPlan? {
        guard let headers = try section.section("headers", keys: ["count", "bytes"]) else { return nil }
        return HeadersPlan(
            count: try headers.required("count", try headers.int("count", 1...100)),
            valueBytes: Int(try headers.required("bytes", try headers.bytes("bytes", 0...65_536))))
    }
}
