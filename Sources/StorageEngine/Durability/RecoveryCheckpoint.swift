// How far each log of a data directory is on the disk, so that a start after a crash need not read what is older.
// A point that is too high would hide damage, so the checksum matters. Each line: <topic> <partition> <offset>
internal import Vocabulary

enum RecoveryCheckpoint {
    static let name = "recovery-point-offset-checkpoint"

    static func encode(_ points: [TopicPartition: Offset]) -> [UInt8] { OffsetCheckpoint.encode(points) }

    /// What `encode` wrote; nil when it is anything else, which only costs a longer scan.
    static func decode(_ bytes: [UInt8]) -> [TopicPartition: Offset]? { OffsetCheckpoint.decode(bytes) }
}

/// An offset for each of many partitions.
enum OffsetCheckpoint {
    private static let version = 1

    static func encode(_ offsets: [TopicPartition: Offset]) -> [UInt8] {
        CheckpointText.encode(version: version, offsets.map { "\($0.key.topic) \($0.key.partition) \($0.value)" }.sorted())
    }

    /// What `encode` wrote; nil when it is anything else.
    static func decode(_ bytes: [UInt8]) -> [TopicPartition: Offset]? {
        guard let lines = CheckpointText.decode(bytes, version: version) else { return nil }
        var offsets: [TopicPartition: Offset] = [:]
        for line in lines {
            let fields = line.split(separator: " ")
            guard fields.count == 3, let partition = Int32(fields[1]), let offset = Offset(fields[2]) else { return nil }
            offsets[TopicPartition(topic: String(fields[0]), partition: partition)] = offset
        }
        return offsets
    }
}
