// One broker as a producer sees it.

/// A leader: its connection, and the partitions with something to send to it.
final class ProducerNode {
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
