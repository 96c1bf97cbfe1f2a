// Everything that one broker has on disk: its topics, their logs, its producer ids.
internal import Host
package import Vocabulary

/// Something that a log's owner does for a background thread.
package typealias LogWork = @Sendable (PartitionLog) -> Void

/// Topics and logs of one or several data directories. Safe to call from any thread. What changes the catalogue waits
/// for the disk: `createTopic`, `addPartitions`, `setOverrides`, `deleteTopic`, `setSettings` and, once per 1,000 ids,
/// `allocateProducerID`.
package final class Storage: @unchecked Sendable {
    // @unchecked: `store` and `producerIDs` are touched under `changing`; `logs`, `published`, `version` and `live`
    // under `table`. Where both are held, `changing` comes first.
    package let clusterID: String
    package let nodeID: Int32
    /// One for each partition that the start found.
    package let recoveryReports: [RecoveryReport]
    /// Whether the last run closed every directory.
    package let wasCleanShutdown: Bool
    /// What an operator should know of what the start found: dead and stray directories, repaired copies.
    package let warnings: [String]

    /// As the start was told; what may change since is in `live`.
    let configuration: StorageConfiguration
    let directories: [DataDirectory]
    let fileSystem: any FileSystem
    /// Held over changes of the catalogue, disk writes included.
    let changing = Monitor()
    var store: CatalogueStore
    /// Reserved on disk and not handed out.
    var producerIDs: Range<ProducerID> = 0..<0

    /// One for each data directory. Set by `init`.
    private(set) var cleaners: [Cleaner] = []

    let table = Monitor()
    private var live: StorageConfiguration
    private var logs: [TopicPartition: PartitionLog] = [:]
    private var published: [String: TopicDescription] = [:]
    private var version: UInt64 = 0
    private var ownerRunner: (@Sendable (TopicPartition, @escaping LogWork) -> Void)?

    init(
        configuration: StorageConfiguration, directories: [DataDirectory], fileSystem: any FileSystem,
        store: CatalogueStore, loaded: LoadedLogs
    ) {
        self.configuration = configuration
        live = configuration
        self.directories = directories
        self.fileSystem = fileSystem
        self.store = store
        warnings = loaded.warnings
        clusterID = store.catalogue.clusterID
        nodeID = store.catalogue.nodeID
        wasCleanShutdown = loaded.wasClean
        recoveryReports = loaded.reports
        for log in loaded.logs { logs[log.partition] = log }
        for (topic, log) in loaded.topics { published[topic.name] = Self.description(of: topic, log) }
        for directory in directories { cleaners.append(Cleaner(of: directory, in: self)) }
    }

    static func description(of topic: Catalogue.Topic, _ configuration: LogConfiguration) -> TopicDescription {
        TopicDescription(
            name: topic.name, id: topic.id, partitionCount: Int32(topic.placement.count), overrides: topic.overrides,
            configuration: configuration)
    }

    // MARK: Topics

    /// Every topic, by name.
    package func topics() -> [TopicDescription] {
        table.locked { published.values.sorted { $0.name < $1.name } }
    }

    package func topic(named name: String) -> TopicDescription? { table.locked { published[name] } }

    package func topic(id: TopicID) -> TopicDescription? {
        table.locked { published.values.first { $0.id == id } }
    }

    /// Changes with every topic that comes, goes, grows or is kept otherwise.
    package var topicsVersion: UInt64 { table.locked { version } }

    /// Partitions of all topics.
    package var partitionCount: Int { table.locked { published.values.reduce(0) { $0 + Int($1.partitionCount) } } }

    /// A topic that differs from `name` in nothing but dots and underscores.
    func topic(collidingWith name: String) -> String? {
        guard name.utf8.contains(where: TopicName.collides) else { return nil }
        return table.locked { published.keys.first { $0 != name && TopicName.collide($0, name) } }
    }

    /// The log of a partition. One thread uses it: call this there and keep the result there.
    package func log(of partition: TopicPartition) -> PartitionLog? { table.locked { logs[partition] } }

    // MARK: Owners

    /// Says how a background thread gets work done on a log: `run` has it done, soon and once, on the thread that owns
    /// the partition, or lets go of it when there is no such log any more. Without it nothing in the background touches a log.
    package func setOwnerRunner(_ run: (@Sendable (TopicPartition, @escaping LogWork) -> Void)?) {
        table.locked { ownerRunner = run }
    }

    /// Has `work` done on the thread that owns the log; within the call where background jobs run so too.
    ///
    /// - Returns: false when there is nobody to do it.
    func onOwner(of partition: TopicPartition, _ work: @escaping LogWork) -> Bool {
        let (run, log) = table.locked { (ownerRunner, logs[partition]) }
        if let run {
            run(partition, work)
            return true
        }
        guard configuration.runsInline, let log else { return false }
        work(log)
        return true
    }

    /// The logs of a data directory that are compacted.
    func compactedLogs(in directory: DataDirectory) -> [(key: CleanerCheckpoint.Key, partition: TopicPartition)] {
        table.locked {
            // Of a log only what never changes is looked at: another thread owns it.
            logs.values.filter { $0.dataDirectory === directory && isCompacted($0.partition.topic) }.map {
                (CleanerCheckpoint.Key(topicID: $0.topicID, partition: $0.partition.partition), $0.partition)
            }
        }
    }

    private func isCompacted(_ topic: String) -> Bool {
        published[topic]?.configuration.cleanupPolicy.contains(.compact) ?? false
    }

    /// The logs of a data directory, whatever makes room in them: one that was compacted has its gaps for ever.
    func logKeys(in directory: DataDirectory) -> Set<CleanerCheckpoint.Key> {
        table.locked {
            Set(logs.values.filter { $0.dataDirectory === directory }.map {
                CleanerCheckpoint.Key(topicID: $0.topicID, partition: $0.partition.partition)
            })
        }
    }

    /// What holds for all topics and may change.
    var inForce: StorageConfiguration { table.locked { live } }

    /// Changes what topics have that override nothing. The logs learn it as they learn of topics.
    package func setDefaults(_ log: LogConfiguration) {
        changing.lock()
        defer { changing.unlock() }
        table.locked {
            live.log = log
            for (name, topic) in published {
                // Overrides were checked when they were set, and no default makes one of them wrong.
                guard let configuration = try? log.applying(topic.overrides) else { continue }
                published[name] = TopicDescription(
                    name: topic.name, id: topic.id, partitionCount: topic.partitionCount, overrides: topic.overrides,
                    configuration: configuration)
            }
            version += 1
        }
    }

    /// How cleaners work, from the next pass on.
    package func setCleaner(_ cleaner: CleanerConfiguration) { table.locked { live.cleaner = cleaner } }

    /// Partitions of all topics together. There may be more already.
    package func setMaximumPartitions(_ count: Int) { table.locked { live.maximumPartitions = count } }

    func publish(_ topic: TopicDescription, _ newLogs: [PartitionLog]) {
        table.locked {
            published[topic.name] = topic
            for log in newLogs { logs[log.partition] = log }
            version += 1
        }
    }

    /// The logs of a topic that is no longer found.
    func withdraw(_ topic: Catalogue.Topic) -> [PartitionLog] {
        table.locked {
            published[topic.name] = nil
            version += 1
            return topic.placement.indices.compactMap {
                logs.removeValue(forKey: TopicPartition(topic: topic.name, partition: Int32($0)))
            }
        }
    }

    /// The data directories that are out of service by now, and why.
    package var deadDirectories: [DeadDirectory] { directories.compactMap(\.death) }

    /// Every data directory and the bytes that were free there at the last look.
    package var freeBytes: [(directory: String, bytes: Int64)] { directories.map { ($0.path, $0.freeBytes) } }

    /// The partitions of a topic that answer nothing but the failure of their data directory.
    package func offlinePartitions(of topic: TopicDescription) -> Set<Int32> {
        guard directories.contains(where: { $0.outage != nil }) else { return [] }
        return table.locked {
            Set((0..<topic.partitionCount).filter { logs[TopicPartition(topic: topic.name, partition: $0)]?.outage != nil })
        }
    }

    func allLogs() -> [PartitionLog] { table.locked { Array(logs.values) } }

    // MARK: Producer ids

    /// An id that no producer of this cluster ever had or will have: it is reserved on disk before it is handed out.
    ///
    /// - Throws: `.io`; no id is handed out then.
    package func allocateProducerID() throws(StorageError) -> ProducerID {
        changing.lock()
        defer { changing.unlock() }
        if producerIDs.isEmpty {
            let first = store.catalogue.nextProducerID
            let end = first + StorageLimits.producerIDBlock
            try store.change { $0.nextProducerID = end }
            producerIDs = first..<end
        }
        return producerIDs.removeFirst()
    }
}

extension Range<ProducerID> {
    fileprivate mutating func removeFirst() -> ProducerID {
        defer { self = (lowerBound + 1)..<upperBound }
        return lowerBound
    }
}
