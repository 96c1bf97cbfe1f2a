// The only member of a consumer group: it reads a little at a time, commits, and may end without a word.
internal import Client
internal import Host
internal import Reactor
internal import Records
internal import Vocabulary

/// A real consumer and a real membership on a loop of the control thread.
final class LoneMember {
    private let loop: Loop
    private var consumer: Consumer!
    private var membership: GroupMembership!
    private var fetches: UInt64 = 0
    private var failure: String?
    /// What was tried again, last.
    private var lastError: ClientError?

    /// Where the group had it begin, by partition; 0 where nothing was committed.
    private(set) var began: [Int32: Offset] = [:]
    /// Where its first record of each partition was fetched from.
    private(set) var firstRead: [Int32: Offset] = [:]
    /// What it last told the coordinator, or would have if it had not done so before.
    private(set) var told: [Int32: Offset] = [:]

    /// How long the group waits for a member that says nothing.
    static let sessionMilliseconds: Int32 = 1_000
    private static let commitNanoseconds: UInt64 = 20_000_000
    /// Of one answer: so that several commits fit into a small log.
    private static let fetchBytes: Int32 = 16_384
    /// Answers between two commits.
    private static let fetchesACommit: UInt64 = 16
    /// A group that has not come to terms, or a broker that has not answered, by then does so never.
    private static let patienceNanoseconds: UInt64 = 30_000_000_000
    private static let turnNanoseconds: Int64 = 2_000_000

    /// Joins as soon as it reads.
    init(of group: String, topic: String, _ target: BrokerTarget) throws {
        loop = try Loop()
        var reading = ConsumerConfiguration()
        reading.maxBytes = Self.fetchBytes
        reading.partitionMaxBytes = Self.fetchBytes
        reading.rotatesPartitions = true
        reading.maxWaitMilliseconds = 10
        consumer = try Consumer(loop: loop, bootstrap: target.address, topic: topic, configuration: reading, options: target.connection, handler: self)
        var belonging = GroupConfiguration(name: group)
        belonging.sessionTimeoutMilliseconds = Self.sessionMilliseconds
        belonging.heartbeatNanoseconds = UInt64(Self.sessionMilliseconds) * 1_000_000 / 5
        belonging.commitNanoseconds = Self.commitNanoseconds
        membership = try GroupMembership(
            loop: loop, bootstrap: target.address, topic: topic, partitions: consumer.partitionCount, configuration: belonging, options: target.connection,
            handler: self)
    }

    /// Until each of so many partitions was read from and so many commits were acknowledged. What was told is then what is committed.
    ///
    /// - Parameter check: called at every turn; throws to give up.
    func read(partitions: Int, commits: UInt64, _ check: () throws -> Void) throws {
        let deadline = MonotonicClock.now() + Self.patienceNanoseconds
        while true {
            try check()
            if let failure { throw HarnessError.impossible("a member of \(membership.configuration.name): \(failure)") }
            let now = MonotonicClock.now()
            guard now < deadline else {
                throw HarnessError.impossible(
                    "a member of \(membership.configuration.name) has read from \(firstRead.count) of \(partitions) partitions and committed \(membership.counters.commits) times within 30 s"
                        + (lastError.map { ": \($0)" } ?? ""))
            }
            // Else it would be through with the log before its first commit.
            let isAhead = fetches >= (membership.counters.commits + 1) * Self.fetchesACommit && firstRead.count == partitions
            if consumer.isPaused != isAhead { consumer.isPaused = isAhead }
            membership.poll(now: now)
            consumer.poll(now: now)
            let before = membership.counters.commits
            try loop.runOnce(maxWaitNanoseconds: Self.turnNanoseconds)
            // Right behind an acknowledgement: no other commit is on its way, of which nobody would know what became.
            let acknowledged = membership.counters.commits
            if acknowledged > before, acknowledged >= commits, firstRead.count >= partitions { return }
        }
    }

    /// As a process that dies: its connections end, and nobody is told.
    func die() {
        membership.close()
        consumer.close()
    }
}

extension LoneMember: FetchHandler {
    func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64) {
        if firstRead[partition] == nil { firstRead[partition] = position }
    }

    func corrupt(_ batch: BatchView, _ error: RecordError, partition: Int32) { failure = "the batch at offset \(batch.baseOffset) is damaged: \(error)" }

    func fetchEnded(_ outcome: FetchOutcome) { if outcome.batches > 0 { fetches &+= 1 } }

    func failed(_ error: ClientError, partition: Int32?) { lastError = error }
}

extension LoneMember: GroupHandler {
    func assigned(_ partitions: [(partition: Int32, committed: Offset?)]) {
        for (partition, committed) in partitions {
            began[partition] = committed ?? 0
            if !consumer.take(partition, at: committed ?? 0) { failure = "partition \(partition) has no leader" }
        }
    }

    func revoked(_ partitions: [Int32]) { partitions.forEach(consumer.giveUp) }

    func position(of partition: Int32) -> Offset? {
        let position = consumer.position(of: partition)
        told[partition] = position
        return position
    }

    func rebalanced(from: UInt64, to: UInt64) {}

    func failed(_ error: ClientError) { lastError = error }
}
