// Where a run differs from what somebody else's file asked for.

package struct DeviationRecord: Codable, Equatable, Sendable {
    /// As the file calls it.
    package var key: String
    /// nil: its value is nobody's business, or the file says nothing of it.
    package var asked: String?
    /// nil: the key has no effect here.
    package var used: String?
    package var reason: String

    package init(key: String, asked: String? = nil, used: String? = nil, reason: String) {
        self.key = key
        self.asked = asked
        self.used = used
        self.reason = reason
    }

    /// `replicationFactor 3 → 1`, `reset true: no effect`
    package var brief: String {
        let subject = key + (asked.map { " \($0)" } ?? "")
        return used.map { "\(subject) → \($0)" } ?? "\(subject): no effect"
    }
}
