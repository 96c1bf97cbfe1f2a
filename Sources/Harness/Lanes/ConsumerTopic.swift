// One topic of a consumer lane: its client, and what was read there.
internal import Client
internal import Records
internal import Vocabulary

/// Belongs to the lane's thread.
final class ConsumerTopic: FetchHandler {
    let topic: LaneTopic
    let book: SeenBook
    private(set) var consumer: Consumer!
    private unowned let worker: ConsumerWorker

    /// Negotiates; blocks meanwhile.
    ///
    /// - Throws: `ClientError`, and `HarnessError` for a topic with another number of partitions than the run counts on.
    init(_ topic: LaneTopic, _ book: SeenBook, of worker: ConsumerWorker, _ connect: (ConsumerTopic) throws -> Consumer) throws {
        self.topic = topic
        self.book = book
        self.worker = worker
        consumer = try connect(self)
        guard consumer.partitionCount == Int32(book.partitionCount) else {
            throw HarnessError.impossible(
                "topic \(topic.name) has \(consumer.partitionCount) partitions, the run counts on \(book.partitionCount)")
        }
    }

    func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64) {
        worker.fetched(batch, partition: partition, position: position, at: receivedAt, into: book)
    }

    func corrupt(_ batch: BatchView, _ error: RecordError, partition: Int32) {
        book.unreadable(batch, partition, "checksum of the batch: \(error)")
    }

    func advanced(_ partition: Int32, position: Offset, highWatermark: Offset) {
        worker.offsets.advance(topic.firstPartition + partition, position: position, end: highWatermark)
    }

    func fetchEnded(_ outcome: FetchOutcome) { worker.fetchEnded() }

    func failed(_ error: ClientError, partition: Int32?) { worker.errors[error.name, default: 0] += 1 }
}
