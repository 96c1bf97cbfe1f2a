// What lies in the logs before a pass: an append must not slow as its log grows.
internal import StorageEngine
internal import Vocabulary

/// A topic that stays from pass to pass. Its logs are cut back after each to what they had before: passes that went on behind one
/// another would each find a longer log.
enum StoredTopic {
    static let name = "stored"

    /// Fills as many logs as a pass appends to, in turn, with `storedBytes` of the plan or up to a tick more, all of them together.
    /// Leaves all of it on the disk, as a broker that was stopped: nothing is left to be written back while something is measured.
    static func fill(_ directory: String, _ configuration: StorageConfiguration, _ plan: AppendPlan) throws {
        var configuration = configuration
        // Forced once, at the end.
        (configuration.log.flushMessages, configuration.log.flushMilliseconds) = (.max, .max)
        let storage = try Storage.open(directories: [directory], configuration: configuration)
        _ = try storage.createTopic(named: name, partitionCount: Int32(plan.partitions))
        let logs = logs(in: storage, plan)
        let touched = min(plan.gather, logs.count)
        var (batches, bytes) = (0, 0)
        while bytes < plan.storedBytes {
            let first = batches
            for _ in 0..<plan.gather {
                _ = try logs[batches % logs.count].stage(plan.ring[batches])
                batches += 1
            }
            for n in first..<(first + touched) { bytes += try logs[n % logs.count].writeStaged().bytes }
        }
        try storage.close()
    }

    /// For the calling thread.
    static func logs(in storage: Storage, _ plan: AppendPlan) -> [PartitionLog] {
        (0..<Int32(plan.partitions)).map { partition in
            let log = storage.log(of: TopicPartition(topic: name, partition: partition))!
            log.adopt()
            return log
        }
    }
}
