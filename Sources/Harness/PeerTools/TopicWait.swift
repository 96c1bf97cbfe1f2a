// Until a topic is there.
internal import Client
internal import Host
internal import Wire

enum TopicWait {
    private static let pollNanoseconds: UInt64 = 50_000_000

    /// Asks for the topic until every partition of it has a leader. A broker that creates topics by itself creates it now, as for Kafka's
    /// producer.
    ///
    /// - Throws: `PeerToolError.failed` for a topic that can't be, or is not there in time; `ClientError`.
    static func wait(for topic: String, at admin: Admin, nanoseconds: UInt64, _ isStopped: () -> Bool) throws {
        let deadline = MonotonicClock.now() &+ nanoseconds
        while true {
            let found = try admin.metadata([topic], mayCreate: true).topic(topic)
            if let found, found.errorCode == .none, !found.partitions.isEmpty, found.partitions.allSatisfy({ $0.leader != nil }) { return }
            let code = found?.errorCode ?? .unknownTopicOrPartition
            let reason = code == .none ? "a partition has no leader" : code.name
            guard code == .none || code == .unknownTopicOrPartition || code.isRetriable else {
                throw PeerToolError.failed("topic ‘\(topic)’ at \(admin.broker): \(reason)")
            }
            guard MonotonicClock.now() < deadline, !isStopped() else {
                throw PeerToolError.failed("topic ‘\(topic)’ at \(admin.broker): \(reason); max.block.ms, \(nanoseconds / 1_000_000), is over")
            }
            MonotonicClock.sleep(nanoseconds: pollNanoseconds)
        }
    }
}
