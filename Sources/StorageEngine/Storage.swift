// Everything that one broker has on disk: its topics, their logs, its producer ids.
internal import Host
package import Vocabulary

/// Something that a log's owner does for a background thread.
package typealias LogWork = @Sendable (PartitionLog) -> Void

/// Topics and logs of one or several data directories. Safe to call from any thread. What changes the catalogue waits
/// for the disk: `createTopic`, `deleteTopic` and, once per 1,000 ids, `allocateProducerID`.
package final class Storage: @unchecked Sendable {
    // @unchecked: `store` and `producerIDs` are touched under `changing`; `logs`, `published` and `topicsVersion_`
    // under `table`. Where both are held, `changing` comes first.
    package let clusterID: String
    package let nodeID: Int32
    /// One for each partition that the start found.
    package let recoveryReports: [RecoveryReport]
    /// Whether the last run closed every directory.
    package let wasCleanShutdown: Bool
    /// What an operator should know of what the start found: dead and stray directories, repaired copies.
    package let warnings: [String]

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

    private let table = Monitor()
    private var logs: [TopicPartition: PartitionLog] = [:]
    private var published: [String: TopicDescription] = [:]
    private var version: UInt64 = 0
    private var ownerRunner: (@Sendable (TopicPartition, @escaping LogWork) -> Void)?

    init(
        configuration: StorageConfiguration, directories: [DataDirectory], fileSystem: any FileSystem,
        store: CatalogueStore, loaded: LoadedLogs
    ) {
        self.configuration = configuration
        self.directories = directories
        self.fileSystem = fileSystem
        self.store = store
        warnings = loaded.warnings
        clusterID = store.catalogue.clusterID
        nodeID = store.catalogue.nodeID
        wasCleanShutdown = loaded.wasClean
        recoveryReports = loaded.reports
        for log in loaded.logs { logs[log.partition] = log }
        for topic in store.catalogue.topics.values { published[topic.name] = Self.description(of: topic) }
        for directory in directories { cleaners.append(Cleaner(of: directory, in: self)) }
    }

    static func description(of topic: Catalogue.Topic) -> TopicDescription {
        TopicDescription(
            name: topic.name, id: topic.id, partitionCount: Int32(topic.placement.count), overrides: topic.overrides)
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

    /// Changes with every topic that comes or goes.
    package var topicsVersion: UInt64 { table.locked { version } }

    /// The settings of a topic's logs.
    ///
    /// - Throws: `.invalidConfiguration`.
    package func configuration(of topic: TopicDescription) throws(StorageError) -> LogConfiguration {
        try configuration.log.applying(topic.overrides)
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
            logs.values.filter { $0.dataDirectory === directory && $0.configuration.cleanupPolicy.contains(.compact) }.map {
                (CleanerCheckpoint.Key(topicID: $0.topicID, partition: $0.partition.partition), $0.partition)
            }
        }
    }

    func publish(_ topic: TopicDescription, _ newLogs: [PartitionLog]) {
        table.locked {
            published[topic.name] = topic
            for log in newLogs { logs[log.partition] = log }
            version += 1
        }
    }

    /// The logs of a topic that is no longer found.
    func withdraw(_ topic: TopicDescription) -> [PartitionLog] {
        table.locked {
            published[topic.name] = nil
            version += 1
            return (0..<topic.partitionCount).compactMap { logs.removeValue(forKey: TopicPartition(topic: topic.name, partition: $0)) }
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
