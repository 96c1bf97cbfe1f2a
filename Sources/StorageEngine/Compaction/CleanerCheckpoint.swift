// Where the dirty part of each compacted log begins: `cleaner-offset-checkpoint` in each data directory, in the format of
// the recovery points, with the topic's id in the place of its name. A topic that is made anew under its old name must
// not be taken for clean.
internal import Host
internal import Vocabulary

enum CleanerCheckpoint {
    static let name = "cleaner-offset-checkpoint"

    /// A log of one topic, whatever the topic's name is.
    struct Key: Hashable, Sendable {
        let topicID: TopicID
        let partition: Int32
    }

    /// Of a data directory. Empty when there is nothing to trust: everything is dirty then.
    static func read(_ path: String, in fileSystem: any FileSystem) throws(SystemError) -> [Key: Offset] {
        guard let bytes = try fileSystem.contents(of: "\(path)/\(name)") else { return [:] }
        var points: [Key: Offset] = [:]
        for (partition, offset) in RecoveryCheckpoint.decode(bytes) ?? [:] {
            guard let id = TopicID(partition.topic) else { continue }
            points[Key(topicID: id, partition: partition.partition)] = offset
        }
        return points
    }

    /// The same logs by their keys: everywhere else offsets follow each other without a gap.
    ///
    /// - Returns: nil when the file is there and can't tell.
    static func named(_ path: String, in fileSystem: any FileSystem) throws(SystemError) -> Set<Key>? {
        guard let bytes = try fileSystem.contents(of: "\(path)/\(name)") else { return [] }
        guard RecoveryCheckpoint.decode(bytes) != nil else { return nil }
        return Set(try read(path, in: fileSystem).keys)
    }

    /// The logs of a data directory that compaction may have taken records out of: it names a log here before it
    /// begins with it. By the catalogue's names; none where one of the two can't be read.
    static func compactedPartitions(_ path: String, in fileSystem: any FileSystem) throws(SystemError) -> Set<TopicPartition> {
        let keys = Set(try read(path, in: fileSystem).keys)
        guard !keys.isEmpty, let bytes = try fileSystem.contents(of: "\(path)/\(Catalogue.name)"),
            let catalogue = try? Catalogue.decode(bytes, path: path).catalogue
        else { return [] }
        var partitions: Set<TopicPartition> = []
        for topic in catalogue.topics.values {
            for index in topic.placement.indices where keys.contains(Key(topicID: topic.id, partition: Int32(index))) {
                partitions.insert(TopicPartition(topic: topic.name, partition: Int32(index)))
            }
        }
        return partitions
    }

    static func write(_ points: [Key: Offset], to directory: DataDirectory) throws(SystemError) {
        var named: [TopicPartition: Offset] = [:]
        for (key, offset) in points {
            named[TopicPartition(topic: key.topicID.description, partition: key.partition)] = offset
        }
        try directory.replace(name, with: RecoveryCheckpoint.encode(named))
    }
}
