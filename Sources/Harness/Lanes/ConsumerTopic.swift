// One topic of a consumer lane: its client, and what was read there.
internal import Client
internal import Records
internal import Vocabulary

/// Belongs to the lane's thread.
final class ConsumerTopic: FetchHandler {
    let topic: LaneTopic
    let book: SeenBook
    private(set) var consumer: Consumer!
    /// nil: its partitions are the lane's own from the start.
    private(set) var membership: GroupMembership?
    /// Where a partition begins of which the group has committed nothing.
    private(set) var starts: [Int32: Offset] = [:]
    unowned let worker: ConsumerWorker

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

    func become(_ member: GroupMembership, startingAt starts: [Int32: Offset]) {
        membership = member
        self.starts = starts
    }

    func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64) {
        let first = membership == nil ? position : claim(batch, partition, position)
        worker.fetched(batch, partition: partition, position: first, at: receivedAt, into: book)
    }

    func corrupt(_ batch: BatchView, _ error: RecordError, partition: Int32) {
        book.unreadable(batch, partition, "checksum of the batch: \(error)")
    }

    func advanced(_ partition: Int32, position: Offset, highWatermark: Offset) {
        let number = topic.firstPartition + partition
        guard membership == nil else { return worker.offsets.raise(number, position: position, end: highWatermark) }
        worker.offsets.advance(number, position: position, end: highWatermark)
    }

    func fetchEnded(_ outcome: FetchOutcome) { worker.fetchEnded() }

    func failed(_ error: ClientError, partition: Int32?) { worker.errors[error.name, default: 0] += 1 }
}
