// The start: lock, read the catalogue, finish what a crash left half done, recover every log.
package import Host
internal import Vocabulary

/// The logs of a start and what was done to them.
struct LoadedLogs {
    var logs: [PartitionLog] = []
    var reports: [RecoveryReport] = []
}

extension Storage {
    /// Opens the data directories, making them when they aren't there. The order does not matter.
    ///
    /// - Throws: `.directoryLocked`, `.newerFormat`, `.damagedCatalogue`, `.wrongDirectory`, `.missingDirectory`,
    ///   `.invalidConfiguration`, `.io`. Nothing of the logs was touched unless it is `.io`.
    package static func open(
        directories paths: [String], configuration: StorageConfiguration,
        fileSystem: any FileSystem = DiskFileSystem.shared
    ) throws(StorageError) -> Storage {
        precondition(!paths.isEmpty, "a broker needs a data directory")
        var directories: [DataDirectory] = []
        do throws(StorageError) {
            for path in paths {
                guard !directories.contains(where: { $0.path == path }) else {
                    throw StorageError.wrongDirectory(path: path, why: "it is given twice")
                }
                directories.append(
                    try DataDirectory(
                        path: path, minimumFreeBytes: configuration.minimumFreeBytes, fileSystem: fileSystem,
                        inline: configuration.runsInline))
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

    private static func open(
        _ directories: [DataDirectory], _ configuration: StorageConfiguration, _ fileSystem: any FileSystem
    ) throws(StorageError) -> Storage {
        var store = try CatalogueStore(directories, configuration: configuration)
        var wasClean: [Bool] = []
        for directory in directories { wasClean.append(try io { () throws(SystemError) in try directory.takeCleanMark() }) }
        for topic in store.catalogue.topics.values where topic.state == .deleting { try retire(topic, store) }
        // Also brings every copy to the same generation.
        try store.change { catalogue in catalogue.topics = catalogue.topics.filter { $0.value.state != .deleting } }
        var warnings = store.warnings
        for directory in directories { warnings += try sweep(directory, store) }
        let loaded = try load(store, directories, wasClean, configuration)
        // What recovery forced need not be scanned again, should the next crash come soon.
        // The names of topics that are gone are free again: what was remembered of them must not outlive this.
        for directory in directories {
            try io { () throws(SystemError) in
                try directory.writeLogStarts()
                try directory.writeCheckpoint()
            }
        }
        return Storage(
            configuration: configuration, directories: directories, fileSystem: fileSystem, store: store, loaded: loaded,
            wasClean: wasClean.allSatisfy { $0 }, warnings: warnings)
    }

    /// Renames those directories of a deleted topic that still have their names.
    private static func retire(_ topic: Catalogue.Topic, _ store: CatalogueStore) throws(StorageError) {
        for (index, place) in topic.placement.enumerated() {
            let directory = store.directory(at: place)
            let name = PartitionNaming.name(TopicPartition(topic: topic.name, partition: Int32(index)))
            let newName = PartitionNaming.deletedName(topic.id, Int32(index))
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
    }

    /// Removes what deletions and broken creations left; names what it does not know.
    private static func sweep(_ directory: DataDirectory, _ store: CatalogueStore) throws(StorageError) -> [String] {
        var warnings: [String] = []
        let place = store.places[store.places.firstIndex { store.directory(at: $0) === directory }!]
        for name in try io({ () throws(SystemError) in try directory.fileSystem.list(directory.path) }).sorted() {
            let path = "\(directory.path)/\(name)"
            if PartitionNaming.isDeleted(name) {
                directory.removeInBackground(path)
            } else if let partition = PartitionNaming.parse(name) {
                let placement = store.catalogue.topics[partition.topic]?.placement ?? []
                let isKnown = placement.indices.contains(Int(partition.partition)) && placement[Int(partition.partition)] == place
                // Made by a creation that did not get as far as the catalogue: empty, or not ours to remove.
                if !isKnown, directory.fileSystem.removeDirectory(path) < 0 {
                    warnings.append("\(path) belongs to no topic of the catalogue; it is left alone")
                }
            }
        }
        return warnings
    }

    private static func load(
        _ store: CatalogueStore, _ directories: [DataDirectory], _ wasClean: [Bool], _ configuration: StorageConfiguration
    ) throws(StorageError) -> LoadedLogs {
        var result = LoadedLogs()
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: StorageLimits.scanWindowBytes, alignment: 4096)
        defer { scratch.deallocate() }
        for (index, directory) in directories.enumerated() {
            let points = try io { () throws(SystemError) in try directory.readCheckpoint() }
            let starts = try io { () throws(SystemError) in try directory.readLogStarts() }
            let compacted = try io { () throws(SystemError) in
                try CleanerCheckpoint.named(directory.path, in: directory.fileSystem)
            }
            let place = store.places[index]
            let partitions = store.catalogue.topics.values.sorted { $0.name < $1.name }.flatMap { topic in
                topic.placement.indices.filter { topic.placement[$0] == place }.map { (topic, Int32($0)) }
            }
            let forcesTogether = !wasClean[index] && partitions.count > StorageLimits.logsForcedSingly
            for (topic, number) in partitions {
                let log = try configuration.log.applying(topic.overrides)
                let partition = TopicPartition(topic: topic.name, partition: number)
                var loader = LogLoader(
                    partition: partition, topicID: topic.id, configuration: log,
                    path: "\(directory.path)/\(PartitionNaming.name(partition))", dataDirectory: directory,
                    cleanMark: wasClean[index], recoveryPoint: points[partition] ?? 0, logStart: starts[partition] ?? 0,
                    forces: !forcesTogether,
                    mayHaveGaps: compacted?.contains(.init(topicID: topic.id, partition: number)) ?? true, scratch: scratch)
                let loaded = try load(&loader, directory, partition)
                directory.register(loaded.log.durability, of: partition)
                result.logs.append(loaded.log)
                result.reports.append(loaded.report)
            }
            guard forcesTogether else { continue }
            try io { () throws(SystemError) in try directory.fileSystem.synchronizeFileSystem(of: directory.path) }
        }
        return result
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

    /// Flushes and cuts every log, writes snapshots, recovery points and the clean-shutdown marks, frees the locks.
    /// The loops must have stopped. Without it the next open recovers, as after a crash.
    ///
    /// - Throws: the first failure; the other logs are closed all the same, and no mark covers one that is not.
    package func close() throws(StorageError) {
        for cleaner in cleaners { cleaner.stop() }
        for directory in directories { directory.stop() }
        var failures: [StorageError] = []
        for directory in directories {
            do { try close(directory) } catch { failures.append(error) }
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
        if let failure { throw failure }
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
