// One topic of the consumer tool: its client, whose partitions the tool knows by their numbers among those of all topics.
internal import Client
internal import Records
internal import Vocabulary

final class ConsumerPerfTopic: FetchHandler {
    let name: String
    /// The number of its first partition.
    let first: Int32
    private(set) var consumer: Consumer!
    private unowned let tool: ConsumerPerf

    /// Connects; blocks meanwhile.
    ///
    /// - Throws: `ClientError`.
    init(_ name: String, first: Int32, of tool: ConsumerPerf, _ connect: (ConsumerPerfTopic) throws -> Consumer) throws {
        self.name = name
        self.first = first
        self.tool = tool
        consumer = try connect(self)
    }

    func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64) {
        tool.fetched(batch, partition, of: self, position: position, at: receivedAt)
    }

    func corrupt(_ batch: BatchView, _ error: RecordError, partition: Int32) {
        tool.fail("the batch at offset \(batch.baseOffset) of \(name)-\(partition) is damaged: \(error)")
    }

    func advanced(_ partition: Int32, position: Offset, highWatermark: Offset) { tool.advanced(first + partition, position: position) }

    func fetchEnded(_ outcome: FetchOutcome) { tool.fetchEnded(outcome) }

    func failed(_ error: ClientError, partition: Int32?) {
        tool.note(error)
        if let partition, consumer.isStopped(partition) { tool.failed(error, number: first + partition) }
    }
}
