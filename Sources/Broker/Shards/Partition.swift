// A partition on the shard that owns it: its log, and who waits for it.
internal import Host
internal import StorageEngine
internal import Vocabulary
internal import Wire

/// Touched by its shard's loop only.
final class Partition {
    let log: PartitionLog
    var isDirty = false
    /// Batches that are being re-compressed, or wait behind those.
    var recoding = 0
    var hot = HotWindow()
    /// Where cachestat lies or is missing: reads that may be cold go to the read-ahead thread unasked.
    var instrument: PageCache.Instrument?
    /// Fetches of this shard's connections that wait for records.
    var fetchWaiters: ContiguousArray<RequestSlot> = []
    /// Fetches of other shards' connections that wait for records.
    var watchers: ContiguousArray<Watcher> = []
    /// Produces that wait until the high watermark has passed them, in the order of their offsets.
    var flushWaiters: ContiguousArray<FlushWaiter> = []

    init(_ log: PartitionLog) { self.log = log }

    /// Another shard's fetch: tell it when there is more.
    struct Watcher {
        let shard: Int
        let slot: LoopBound<RequestSlot>
        let round: UInt64
    }

    /// A batch that is written and not yet durable.
    struct FlushWaiter {
        let nextOffset: Offset
        let outcome: StagedBatch
    }
}

/// A batch staged in this tick, and where its outcome belongs.
struct StagedBatch {
    let partition: Partition
    let baseOffset: Offset
    let nextOffset: Offset
    /// −1 where the records keep the producer's time.
    let logAppendTimeMilliseconds: Int64
    /// Zero of what was there already, or is not a client's.
    var recordCount: Int
    /// Answer when it is durable, not when it is written.
    let waitsForFlush: Bool
    /// Where its outcome stands in the response.
    var position = 0
    var reply = Reply.none

    enum Reply {
        /// acks = 0.
        case none
        /// The response stands in the connection's output already: only a failure has to be put in.
        case output(ClientConnection, version: Int16)
        /// The response waits in a slot of this shard for the outcome.
        case slot(RequestSlot)
        /// The response waits in a slot of that shard, which may be this one, and does not have the outcome yet.
        case remote(shard: Int, slot: LoopBound<RequestSlot>)
        /// A coordinator's own records.
        case coordinator(LoopBound<InternalAppend>)
        /// A transaction's end.
        case marker(@Sendable (ErrorCode) -> Void)
    }
}
