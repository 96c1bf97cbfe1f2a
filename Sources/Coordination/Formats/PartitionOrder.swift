// The order in which coordinators list partitions, the same in every run.
internal import Vocabulary

extension Sequence<TopicPartition> {
    /// By topic, then by partition.
    var inOrder: [TopicPartition] { sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) } }
}
