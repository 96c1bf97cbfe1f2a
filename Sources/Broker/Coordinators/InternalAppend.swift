// One batch on its way into an internal topic: from the coordinator's shard to the partition's, and its outcome back.
internal import Coordination
internal import StorageEngine
internal import Vocabulary
internal import Wire

/// Belongs to the coordinator's shard; the partition's reads the batch and tells the outcome.
final class InternalAppend {
    let log: InternalTopicLog
    let partition: Int32
    let transaction: ProducerStamp?
    /// One batch of the topic's records.
    let batch: UnsafeMutableRawBufferPointer
    private let memory: UnsafeMutableRawBufferPointer
    fileprivate(set) var completion: ((ErrorCode) -> Void)?
    /// How it ended; nil while it is under way.
    var outcome: ErrorCode?

    init(
        _ records: [StateRecord], to partition: Int32, of log: InternalTopicLog, transaction: ProducerStamp?, timestampMilliseconds: Int64,
        _ completion: @escaping (ErrorCode) -> Void
    ) {
        self.log = log
        self.partition = partition
        self.transaction = transaction
        self.completion = completion
        (memory, batch) = InternalBatch.encode(records, timestampMilliseconds: timestampMilliseconds, transaction: transaction)
    }

    deinit { memory.deallocate() }

    /// Tells the outcome, once.
    func complete() {
        guard let outcome, let completion else { preconditionFailure("an append completes once, when its outcome is known") }
        self.completion = nil
        completion(outcome)
    }
}

/// The appends of one partition that are not reported yet. They are reported in their order, whatever order they end in:
/// one that is refused at the door has overtaken those that wait for the disk.
struct InternalAppendQueue {
    private var appends: ContiguousArray<InternalAppend> = []
    private var head = 0

    var isEmpty: Bool { head == appends.count }

    mutating func append(_ append: InternalAppend) { appends.append(append) }

    /// The first, if it has ended.
    mutating func popEnded() -> InternalAppend? {
        guard head < appends.count, appends[head].outcome != nil else { return nil }
        let first = appends[head]
        head += 1
        if head == appends.count || head >= 1_024 {
            appends.removeFirst(head)
            head = 0
        }
        return first
    }
}

extension Shard {
    /// Stages a coordinator's batch in a partition of this shard. The outcome goes back in a tick of its own.
    func append(_ bound: LoopBound<InternalAppend>) {
        let append = bound.value
        let name = append.log.topic.name
        guard case .here(let partition) = place(topic(name), append.partition) else {
            return settle(bound, .unknownTopicOrPartition)
        }
        do throws(StorageError) {
            var admission = TransactionAdmission.none
            if let stamp = append.transaction {
                InternalBatch.reseal(append.batch, stamp, sequence: partition.log.nextSequence(of: stamp.producerID, epoch: stamp.producerEpoch))
                admission = .trusted
            }
            var entry = try stage(append.batch, in: partition, admits: admission)
            entry.reply = .coordinator(bound)
            // The counters tell of clients' records.
            entry.recordCount = 0
            staged.append(entry)
            stagedNeedOutcome = true
        } catch {
            counters.add(.errors)
            broker.log.limited(.writeFailed, "\(partition.log.partition): \(error)")
            settle(bound, ErrorCode(error))
        }
    }

    /// Tells a coordinator what became of its batch.
    func settle(_ bound: LoopBound<InternalAppend>, _ error: ErrorCode) {
        broker.post(to: bound.value.log.homeIndex) { _ in bound.value.log.settled(bound.value, error) }
    }
}
