// One broker as a client sees it.
internal import Wire

/// A leader: its connection, and for a producer the partitions with something to send to it.
final class BrokerNode {
    let id: Int32
    var address: BrokerAddress
    var socket: ClientSocket?
    /// When to connect (again), while there is no socket.
    var connectAt: UInt64 = 0
    var ready = PartitionQueue()
    /// Requests to be used again.
    private var spare: ContiguousArray<OutgoingFrame> = []

    init(id: Int32, address: BrokerAddress) {
        self.id = id
        self.address = address
    }

    func takeFrame() -> OutgoingFrame { spare.popLast() ?? OutgoingFrame() }
    func giveBack(_ frame: OutgoingFrame) { spare.append(frame) }
}

extension ContiguousArray<BrokerNode> {
    /// Takes over new brokers and new addresses; a node never changes its place.
    mutating func adopt(_ brokers: [Int32: BrokerAddress]) {
        for (id, address) in brokers.sorted(by: { $0.key < $1.key }) {
            if let node = first(where: { $0.id == id }) {
                node.address = address
            } else {
                append(BrokerNode(id: id, address: address))
            }
        }
    }
}

extension OutgoingFrame {
    /// Becomes a request for one topic's leaders.
    func askForMetadata(of topic: String, version: Int16, correlationID: Int32, clientID: String) {
        begin(.metadata, version: version, correlationID: correlationID, clientID: clientID)
        MetadataRequest(topics: [.init(name: topic)], allowAutoTopicCreation: false).encode(into: &head, version: version)
        end()
    }
}
