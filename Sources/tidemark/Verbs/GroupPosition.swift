// How far a group has read a partition.
internal import Client
internal import Vocabulary

struct GroupPosition: Encodable {
    let topic: String
    let partition: Int32
    /// nil where nothing is committed.
    let committed: Offset?
    /// nil where the topic or its leader is gone.
    let latest: Offset?
    let lag: Offset?
    /// The member that reads it now.
    let member: String?

    /// Partitions that the group has committed or its members read, by topic and number.
    static func all(of group: GroupDescription, in cluster: Cluster) throws(ClientError) -> [GroupPosition] {
        let committed = try cluster.coordinator(of: group.name).committedOffsets(of: group.name)
        var readers: [TopicPartition: String] = [:]
        for member in group.members {
            for partition in member.partitions ?? [] { readers[partition] = member.instanceID ?? member.id }
        }
        let places = Set(committed.keys).union(readers.keys)
        let ends = try latest(of: places, in: cluster)
        return places.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }.map { place in
            let (offset, end) = (committed[place], ends[place])
            let lag = offset.flatMap { offset in end.map { max(0, $0 - offset) } }
            return GroupPosition(
                topic: place.topic, partition: place.partition, committed: offset, latest: end, lag: lag, member: readers[place])
        }
    }

    /// The ends of partitions that have a leader. Offsets outlive their topics, which is no reason to show nothing.
    private static func latest(of places: Set<TopicPartition>, in cluster: Cluster) throws(ClientError) -> [TopicPartition: Offset] {
        let topics = Set(places.map(\.topic)).sorted()
        guard !topics.isEmpty else { return [:] }
        var ends: [TopicPartition: Offset] = [:]
        for topic in try cluster.metadata(topics).topics {
            let wanted = topic.partitions.filter { $0.leader != nil && places.contains(TopicPartition(topic: topic.name, partition: $0.index)) }
            guard !wanted.isEmpty else { continue }
            for (partition, end) in try cluster.offsets(of: topic, wanted.map(\.index), at: .latest) {
                ends[TopicPartition(topic: topic.name, partition: partition)] = end
            }
        }
        return ends
    }

    static func table(_ positions: [GroupPosition]) -> String {
        var table = PeopleTable("TOPIC", "PARTITION", "COMMITTED", "LATEST", "LAG", "MEMBER")
        for row in positions {
            table.add(
                row.topic, "\(row.partition)", row.committed.map { "\($0)" } ?? "-", row.latest.map { "\($0)" } ?? "-",
                row.lag.map { "\($0)" } ?? "-", row.member ?? "-")
        }
        return table.text
    }
}
