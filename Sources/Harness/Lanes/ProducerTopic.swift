// One topic of a producer lane: its client, and what was sent there.
internal import Client

/// Belongs to the lane's thread.
final class ProducerTopic: AcknowledgementHandler {
    let topic: LaneTopic
    let book: SentBook
    /// While the topic has its turn the lane holds the one that counts.
    var partitioner: Partitioner!
    private(set) var producer: Producer!
    private unowned let worker: ProducerWorker

    /// Connects; blocks meanwhile.
    ///
    /// - Throws: `ClientError`, and `HarnessError` for a topic with another number of partitions than the run counts on.
    init(_ topic: LaneTopic, _ book: SentBook, of worker: ProducerWorker, _ connect: (ProducerTopic) throws -> Producer) throws {
        self.topic = topic
        self.book = book
        self.worker = worker
        producer = try connect(self)
        guard producer.partitionCount == Int32(book.handed.count) else {
            producer.close()
            throw HarnessError.impossible(
                "topic \(topic.name) has \(producer.partitionCount) partitions, the run counts on \(book.handed.count)")
        }
    }

    func acknowledged(_ acknowledgement: Acknowledgement) { worker.acknowledged(acknowledgement, of: self) }

    func transactionEnded(_ transaction: EndedTransaction) { worker.transactionEnded(transaction) }

    /// Tells the book what was handed over up to now.
    func closeBook(isIdempotent: Bool) {
        for partition in 0..<producer.partitionCount { book.handOver(partition, upTo: producer.nextSequence(of: partition)) }
        book.keepsOrder = isIdempotent || producer.counters.retriedBatches == 0
    }
}
