// The start: lock, read the catalogue, finish what a crash left half done, recover every log. Of several data directories
// one may fail at any of these: it is out of service then, its partitions answer with its failure, and nothing of them is
// made anew elsewhere.
package import Host
internal import Vocabulary

/// The logs of a start and what was done to them.
struct LoadedLogs {
    /// The catalogue's, with how they are kept.
    var topics: [(topic: Catalogue.Topic, configuration: LogConfiguration)] = []
    var logs: [PartitionLog] = []
    var reports: [RecoveryReport] = []
    var warnings: [String] = []
    /// Whether the last run closed every directory.
    var wasClean = true
}

extension Storage {
    /// Opens the data directories, making them when they aren't there. The order does not matter. One that fails is left
    /// out while another one has the catalogue: `deadDirectories` and `warnings` tell.
    ///
    /// - Throws: `.directoryLocked`, `.newerFormat`, `.damagedCatalogue`, `.wrongDirectory`, `.missingDirectory`,
    ///   `.invalidConfiguration`, `.noDirectoryLeft`, `.io`. Nothing of the logs was touched unless it is one of the last two.
    package static func open(
        directories paths: [String], configuration: StorageConfiguration,
        fileSystem: any FileSystem = DiskFileSystem.shared
    ) throws(StorageError) -> Storage {
        precondition(!paths.isEmpty, "a broker needs a data directory")
        for (index, path) in paths.enumerated() where paths[..<index].contains(path) {
            throw .wrongDirectory(path: path, why: "it is given twice")
        }
        let directories = paths.map {
            DataDirectory(
                path: $0, minimumFreeBytes: configuration.minimumFreeBytes, fileSystem: fileSystem,
                inline: configuration.runsInline)
        }
        do throws(StorageError) {
            for directory in directories {
                try attempt(directory, of: directories) { () throws(StorageError) in try directory.take() }
            }
            return try open(directories, configuration, fileSystem)
        } catch {
            for directory in directories {
                directory.stop()
                directory.unlock()
            }
            throw error
        }
    }

    /// Does a step of the start that concerns one directory, if it is alive. With another one left it dies of a failure.
    static func attempt(
        _ directory: DataDirectory, of all: [DataDirectory], _ body: () throws(StorageError) -> Void
    ) throws(StorageError) {
        guard !directory.isDead else { return }
        do { try body() } catch {
            guard all.count > 1, directory.isDeathAtStart(error) else { throw error }
            if all.allSatisfy(\.isDead) { throw .noDirectoryLeft(all.compactMap(\.death)) }
        }
    }

    private static func open(
        _ directories: [DataDirectory], _ configuration: StorageConfiguration, _ fileSystem: any FileSystem
    ) throws(StorageError) -> Storage {
        var store = try CatalogueStore(directories, configuration: configuration)
        var wasClean: [Bool] = []
        for directory in directories {
            var isClean = false
            try attempt(directory, of: directories) { () throws(StorageError) in
                isClean = try io { () throws(SystemError) in try directory.takeCleanMark() }
            }
            wasClean.append(isClean)
        }
        var left: [(id: TopicID, placement: [Int32])] = []
        for topic in store.catalogue.deleted { left.append((topic.id, try retire(topic, store, directories))) }
        // Also brings every copy to the same generation.
        try store.change(isStart: true) { catalogue in for (id, placement) in left { catalogue.leave(placement, of: id) } }
        var result = LoadedLogs()
        result.warnings = store.warnings
        for topic in store.catalogue.topics.values {
            result.topics.append((topic, try configuration.log.applying(topic.overrides)))
        }
        for (directory, isClean) in zip(directories, wasClean) {
            try attempt(directory, of: directories) { () throws(StorageError) in
                var loaded = LoadedLogs()
                loaded.warnings = try sweep(directory, store)
                do throws(StorageError) { try load(store, directory, isClean, configuration, into: &loaded) } catch {
                    for log in loaded.logs { directory.unregister(log.partition) }
                    throw error
                }
                result.logs += loaded.logs
                result.reports += loaded.reports
                result.warnings += loaded.warnings
                result.wasClean = result.wasClean && isClean
            }
        }
        for directory in directories where directory.isDead { try mourn(directory, store, configuration, into: &result) }
        return Storage(
            configuration: configuration, directories: directories, fileSystem: fileSystem, store: store, loaded: result)
    }

