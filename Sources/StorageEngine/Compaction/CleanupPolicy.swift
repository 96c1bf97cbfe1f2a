// What makes room in a log (`cleanup.policy`), and when compaction does.

/// Retention, compaction, or both.
package struct CleanupPolicy: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Old segments go, by age and size.
    package static let delete = CleanupPolicy(rawValue: 1)
    /// Of the records of a key the newest stays.
    package static let compact = CleanupPolicy(rawValue: 2)

    /// Reads `delete`, `compact` or both with a comma; nil for anything else.
    package init?(_ text: String) {
        var policy: CleanupPolicy = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            switch word.drop(while: { $0 == " " }) {
            case "delete": policy.insert(.delete)
            case "compact": policy.insert(.compact)
            default: return nil
            }
        }
        self = policy
    }
}

extension CleanupPolicy: CustomStringConvertible {
    package var description: String {
        [contains(.compact) ? "compact" : nil, contains(.delete) ? "delete" : nil].compactMap { $0 }.joined(separator: ",")
    }
}

/// When a log is compacted, with Kafka's defaults.
package struct CompactionConfiguration: Equatable, Sendable {
    /// The share of a log's compactable bytes that must be dirty (`min.cleanable.dirty.ratio`).
    package var minimumDirtyRatio = 0.5
    /// Record time for which a record stays as it is (`min.compaction.lag.ms`).
    package var minimumLagMilliseconds: Int64 = 0
    /// Record time after which a record is compacted whatever the ratio is (`max.compaction.lag.ms`).
    package var maximumLagMilliseconds = Int64.max
    /// How long a tombstone is still there for consumers to see, from its first compaction on (`delete.retention.ms`).
    package var deleteRetentionMilliseconds: Int64 = 24 * 60 * 60 * 1000

    package init() {}
}
