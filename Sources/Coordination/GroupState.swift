// The states of a classic consumer group.

/// Where a group stands; `rawValue` is Kafka's name, as DescribeGroups and ListGroups show it.
package enum GroupState: String, Hashable, Sendable, CaseIterable {
    /// No members; perhaps offsets.
    case empty = "Empty"
    /// Waiting for members to join the next generation.
    case preparingRebalance = "PreparingRebalance"
    /// The generation is formed; waiting for the leader's assignment.
    case completingRebalance = "CompletingRebalance"
    case stable = "Stable"
    /// Deleted, or never heard of.
    case dead = "Dead"
}
