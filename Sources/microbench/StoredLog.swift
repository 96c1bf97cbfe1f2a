// A log of one partition on disk, filled through the engine: what recovery, lookups and appends are measured on.
internal import Glibc
internal import Host
internal import StorageEngine
internal import Vocabulary

final class StoredLog {
    let directory: String
    private(set) var storage: Storage
    private let partition = TopicPartition(topic: "stored", partition: 0)

    init(_ directory: String, segmentBytes: Int, ring: BatchRing, configure: (inout LogConfiguration) -> Void = { _ in }) throws {
        self.directory = directory
        storage = try Self.open(directory, segmentBytes: segmentBytes, ring, configure: configure)
        _ = try storage.createTopic(named: partition.topic, partitionCount: 1)
    }

    static func open(
        _ directory: String, segmentBytes: Int, _ ring: BatchRing, configure: (inout LogConfiguration) -> Void = { _ in }
    ) throws -> Storage {
        var configuration = StorageConfiguration()
        configuration.log.segmentBytes = segmentBytes
        configuration.log.maximumMessageBytes = max(configuration.log.maximumMessageBytes, ring.batchBytes)
        configuration.minimumFreeBytes = 0
        configure(&configuration.log)
        return try Storage.open(directories: [directory], configuration: configuration)
    }

    /// The log, for the calling thread.
    var log: PartitionLog {
        let log = storage.log(of: partition)!
        log.adopt()
        return log
    }

    func fill(_ batches: Int, _ ring: BatchRing) throws {
        let log = self.log
        for n in 0..<batches {
            _ = try log.stage(ring[n])
            if log.stagedBytes > 1 << 19 || n == batches - 1 { _ = try log.writeStaged() }
        }
    }

    func close() throws { try storage.close() }

    func reopen(
        segmentBytes: Int, _ ring: BatchRing, configure: (inout LogConfiguration) -> Void = { _ in }
    ) throws {
        storage = try Self.open(directory, segmentBytes: segmentBytes, ring, configure: configure)
    }

    /// What the start found.
    var report: RecoveryReport { storage.recoveryReports.first { $0.partition == partition }! }

    /// Makes a closed log look like one whose broker was killed before it ever told how much is on the disk.
    func forgetClose() throws {
        for name in [".clean-shutdown", "recovery-point-offset-checkpoint"] {
            guard unlink("\(directory)/\(name)") == 0 else { throw SystemError(call: "unlink", errno: errno, subject: "\(directory)/\(name)") }
        }
    }

    /// Base offset and path without extension of each segment, in order.
    var segments: [(base: UInt64, path: String)] {
        let parent = "\(directory)/\(partition)"
        return ScratchDirectory.names(in: parent).filter { $0.hasSuffix(".log") }.sorted()
            .map { (UInt64($0.prefix(20))!, "\(parent)/\($0.prefix(20))") }
    }
}
