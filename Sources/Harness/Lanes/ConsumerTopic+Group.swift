// One topic of a consumer lane that is a member of a group: it reads what the group gives it, and commits how far it came.
internal import Client
internal import Host
internal import Measurement
internal import Reactor
internal import Records
internal import Vocabulary
internal import Wire

extension ConsumerTopic {
    /// Becomes a member, of a group of this topic alone; it joins when the lane runs. Blocks meanwhile.
    ///
    /// - Throws: `ClientError`, and `HarnessError` for a place to begin at that there is not.
    func join(_ group: GroupPlan, as plan: ConsumersPlan, _ loop: Loop, _ address: BrokerAddress, _ options: ConnectionOptions) throws {
        // As they are now, before the load: whoever gets a partition of which nothing is committed begins there.
        let starts = try plan.start.positions(in: topic.name, at: address, options)
        become(
            try GroupMembership(
                loop: loop, bootstrap: address, topic: topic.name, partitions: consumer.partitionCount,
                configuration: group.configuration(name: plan.groupName(topic: topic.name)), options: options, handler: self),
            startingAt: starts)
    }

    /// What of a batch this lane is the first of its group to read, as an offset to begin at. The rest was read by a member that has
    /// not committed it: the group reads it again, and it is neither audited nor timed twice.
    func claim(_ batch: BatchView, _ partition: Int32, _ position: Offset) -> Offset {
        let first = max(position, batch.baseOffset)
        let claimed = max(first, worker.offsets.positions.claim(topic.firstPartition + partition, upTo: batch.nextOffset))
        if claimed > first { worker.phases.last?.counts.redeliveredRecords &+= UInt64(min(claimed, batch.nextOffset) - first) }
        return claimed
    }

    /// How far the group has come in each partition.
    var groupPositions: [Int32: Offset] {
        (0..<consumer.partitionCount).reduce(into: [:]) {
            $0[$1] = worker.offsets.positions.offset(of: Int(topic.firstPartition + $1)) ?? starts[$1]
        }
    }
}

extension ConsumerTopic: GroupHandler {
    func assigned(_ partitions: [(partition: Int32, committed: Offset?)]) {
        for (partition, committed) in partitions {
            let start = committed ?? starts[partition] ?? 0
            guard consumer.take(partition, at: start) else {
                worker.errors["NO_LEADER", default: 0] += 1
                continue
            }
            // As if its log ended there: behind by nothing, until an answer or an acknowledgement says otherwise.
            worker.offsets.raise(topic.firstPartition + partition, position: start, end: start)
        }
    }

    func revoked(_ partitions: [Int32]) { partitions.forEach(consumer.giveUp) }

    func position(of partition: Int32) -> Offset? { consumer.position(of: partition) }

    func rebalanced(from: UInt64, to: UInt64) {
        guard let phase = worker.phases.last(where: { to >= $0.origin }) else { return }
        phase.counts.rebalances &+= 1
        phase.rebalance?.record(Int64(bitPattern: to &- from), at: to)
    }

    func failed(_ error: ClientError) { failed(error, partition: nil) }
}

extension ConsumerWorker {
    func pollMemberships(_ now: UInt64) {
        for topic in topics { topic.membership?.poll(now: now) }
    }

    /// When `pollMemberships` has something to do at the latest.
    var membershipDeadline: UInt64 { topics.reduce(.max) { min($0, $1.membership?.nextDeadline ?? .max) } }

    /// Gives everything up; the lane goes on.
    func leaveGroups() {
        for topic in topics { topic.membership?.leave() }
    }

    func joinGroups() {
        for topic in topics { topic.membership?.join() }
    }

    /// Partitions that it reads as a member; nil while one of its groups comes to terms, and for a lane in none.
    var partitionsRead: Int? {
        var sum: Int?
        for topic in topics {
            guard let membership = topic.membership else { continue }
            guard let read = membership.partitionsRead else { return nil }
            sum = (sum ?? 0) + read
        }
        return sum
    }

    /// Into the phase that is on. What was noted before its members left stays.
    func notePartitions() {
        if let read = partitionsRead { phases.last?.counts.partitionsRead = UInt64(read) }
    }

    /// So that no coordinator need wait for a session to end; not for long, for the broker may be gone.
    func endMemberships() {
        let memberships = topics.compactMap(\.membership)
        guard !memberships.isEmpty else { return }
        let deadline = MonotonicClock.now() + Self.leaveNanoseconds
        memberships.forEach { $0.leave() }
        while memberships.contains(where: { !$0.isOut }), MonotonicClock.now() < deadline {
            for membership in memberships { membership.poll(now: MonotonicClock.now()) }
            guard (try? loop.runOnce(maxWaitNanoseconds: 1_000_000)) != nil else { break }
        }
        memberships.forEach { $0.close() }
    }

    private static var leaveNanoseconds: UInt64 { 500_000_000 }
}