    /// Renames those directories of a deleted topic that still have their names.
    ///
    /// - Returns: the placement of those that could not be looked at.
    private static func retire(
        _ topic: Catalogue.Topic, _ store: CatalogueStore, _ directories: [DataDirectory]
    ) throws(StorageError) -> [Int32] {
        var left = topic.placement
        for (index, place) in topic.placement.enumerated() {
            guard place != Catalogue.nowhere, let directory = store.directory(at: place) else { continue }
            // A later topic of that name has its own there: the old one was renamed before it came.
            let later = store.catalogue.topics[topic.name]?.placement ?? []
            let isTaken = later.indices.contains(index) && later[index] == place
            try attempt(directory, of: directories) { () throws(StorageError) in
                if !isTaken { try retire(topic, Int32(index), in: directory) }
                left[index] = Catalogue.nowhere
            }
        }
        return left
    }

    private static func retire(_ topic: Catalogue.Topic, _ index: Int32, in directory: DataDirectory) throws(StorageError) {
        let name = PartitionNaming.name(TopicPartition(topic: topic.name, partition: index))
        let newName = PartitionNaming.deletedName(topic.id, index)
        try io { () throws(SystemError) in
            do throws(SystemError) {
                try directory.fileSystem.renameFile("\(directory.path)/\(name)", to: "\(directory.path)/\(newName)")
            } catch {
                if error.isMissing { return }
                throw error
            }
            try directory.fileSystem.synchronizeDirectory(directory.path)
        }
    }

    /// Removes what deletions and broken creations left; names what it does not know.
    private static func sweep(_ directory: DataDirectory, _ store: CatalogueStore) throws(StorageError) -> [String] {
        var warnings: [String] = []
        let known = Set(store.partitions(in: directory).map { TopicPartition(topic: $0.topic.name, partition: $0.partition) })
        for name in try io({ () throws(SystemError) in try directory.fileSystem.list(directory.path) }).sorted() {
            let path = "\(directory.path)/\(name)"
            if PartitionNaming.isDeleted(name) {
                directory.removeInBackground(path)
            } else if let partition = PartitionNaming.parse(name) {
                // Made by a creation that did not get as far as the catalogue: empty, or not ours to remove.
                if !known.contains(partition), directory.fileSystem.removeDirectory(path) < 0 {
                    warnings.append("\(path) belongs to no topic of the catalogue; it is left alone")
                }
            }
        }
        return warnings
    }

