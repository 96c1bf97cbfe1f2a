// The JSON Schema of profiles, for editors: told by the code that reads them, so it cannot say anything else.
internal import Foundation
internal import Synchronization

/// What a reader of profiles asked for while it read, by dotted path; `[]` stands for the elements of a list.
final class ProfileKeys: Sendable {
    enum Shape: Equatable, Sendable {
        /// A mapping; nil: of any keys. `orBool`: `true` and `false` may stand for it.
        case mapping([String]?, orBool: Bool)
        case list
        case integer(Int, Int)
        case number
        case duration
        case bytes(Int64, Int64)
        case bool
        case words([String])
        /// A pattern, and in words what it tells.
        case form(String, String)
        /// Anything scalar, in words.
        case scalar(String)
    }

    private struct Found: Sendable {
        var shapes: [String: [Shape]] = [:]
        var required: Set<String> = []
    }
    private let found = Mutex(Found())

    /// Where readers tell what they ask for; nil: nowhere.
    @TaskLocal static var recorder: ProfileKeys?

    static func note(_ path: String, _ shape: @autoclosure () -> Shape) { recorder?.add(general(path), shape()) }
    static func noteRequired(_ path: String) { recorder?.found.withLock { _ = $0.required.insert(general(path)) } }

    private static func general(_ path: String) -> String { path.replacing(/\[\d+\]/, with: "[]") }

    private func add(_ path: String, _ shape: Shape) {
        found.withLock { found in
            let known = found.shapes[path] ?? []
            // What a reader says in words after it was told as a type says nothing new.
            if case .scalar = shape, !known.isEmpty { return }
            if case .integer(let low, let high) = shape, let at = known.firstIndex(where: { if case .integer = $0 { true } else { false } }),
                case .integer(let knownLow, let knownHigh) = known[at]
            {
                found.shapes[path]![at] = .integer(min(low, knownLow), max(high, knownHigh))
                return
            }
            // A mapping is told by who looks for it, then by itself; a matrix looks at the whole without knowing its keys.
            if case .mapping(let names, _) = shape, let at = known.firstIndex(where: { if case .mapping = $0 { true } else { false } }) {
                if case .mapping(nil, _) = known[at], names != nil { found.shapes[path]![at] = shape }
                return
            }
            if !known.contains(shape) { found.shapes[path, default: []].append(shape) }
        }
    }

    func shapes(_ path: String) -> [Shape] { found.withLock { $0.shapes[path] ?? [] } }
    func isRequired(_ path: String) -> Bool { found.withLock { $0.required.contains(path) } }
}

