// What shards tell each other. A tick's messages to one shard travel together.
internal import StorageEngine
internal import Vocabulary
internal import Wire

/// Values, and objects that only their own shard opens.
enum ShardMessage: Sendable {
    /// Append this batch, which stays valid until the answer. `acks` 0 wants the answer too, to let go of the memory.
    case produce(from: Int, slot: LoopBound<RequestSlot>, position: Int, topic: String, partition: Int32, transactionalID: String?, batch: LoopBound<UnsafeMutableRawBufferPointer>)
    case produced(slot: LoopBound<RequestSlot>, position: Int, outcome: ProduceOutcome)
    /// Plan a read; the answer goes into entry `entry` of the slot's plan, if the plan is still in that round.
    case read(from: Int, slot: LoopBound<RequestSlot>, round: UInt64, entry: Int, topic: String, partition: Int32, wanted: ReadRequest)
    case planned(slot: LoopBound<RequestSlot>, round: UInt64, entry: Int, outcome: LoopBound<ReadOutcome>)
    /// Tell once when records arrive behind the partition's end as of now.
    case watch(from: Int, slot: LoopBound<RequestSlot>, round: UInt64, topic: String, partition: Int32, end: Offset)
    case unwatch(from: Int, slot: LoopBound<RequestSlot>, topic: String, partition: Int32)
    case woken(slot: LoopBound<RequestSlot>, round: UInt64)
}

/// What a produce response says of a partition.
struct ProduceOutcome: Sendable {
    var errorCode = ErrorCode.none
    var baseOffset: Offset = -1
    var logAppendTimeMilliseconds: Int64 = -1
    var logStartOffset: Offset = -1
}

/// What a fetch asks of a partition.
struct ReadRequest: Sendable {
    var position: FetchPosition
    /// What the answer has room for.
    var limitBytes: Int
    var atLeastOneBatch: Bool
    /// Read committed: up to the last stable offset, with the aborted transactions in it.
    var isCommitted: Bool
}

/// What a partition has for a fetch.
struct ReadOutcome {
    var errorCode = ErrorCode.none
    var highWatermark: Offset = -1
    var lastStableOffset: Offset = -1
    var logStartOffset: Offset = -1
    var slice: LogSlice?
    /// Where the log parts from the one that the client says it has.
    var divergence: EpochEnd?
    /// Of the slice's offsets, for a reader of committed records.
    var aborted: [AbortedTransaction] = []
    /// The slice was appended or served a moment ago.
    var isHot = true
}
