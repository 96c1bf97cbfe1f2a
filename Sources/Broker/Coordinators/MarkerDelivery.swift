// The end of a transaction on its way into the partitions' logs: sent again and again until it is there.
internal import Coordination
internal import Host
internal import Reactor
internal import Records
internal import Vocabulary
internal import Wire

/// Belongs to the transaction coordinator's loop.
final class MarkerDelivery: TimerHandler {
    /// One transaction's end in one partition.
    struct Delivery: Sendable {
        let transactionalID: String
        let stamp: ProducerStamp
        let marker: EndTransactionMarker
        let partition: TopicPartition
    }

    private unowned let home: Shard
    private let retryNanoseconds: UInt64
    private let delivered: (Delivery) -> Void
    private var waiting: ContiguousArray<Delivery> = []
    private lazy var timer = Timer(self)

    /// - Parameter delivered: told on the home loop of each marker that is in its log, or has nothing to end any more.
    init(_ home: Shard, retryMilliseconds: Int32, _ delivered: @escaping (Delivery) -> Void) {
        self.home = home
        retryNanoseconds = UInt64(retryMilliseconds) * 1_000_000
        self.delivered = delivered
    }

    func deliver(_ markers: TransactionMarkers) {
        for partition in markers.partitions {
            send(
                Delivery(
                    transactionalID: markers.transactionalID, stamp: markers.stamp, marker: markers.marker, partition: partition))
        }
    }

    private func send(_ delivery: Delivery) {
        let (broker, homeIndex, bound) = (home.broker, home.index, LoopBound(self))
        broker.append(delivery.marker, to: delivery.partition) { error in
            broker.post(to: homeIndex) { _ in bound.value.settled(delivery, error) }
        }
    }

    private func settled(_ delivery: Delivery, _ error: ErrorCode) {
        switch error {
        // A partition that is gone has no transaction any more, and one that knows a newer epoch has ended this one's.
        case .none, .unknownTopicOrPartition, .invalidProducerEpoch: delivered(delivery)
        default:
            home.broker.log.limited(
                .writeFailed,
                "the end of transaction \"\(delivery.transactionalID)\" can't be written to \(delivery.partition) now: \(error)")
            waiting.append(delivery)
            if !timer.isArmed { home.loop.arm(timer, at: home.loop.now + retryNanoseconds) }
        }
    }

    func timerFired(_ timer: Timer) {
        let again = waiting
        waiting = []
        for delivery in again { send(delivery) }
    }
}