    private static func load(
        _ store: CatalogueStore, _ directory: DataDirectory, _ wasClean: Bool, _ configuration: StorageConfiguration,
        into result: inout LoadedLogs
    ) throws(StorageError) {
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: StorageLimits.scanWindowBytes, alignment: 4096)
        defer { scratch.deallocate() }
        let points = try io { () throws(SystemError) in try directory.readCheckpoint() }
        let starts = try io { () throws(SystemError) in try directory.readLogStarts() }
        let compacted = try io { () throws(SystemError) in
            try CleanerCheckpoint.named(directory.path, in: directory.fileSystem)
        }
        if points == nil { result.warnings.append("\(directory.path)/\(RecoveryCheckpoint.name) is damaged; every log is read") }
        if starts == nil {
            result.warnings.append(
                "\(directory.path)/\(DataDirectory.logStartName) is damaged; deleted records of a log's first segment are there again")
        }
        let partitions = store.partitions(in: directory)
        let forcesTogether = !wasClean && partitions.count > StorageLimits.logsForcedSingly
        for (topic, number) in partitions {
            let log = try configuration.log.applying(topic.overrides)
            let partition = TopicPartition(topic: topic.name, partition: number)
            var loader = LogLoader(
                partition: partition, topicID: topic.id, configuration: log,
                path: "\(directory.path)/\(PartitionNaming.name(partition))", dataDirectory: directory,
                cleanMark: wasClean, recoveryPoint: points?[partition] ?? 0,
                savedStart: starts.map { .known($0[partition] ?? 0) } ?? .damaged, forces: !forcesTogether,
                mayHaveGaps: compacted?.contains(.init(topicID: topic.id, partition: number)) ?? true, scratch: scratch)
            let loaded = try load(&loader, directory, partition)
            directory.register(loaded.log.durability, of: partition)
            result.logs.append(loaded.log)
            result.reports.append(loaded.report)
        }
        try io { () throws(SystemError) in
            if forcesTogether { try directory.fileSystem.synchronizeFileSystem(of: directory.path) }
            // What recovery forced need not be scanned again, should the next crash come soon.
            // The names of topics that are gone are free again: what was remembered of them must not outlive this.
            try directory.writeLogStarts()
            try directory.writeCheckpoint()
        }
    }

    private static func load(
        _ loader: inout LogLoader, _ directory: DataDirectory, _ partition: TopicPartition
    ) throws(StorageError) -> (log: PartitionLog, report: RecoveryReport) {
        do { return try loader.load() } catch {
            guard case .io(let failure) = error, failure.call == "opendir", failure.isMissing else { throw error }
            throw .missingDirectory(
                failure.subject, why: "the catalogue has partition \(partition) there; restore it or remove its topic")
        }
    }

    /// The partitions of a dead directory: logs that answer nothing but its failure.
    private static func mourn(
        _ directory: DataDirectory, _ store: CatalogueStore, _ configuration: StorageConfiguration, into result: inout LoadedLogs
    ) throws(StorageError) {
        guard let death = directory.death else { return }
        let partitions = store.partitions(in: directory)
        for (topic, number) in partitions {
            let partition = TopicPartition(topic: topic.name, partition: number)
            let log = PartitionLog(
                partition: partition, topicID: topic.id, configuration: try configuration.log.applying(topic.overrides),
                directory: LogDirectory(path: "\(directory.path)/\(PartitionNaming.name(partition))", fileSystem: directory.fileSystem),
                dataDirectory: directory, segments: [], producers: ProducerState(), recoveryPoint: 0, isDirty: false)
            log.fault = death.why
            result.logs.append(log)
        }
        result.warnings.append(
            "data directory \(directory.path) is out of service with its \(partitions.count) partitions until a start finds it whole: \(death.why)")
    }

    /// Flushes and cuts every log, writes snapshots, recovery points and the clean-shutdown marks, frees the locks.
    /// The loops must have stopped. Without it the next open recovers, as after a crash.
    ///
    /// - Throws: the first failure; the other logs are closed all the same, and no mark covers one that is not.
    package func close() throws(StorageError) {
        for cleaner in cleaners { cleaner.stop() }
        for directory in directories { directory.stop() }
        var failures: [StorageError] = []
        for directory in directories {
            // A dead one has nothing that could be closed, and its logs have said so.
            do { if directory.outage == nil { try close(directory) } } catch { failures.append(error) }
            directory.unlock()
        }
        if let first = failures.first { throw first }
    }

    private func close(_ directory: DataDirectory) throws(StorageError) {
        let logs = allLogs().filter { $0.dataDirectory === directory }
        var failure: StorageError?
        var jobs: [(log: PartitionLog, job: SealJob)] = []
        for log in logs {
            do throws(StorageError) {
                if let job = try log.cutForClose() { jobs.append((log, job)) }
            } catch { failure = failure ?? error }
            failure = failure ?? log.fault
        }
        let waiting = directory.takeWaiting()
        if jobs.count + waiting.count > StorageLimits.logsForcedSingly {
            for (log, _) in jobs {
                try io { () throws(SystemError) in _ = try log.durability.writeEpochs(synchronizes: false) }
            }
            try io { [fileSystem] () throws(SystemError) in try fileSystem.synchronizeFileSystem(of: directory.path) }
        } else {
            for sealed in waiting { sealed.job.force(sealed.durability) }
            for (log, job) in jobs { job.force(log.durability) }
        }
        for (log, _) in jobs {
            do throws(StorageError) { try log.closed() } catch { failure = failure ?? error }
        }
        try io { () throws(SystemError) in
            try directory.writeLogStarts()
            try directory.writeCheckpoint()
        }
        if let failure = failure ?? directory.death?.why { throw failure }
        try io { () throws(SystemError) in try directory.writeCleanMark() }
    }

    /// Lets go of threads and locks and leaves the disk as it is, as a kill would.
    func abandon() {
        for cleaner in cleaners { cleaner.stop() }
        for directory in directories {
            directory.stop()
            directory.unlock()
        }
    }
}
