// What a data directory keeps of all its logs in one file each: how far they are on the disk, and where they begin.
internal import Host
internal import Vocabulary

extension DataDirectory {
    /// Where a log begins, of those that do not begin at 0. Each line: <topic> <partition> <offset>
    static let logStartName = "log-start-offset-checkpoint"

    func writeCheckpoint() throws(SystemError) {
        try checkpointing.locked { () throws(SystemError) in
            let points = monitor.locked { () -> [TopicPartition: Offset] in
                isCheckpointPlanned = false
                return logs.mapValues(\.recoveryPoint)
            }
            try replace(RecoveryCheckpoint.name, with: RecoveryCheckpoint.encode(points))
        }
    }

    /// The recovery points of the last run; nil when the file is damaged.
    func readCheckpoint() throws(SystemError) -> [TopicPartition: Offset]? {
        guard let bytes = try fileSystem.contents(of: "\(path)/\(RecoveryCheckpoint.name)") else { return [:] }
        return RecoveryCheckpoint.decode(bytes)
    }

    /// Makes the logs' starts durable; no write when the disk has them already.
    func writeLogStarts() throws(SystemError) {
        try checkpointing.locked { () throws(SystemError) in
            let starts = monitor.locked { logs.mapValues(\.logStartOffset).filter { $0.value > 0 } }
            guard starts != writtenStarts else { return }
            writtenStarts = nil
            try replace(Self.logStartName, with: OffsetCheckpoint.encode(starts))
            writtenStarts = starts
        }
    }

    /// The starts of the last run's logs; nil when the file is damaged: then a log begins with its first segment.
    func readLogStarts() throws(SystemError) -> [TopicPartition: Offset]? {
        let bytes = try fileSystem.contents(of: "\(path)/\(Self.logStartName)")
        // A file that is damaged is replaced; one that isn't there need not be made for logs that begin at 0.
        writtenStarts = bytes.map(OffsetCheckpoint.decode) ?? [:]
        return writtenStarts
    }
}
