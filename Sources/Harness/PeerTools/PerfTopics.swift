// Which topics the consumer tool reads: one by its name, or those that a pattern matches.
internal import Client

enum PerfTopics: Sendable {
    case named(String)
    /// A regular expression.
    case matching(String)

    /// - Throws: `.refused` unless exactly one of them is there and says something.
    init(topic: String?, include: String?) throws(PeerToolError) {
        switch (topic, include) {
        case (let topic?, nil):
            guard !topic.isEmpty else { throw .refused("--topic is empty") }
            self = .named(topic)
        case (nil, let include?):
            guard !include.isEmpty else { throw .refused("--include is empty") }
            do { _ = try Self.names(matching: include, among: []) } catch { throw PeerToolError.refused("--include \(include) is no regular expression: \(error)") }
            self = .matching(include)
        default: throw .refused("exactly one of --topic and --include is needed")
        }
    }

    /// As they are now, at least one, in the order of their names.
    ///
    /// - Throws: `ClientError`, and `PeerToolError.failed` where none matches.
    func names(at cluster: Cluster, includesInternal: Bool) throws -> [String] {
        switch self {
        case .named(let name): return [name]
        case .matching(let pattern):
            let there = try cluster.metadata().topics.filter { includesInternal || !$0.isInternal }
            let names = try Self.names(matching: pattern, among: there.map(\.name))
            guard !names.isEmpty else { throw PeerToolError.failed("no topic matches --include \(pattern)") }
            return names
        }
    }

    /// Sorted.
    ///
    /// - Throws: what is wrong with the pattern.
    static func names(matching pattern: String, among names: [String]) throws -> [String] {
        let regex = try Regex(pattern)
        // The whole name, as Java's `matches` has it.
        return names.filter { $0.wholeMatch(of: regex) != nil }.sorted()
    }
}