package enum ProfileSchema {
    /// The schema (JSON Schema 2020-12) as a document.
    package static func text() throws -> String {
        let keys = recorded()
        var schema = element("", keys)
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["$id"] = "tidemark.profile"
        schema["title"] = "A tidemark profile"
        let data = try JSONSerialization.data(withJSONObject: schema, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// Profiles that have every section and every alternative between them; what they are worth is not asked.
    private static let samples: [String] = {
        let whole = """
            question: Q?
            name: n
            tier: quick
            topic: true
            topics: [{name: t}]
            broker: {listeners: [splice, {transfer: copy}], settings: {key: value}}
            producers: {rate: 1}
            consumers: {group: true, fetch: true}
            phases: {steadyWait: 0s, then: [{name: a, set: {producers.rate: 2}, perturb: [{at: 1s, pause: 1ms}]}]}
            headlines: {disk: {directories: {name: /directory}, append: {heights: [broker]}}, append: {heights: [broker]}, pageCache: {memory: 1GiB, knownPercent: [50], lag: {shares: [1]}}, zeroCopy: {modes: [splice, {transfer: copy}]}, placement: {cells: [pinned]}, numa: {brokerNodes: [0], clientNodes: [0], cacheNodes: [0], memory: [local], disks: {name: /directory}}, ask: [lookup]}
            perturb: [{at: 1s, pause: 1ms}]
            backlog: {bytes: 1MiB}
            expect: {errors: [NOT_LEADER_OR_FOLLOWER]}
            contract: at-least-once
            """
        // Each alternative of a group, as the one mapping and in a list.
        func producing(_ text: String, _ more: String = "") -> [String] {
            ["{\(text)}", "[{name: a, \(text)}]"].map { "question: Q?\nname: n\nphases: {steadyWait: 0s}\nproducers: \($0)\n\(more)" }
        }
        let groups = [
            "steps: [{rate: 1, for: 1s}]", "ramp: {from: 1, to: 2}", "rate: 1, recordBytes: {uniform: [32, 64]}", "rate: 1, recordBytes: {weights: {0-64: 1}}",
            "rate: 1, recordBytes: {file: sizes}", "rate: 1, keys: {zipf: {keys: 2, exponent: 1}}", "rate: 1, keys: {hotSet: {keys: 2, hot: 1, share: 50%}}",
            "rate: 1, headers: {count: 1, bytes: 1}", "rate: 1, transactions: true",
            "rate: 1, arrivals: {trace: times}",
        ] + ["gzip", "lz4", "zstd"].map { "rate: 1, compressionRatio: 2, compression: \($0)" }
        let priced = "question: Q?\nname: n\nheadlines: {disk: true}\nprices: {cpuHour: 1, gigabyteMonth: 1}\n"
        return [whole, priced] + producing("rate: 1", "consumers: [{name: a, group: true}]") + producing("mode: max", "gate: {kind: max, metrics: [cpu]}")
            + producing("mode: open", "search: {objective: max <= 1s}") + groups.flatMap { producing($0) }
    }()

    private static func recorded() -> ProfileKeys {
        let keys = ProfileKeys()
        ProfileKeys.$recorder.withValue(keys) {
            for sample in samples { _ = try? Profile.parse(sample, path: "sample.yaml") }
        }
        return keys
    }

    /// What may stand at `path`.
    private static func element(_ path: String, _ keys: ProfileKeys) -> [String: Any] {
        let shapes = keys.shapes(path)
        // A group, or a list of them: what is wrong in one is told of it, not of the choice.
        if case .mapping(let names?, let orBool)? = shapes.first(where: { if case .mapping = $0 { true } else { false } }), shapes.contains(.list) {
            var schema = mapping(names, orBool, path, keys)
            schema["type"] = ["object", "array"] + (orBool ? ["boolean"] : [])
            schema["items"] = element(path + "[]", keys)
            return schema
        }
        let choices = shapes.map { one($0, path, keys) }
        // Elements of a list that are read as they stand.
        guard !choices.isEmpty else { return ["type": ["string", "number", "boolean"]] }
        return choices.count == 1 ? choices[0] : ["anyOf": choices]
    }

    private static let numeral = "[0-9][0-9._]*"

    private static func one(_ shape: ProfileKeys.Shape, _ path: String, _ keys: ProfileKeys) -> [String: Any] {
        switch shape {
        case .mapping(let names, let orBool): mapping(names, orBool, path, keys)
        case .list: ["type": "array", "items": element(path + "[]", keys)]
        case .integer(let low, let high):
            // A larger bound is no number that every reader of JSON has.
            (["type": ["integer", "string"], "minimum": low, "pattern": "^[0-9_]+$"] as [String: Any])
                .merging(high < 1 << 53 ? ["maximum": high] : [:]) { $1 }
        case .number: ["type": ["number", "string"], "exclusiveMinimum": 0, "pattern": "^\(numeral)$"]
        case .duration: ["type": "string", "pattern": "^\(numeral)(ns|us|µs|ms|s|m|h)$", "description": "a duration such as 30s, 5m or 250ms"]
        case .bytes(let low, let high):
            [
                "type": ["string", "integer"], "pattern": "^\(numeral)([kKMGT]?B|[KMGT]iB)?$",
                "description": "a size such as 64KiB, from \(low) to \(high) bytes",
            ] as [String: Any]
        case .bool: ["type": "boolean"]
        case .words(let words): ["enum": words]
        case .form(let pattern, let kind): ["type": "string", "pattern": pattern, "description": kind]
        case .scalar(let kind): ["type": ["string", "number", "boolean"], "description": kind]
        }
    }

    private static func mapping(_ names: [String]?, _ orBool: Bool, _ path: String, _ keys: ProfileKeys) -> [String: Any] {
        var schema: [String: Any] = ["type": orBool ? ["object", "boolean"] as Any : "object"]
        guard let names else {
            let axis: [String: Any] = ["type": "array", "minItems": 1]
            // What a later phase sets is whatever its key takes.
            schema["additionalProperties"] = path == ProfileSweep.key ? axis : path.hasSuffix("then[].set") ? [:] as [String: Any] : ["type": ["string", "number", "boolean"]]
            return schema
        }
        let prefix = path.isEmpty ? "" : path + "."
        var properties: [String: Any] = [:]
        for name in names where !keys.shapes(prefix + name).isEmpty { properties[name] = element(prefix + name, keys) }
        if path.isEmpty { properties[ProfileIncludes.key] = ["type": ["string", "array"], "description": "files whose keys stand below this one's"] }
        schema["properties"] = properties
        schema["additionalProperties"] = false
        let required = names.filter { keys.isRequired(prefix + $0) }
        if !required.isEmpty { schema["required"] = required }
        return schema
    }
}
