// A compacted topic of one partition, filled, and beside it a log that is appended to.
internal import Host
internal import StorageEngine
internal import Synchronization
internal import Vocabulary

final class CompactedLog {
    private let directory: String
    private var storage: Storage
    private let compacted = TopicPartition(topic: "compacted", partition: 0)
    private let other = TopicPartition(topic: "other", partition: 0)

    /// - Parameter bytesPerSecond: what compaction may read and write; nil: no limit.
    init(_ directory: String, segmentBytes: Int, _ batches: KeyedBatches, bytesPerSecond: Int64? = nil) throws {
        self.directory = directory
        var configuration = StorageConfiguration()
        configuration.log.segmentBytes = segmentBytes
        configuration.log.cleanupPolicy = .compact
        configuration.minimumFreeBytes = 0
        configuration.cleaner.bytesPerSecond = bytesPerSecond
        storage = try Storage.open(directories: [directory], configuration: configuration)
        _ = try storage.createTopic(named: compacted.topic, partitionCount: 1)
        let segment = "\(Int32.max)"
        _ = try storage.createTopic(named: other.topic, partitionCount: 1, overrides: ["cleanup.policy": "delete", "segment.bytes": segment])
        let log = storage.log(of: compacted)!
        log.adopt()
        for n in 0..<batches.count {
            _ = try log.stage(batches[n])
            if log.stagedBytes > 1 << 19 || n == batches.count - 1 { _ = try log.writeStaged() }
        }
        // Only what is on the disk is compacted: a close forces all of it.
        try storage.close()
        storage = try Storage.open(directories: [directory], configuration: configuration)
        storage.log(of: compacted)?.adopt()
    }

    /// Compacts on the calling thread.
    func compact() throws -> CompactionReport {
        runOwnersWhereAsked()
        defer { storage.setOwnerRunner(nil) }
        guard let report = storage.compactOnce().first else { throw SetupFailure(description: "nothing was due to be compacted") }
        if let failure = report.failure { throw failure }
        return report
    }

    /// Compacts on the cleaner's thread, until the storage closes.
    func startCompacting(_ told: CompactionEnd) {
        runOwnersWhereAsked()
        storage.startCleaning { told.give($0) }
    }

    /// The compacted log belongs to the cleaner's thread here, as nobody else has it.
    private func runOwnersWhereAsked() {
        storage.setOwnerRunner { [storage] partition, work in
            guard let log = storage.log(of: partition) else { return }
            log.adopt()
            work(log)
        }
    }

    /// The log beside the compacted one, for the calling thread.
    var otherLog: PartitionLog {
        let log = storage.log(of: other)!
        log.adopt()
        return log
    }

    func close() throws { try storage.close() }

    /// Every segment but the last, which is never compacted.
    var sealedPaths: [String] {
        let parent = "\(directory)/\(compacted)"
        return ScratchDirectory.names(in: parent).filter { $0.hasSuffix(".log") }.sorted().dropLast().map { "\(parent)/\($0)" }
    }
}

/// The first pass's report, once there is one.
final class CompactionEnd: Sendable {
    private let isThere = Atomic(false)
    private let first = Mutex<CompactionReport?>(nil)

    /// Cheap: asked behind every write.
    var isGiven: Bool { isThere.load(ordering: .acquiring) }
    var report: CompactionReport? { first.withLock { $0 } }

    func give(_ report: CompactionReport) {
        first.withLock { if $0 == nil { $0 = report } }
        isThere.store(true, ordering: .releasing)
    }
}
