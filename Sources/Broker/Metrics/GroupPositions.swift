// What groups have committed, as far as those who watch want to know.
internal import Vocabulary

/// An offset that a group has committed for a partition.
struct GroupPosition: Sendable {
    let group: String
    let partition: TopicPartition
    let offset: Offset
}

/// Whoever keeps the groups' offsets.
protocol GroupPositionSource: Sendable {
    /// Tells at most `limit` of them, in an order that is the same each time, on whatever thread has them.
    func groupPositions(limit: Int, _ tell: @escaping @Sendable ([GroupPosition]) -> Void)
}

/// Until somebody keeps offsets there are none.
struct NoGroupPositions: GroupPositionSource {
    func groupPositions(limit: Int, _ tell: @escaping @Sendable ([GroupPosition]) -> Void) { tell([]) }
}
