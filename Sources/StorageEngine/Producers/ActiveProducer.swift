// A producer as an operator or a coordinator asks for it.
package import Vocabulary

/// What a partition remembers of one producer, as far as it is written.
package struct ActiveProducer: Equatable, Sendable {
    package let producerID: ProducerID
    package let producerEpoch: ProducerEpoch
    /// Of its newest batch of this epoch; nil when its epoch came with a marker.
    package let lastSequence: Int32?
    /// Of its newest batch or marker: record time, milliseconds since 1970.
    package let lastTimestamp: Int64
    /// Of the coordinator that ended its last transaction; nil when none did.
    package let coordinatorEpoch: Int32?
    /// The first offset of its open transaction.
    package let transactionStart: Offset?
}

extension PartitionLog {
    /// The producers that the partition remembers, by id: what DescribeProducers answers.
    package func activeProducers() -> [ActiveProducer] {
        checkOwner()
        return producers.remembered().map {
            ActiveProducer(
                producerID: $0.id, producerEpoch: $0.epoch, lastSequence: $0.batches.last?.lastSequence,
                lastTimestamp: $0.timestamp, coordinatorEpoch: $0.coordinatorEpoch, transactionStart: $0.transactionStart)
        }
    }
}
