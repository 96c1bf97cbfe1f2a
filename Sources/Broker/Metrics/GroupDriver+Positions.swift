// The groups' coordinator tells those who watch where its groups stand.
internal import Coordination
internal import Vocabulary

/// Asks the loop that drives the groups.
struct DrivenGroupPositions: GroupPositionSource {
    private unowned let broker: Broker

    init(_ broker: Broker) { self.broker = broker }

    func groupPositions(limit: Int, _ tell: @escaping @Sendable ([GroupPosition]) -> Void) {
        broker.post(to: Broker.groupsHome) { tell($0.groups?.positions(limit: limit) ?? []) }
    }
}

extension GroupDriver {
    /// The first committed offsets by group, topic and partition; none while they are being read.
    func positions(limit: Int) -> [GroupPosition] {
        guard refusalOfAll == nil else { return [] }
        var positions: [GroupPosition] = []
        for group in list(states: []).map(\.group) where positions.count < limit {
            for fetched in offsets(group, nil, requiresStable: false).sorted(by: Self.isBefore) {
                guard positions.count < limit, let committed = fetched.committed else { continue }
                positions.append(GroupPosition(group: group, partition: fetched.partition, offset: committed.offset))
            }
        }
        return positions
    }

    private static func isBefore(_ a: FetchedOffset, _ b: FetchedOffset) -> Bool {
        (a.partition.topic, a.partition.partition) < (b.partition.topic, b.partition.partition)
    }
}
