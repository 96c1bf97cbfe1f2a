// `startOffset:` of a group of consumers: where in its topics it begins to read.
internal import Client
internal import Host
internal import Vocabulary

extension ConsumersPlan {
    /// A place in each partition, as it is when the readers connect.
    package enum Start: Equatable, Sendable {
        case earliest, latest
        case offset(Int64)
        /// So many records before the end, or at the front where there are fewer.
        case last(Int64)
        /// At the first record that is at most so old by its timestamp, or at the end where none is.
        case ago(nanoseconds: UInt64)
    }
}

extension ConsumersPlan.Start {
    static let kind = "one of earliest, latest, offset:N, last:N (records before the end) or ago:DURATION such as ago:30s"
    static let pattern = "^(earliest|latest|(offset|last):[0-9][0-9_]*|ago:[0-9][0-9._]*(ns|us|µs|ms|s|m|h))$"

    /// nil for a text that is none.
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts[0], parts.count > 1 ? parts[1] : nil) {
        case ("earliest", nil): self = .earliest
        case ("latest", nil): self = .latest
        case ("offset", let number?):
            guard let offset = Self.whole(number) else { return nil }
            self = .offset(offset)
        case ("last", let number?):
            guard let records = Self.whole(number) else { return nil }
            self = .last(records)
        case ("ago", let duration?):
            guard let nanoseconds = parseDuration(duration) else { return nil }
            self = .ago(nanoseconds: nanoseconds)
        default: return nil
        }
    }

    private static func whole(_ text: String) -> Int64? {
        guard let first = text.first, first != "_", text.allSatisfy({ "0123456789_".contains($0) }) else { return nil }
        return Int64(text.filter { $0 != "_" })
    }

    static func read(_ section: ProfileSection) throws(ProfileError) -> Self? {
        try section.form("startOffset", kind, pattern: pattern) { Self($0) }
    }
}

extension ConsumersPlan.Start {
    /// Where to begin, by partition. Blocks.
    ///
    /// - Parameter partitions: nil: all of the topic.
    /// - Throws: `ClientError`, and `HarnessError` for a place that there is not.
    func positions(in topic: String, _ partitions: [Int32]? = nil, at broker: BrokerAddress, _ options: ConnectionOptions) throws -> [Int32: Offset] {
        let cluster = try Cluster([broker], options)
        let found = try cluster.topic(topic)
        return try positions(in: topic, now: WallClock.milliseconds()) { try cluster.offsets(of: found, partitions, at: $0) }
    }

    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - look: asks the broker for a place, by partition; no offset for a time behind the last record.
    func positions(in topic: String, now: Int64, _ look: (OffsetPlace) throws -> [Int32: Offset]) throws -> [Int32: Offset] {
        switch self {
        case .earliest: return try look(.earliest)
        case .latest: return try look(.latest)
        case .offset(let wanted):
            let first = try look(.earliest)
            let end = try look(.latest)
            for (partition, next) in end.sorted(by: { $0.key < $1.key }) where wanted > next || wanted < (first[partition] ?? 0) {
                throw HarnessError.impossible(
                    "‘startOffset: offset:\(wanted)’ is not in \(topic)-\(partition), which begins at \(first[partition] ?? 0) and gets offset \(next) next")
            }
            return end.mapValues { _ in wanted }
        case .last(let records):
            let first = try look(.earliest)
            let end = try look(.latest)
            return Dictionary(uniqueKeysWithValues: end.map { ($0.key, max(first[$0.key] ?? 0, $0.value - min(records, $0.value))) })
        case .ago(let nanoseconds):
            let end = try look(.latest)
            // Below 0 ListOffsets has places of other kinds.
            return end.merging(try Self.time(max(0, now - Int64(nanoseconds / 1_000_000)), in: topic, look)) { $1 }
        }
    }

    private static func time(_ milliseconds: Int64, in topic: String, _ look: (OffsetPlace) throws -> [Int32: Offset]) throws -> [Int32: Offset] {
        do { return try look(.time(milliseconds)) } catch let error as ClientError {
            switch error {
            case .broker, .unsupported:
                throw HarnessError.impossible("‘startOffset: ago:…’ has the broker look a time up in \(topic), and it does not: \(error)")
            default: throw error
            }
        }
    }
}
