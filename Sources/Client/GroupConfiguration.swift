package import Vocabulary

/// How a consumer is a member of a group.
package struct GroupConfiguration: Equatable, Sendable {
    package var name: String
    package var assignor = GroupAssignor.range
    /// After which the group goes on without a member that says nothing. Brokers take 6 s at the least unless told otherwise.
    package var sessionTimeoutMilliseconds: Int32 = 10_000
    /// How long the others wait for a member when the group changes.
    package var rebalanceTimeoutMilliseconds: Int32 = 60_000
    package var heartbeatNanoseconds: UInt64 = 3_000_000_000
    /// Between two commits; what was read since the last is read again when the member is lost.
    package var commitNanoseconds: UInt64 = 5_000_000_000

    package init(name: String) { self.name = name }
}

/// Who reads what a membership is given, on the loop's thread. Partitions are told by their numbers among those of all topics of the
/// membership: for one topic, its own.
package protocol GroupHandler: AnyObject {
    /// To be read from now on, from what the group has committed; nil: nothing yet.
    func assigned(_ partitions: [(partition: Int32, committed: Offset?)])
    /// Not to be read any more. How far they were read is asked for afterwards, too.
    func revoked(_ partitions: [Int32])
    /// The next offset to read; nil for a partition that was never read.
    func position(of partition: Int32) -> Offset?
    /// It reads what it has; it had learned at `from` that the group changes, or had begun to join. CLOCK_MONOTONIC nanoseconds.
    func rebalanced(from: UInt64, to: UInt64)
    /// What is tried again.
    func failed(_ error: ClientError)
}

/// Exact counts since a membership began.
package struct GroupCounters: Sendable, Equatable {
    /// Times that the group came to terms, the first included.
    package var rebalances: UInt64 = 0
    package var commits: UInt64 = 0
    /// Times that the group went on without it.
    package var lostMemberships: UInt64 = 0
    package var lostConnections: UInt64 = 0
    package var errors: [String: UInt64] = [:]

    mutating func count(_ error: String) { errors[error, default: 0] += 1 }
}
