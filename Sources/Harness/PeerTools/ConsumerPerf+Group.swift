// A reader that is a member of its group, as Kafka's tool is: what it has it was given, and how far it came it commits.
package import Client
internal import Host
internal import Reactor
package import Vocabulary
internal import Wire

extension ConsumerPerf: GroupHandler {
    package func assigned(_ partitions: [(partition: Int32, committed: Offset?)]) {
        // Kafka's tool stops the clock for the first partitions only, not for those that come to others.
        if positions.isEmpty { statistics.endJoining(at: milliseconds(MonotonicClock.now())) }
        for (number, committed) in partitions {
            let start = committed ?? starts[number] ?? 0
            let topic = self.topic(of: number)
            guard topic.consumer.take(number - topic.first, at: start) else { return fail("\(topic.name)-\(number - topic.first) has no leader") }
            positions[number] = start
        }
    }

    package func revoked(_ partitions: [Int32]) {
        guard !partitions.isEmpty else { return }
        for number in partitions {
            let topic = self.topic(of: number)
            topic.consumer.giveUp(number - topic.first)
            if let position = positions.removeValue(forKey: number) { given[number] = position }
        }
        if positions.isEmpty { statistics.beginJoining(at: milliseconds(MonotonicClock.now())) }
    }

    package func position(of partition: Int32) -> Offset? {
        plan.properties.commits ? positions[partition] ?? given[partition] : nil
    }

    package func rebalanced(from: UInt64, to: UInt64) {}

    package func failed(_ error: ClientError) {
        if case .broker(let code, _) = error, !code.isRetriable { return fail("\(error)") }
        note(error)
    }

    /// Commits and leaves, so that the group need not wait for the session's end; not for long, for the broker may be gone.
    func leave() throws {
        guard let membership else { return }
        // Nothing more is counted.
        topics.forEach { $0.consumer.close() }
        membership.leave()
        let deadline = MonotonicClock.now() &+ Self.leaveNanoseconds
        while !membership.isOut, MonotonicClock.now() < deadline {
            membership.poll(now: MonotonicClock.now())
            try loop.runOnce(maxWaitNanoseconds: 1_000_000)
        }
    }

    private static var leaveNanoseconds: UInt64 { 2_000_000_000 }
}
