// The bounds and times of both coordinators, each with Kafka's name for it and, where Kafka has one, its default.

package struct GroupSettings: Sendable {
    /// `group.min.session.timeout.ms`, `group.max.session.timeout.ms`
    package var minimumSessionTimeoutMilliseconds: Int32 = 6_000
    package var maximumSessionTimeoutMilliseconds: Int32 = 1_800_000
    /// `group.initial.rebalance.delay.ms`: how long an empty group waits for more members before its first generation.
    package var initialRebalanceDelayMilliseconds: Int32 = 3_000
    /// `group.max.size`, members with an id that have not joined yet included. Kafka has no bound by default.
    package var maximumMembers = 5_000
    /// How long a new member may wait for its first generation. Kafka's constant.
    package var newMemberJoinTimeoutMilliseconds: Int32 = 300_000
    /// All protocols of one member together.
    package var maximumMemberMetadataBytes = 1 << 20
    /// The members' chosen subscriptions and assignments together: they are one record. Also all protocols of all members,
    /// which the coordinator has to remember.
    package var maximumGroupRecordBytes = 16 << 20
    /// `offset.metadata.max.bytes`
    package var maximumOffsetMetadataBytes = 4_096
    /// `offsets.retention.minutes`, counted from the moment the group is empty (KIP-211).
    package var offsetsRetentionMilliseconds: Int64 = 7 * 24 * 3_600_000
    /// `offsets.topic.num.partitions`
    package var offsetsPartitions = CoordinatorPartition.defaultCount
    package var maximumGroups = 100_000
    package var maximumOffsetsPerGroup = 200_000
    /// Commits and deletions that were asked of the log and not yet reported.
    package var maximumWritesInFlight = 100_000

    package init() {}
}

package struct TransactionSettings: Sendable {
    /// `transaction.max.timeout.ms`
    package var maximumTimeoutMilliseconds: Int32 = 900_000
    /// `transactional.id.expiration.ms`
    package var idExpirationMilliseconds: Int64 = 7 * 24 * 3_600_000
    /// `transaction.state.log.num.partitions`
    package var statePartitions = CoordinatorPartition.defaultCount
    /// `offsets.topic.num.partitions`: where a group's transactional offsets go.
    package var offsetsPartitions = CoordinatorPartition.defaultCount
    /// How long to wait before a state record is written again after the log refused it.
    package var retryMilliseconds: Int32 = 100
    package var maximumTransactionalIDs = 100_000
    package var maximumTransactionalIDBytes = 4_096
    package var maximumPartitionsPerTransaction = 100_000
    /// The term of this coordinator, which markers carry.
    package var coordinatorEpoch: Int32 = 0

    package init() {}
}
