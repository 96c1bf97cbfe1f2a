// What a fetch asks for and what was found of it.
internal import Bytes
internal import Reactor
internal import StorageEngine
internal import Vocabulary
internal import Wire

/// What a fetch asks of one partition.
struct FetchPosition: Sendable {
    let offset: Offset
    /// The term that the client takes the leader to be in, -1 for any.
    let leaderEpoch: LeaderEpoch
    /// The term of the record before `offset` in the client's log, -1 where it doesn't say.
    let lastFetchedEpoch: LeaderEpoch
    let maxBytes: Int
}

extension FetchPosition {
    init(_ partition: FetchRequestView.Partition) {
        self.init(
            offset: partition.fetchOffset, leaderEpoch: partition.currentLeaderEpoch,
            lastFetchedEpoch: partition.lastFetchedEpoch, maxBytes: max(0, Int(partition.maxBytes)))
    }
}

/// A fetch request taken apart. Topic names stay where they are: in the frame, or in the plan's copy of it or of a
/// session's names.
final class FetchPlan {
    struct Entry {
        var topic: Int
        let index: Int32
        let position: FetchPosition
        /// The place in the session that the entry was loaded from.
        var number = 0
        var outcome = ReadOutcome()
    }

    struct Topic {
        let nameStart: Int
        let nameCount: Int
        var partitionCount: Int
    }

    private(set) var version: Int16 = 0
    private(set) var correlationID: Int32 = 0
    private(set) var minBytes = 0
    private(set) var maxBytes = 0
    private(set) var maxWaitMilliseconds: Int32 = 0
    private(set) var isolationLevel: Int8 = 0
    /// The byte rate that the client is held to, nil for none.
    private(set) var quota: AppliedQuota?
    /// What the request has to do with a session.
    var session = FetchSessionUse.none
    var isReadCommitted: Bool { isolationLevel == 1 }
    var topics: ContiguousArray<Topic> = []
    var entries: ContiguousArray<Entry> = []
    /// nil while the names lie in the frame.
    private var copy: [UInt8]?
    /// What a plan that outlives its frame has taken from the budget.
    private var charge: (budget: MemoryBudget, bytes: Int)?

    /// Readings so far: answers to an earlier one are stale.
    var round: UInt64 = 0
    /// Answers of other shards that are still to come.
    var awaited = 0
    /// Answer after this reading, whatever it finds.
    var isLastReading = false
    /// Whether an entry of this reading has been read again for the room that was left.
    var isCut = false
    /// Bytes on their way from the disk into memory.
    var isReadingAhead = false
    /// Entries of this shard's partitions where the slot is a waiter.
    var waitingAt: ContiguousArray<Partition> = []
    var watchedEntries: ContiguousArray<Int> = []

    struct NoMemory: Error {
        let bytes: Int
    }

    deinit {
        if let charge { charge.budget.give(charge.bytes) }
    }

    /// Takes in what a request says of all its partitions.
    ///
    /// - Parameter limitBytes: the broker's own limit; a quota's is what it allows in all its windows.
    func begin(_ view: FetchRequestView, _ header: RequestHeaderView, limitBytes: Int, _ quota: AppliedQuota?) {
        version = header.version
        correlationID = header.correlationID
        self.quota = quota
        maxBytes = min(max(0, Int(view.maxBytes)), limitBytes, quota?.windowBytes ?? .max)
        // More than there can be would wait in vain.
        minBytes = min(Int(view.minBytes), maxBytes)
        maxWaitMilliseconds = view.maxWaitMilliseconds
        isolationLevel = view.isolationLevel
        session = .none
        topics.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
        copy = nil
    }

    /// Takes in the partitions that a request names.
    func load(_ request: FetchRequestView, _ frame: UnsafeRawBufferPointer) throws(WireError) {
        var view = request
        while let topic = try view.nextTopic() {
            let start = topic.name.isEmpty ? 0 : topic.name.baseAddress! - frame.baseAddress!
            topics.append(Topic(nameStart: start, nameCount: topic.name.count, partitionCount: topic.partitionCount))
            while let partition = try view.nextPartition() {
                entries.append(Entry(topic: topics.count - 1, index: partition.index, position: FetchPosition(partition)))
            }
        }
    }

    /// Takes in the partitions of a session, in its order.
    func load(_ session: FetchSession) {
        var names: [UInt8] = []
        var last: FetchSession.Topic?
        for (number, partition) in session.partitions.enumerated() {
            if partition.topic !== last {
                last = partition.topic
                topics.append(Topic(nameStart: names.count, nameCount: partition.topic.name.count, partitionCount: 0))
                names += partition.topic.name
            }
            topics[topics.count - 1].partitionCount += 1
            entries.append(Entry(topic: topics.count - 1, index: partition.index, position: partition.position, number: number))
        }
        copy = names
    }

    /// Leaves out entries that the answer is not to have.
    func keep(where isKept: (Entry) -> Bool) {
        let before = topics
        entries.removeAll { !isKept($0) }
        topics.removeAll(keepingCapacity: true)
        var last = -1
        for index in entries.indices {
            let topic = before[entries[index].topic]
            if entries[index].topic == last {
                topics[topics.count - 1].partitionCount += 1
            } else {
                last = entries[index].topic
                topics.append(Topic(nameStart: topic.nameStart, nameCount: topic.nameCount, partitionCount: 1))
            }
            entries[index].topic = topics.count - 1
        }
    }

    /// A plan of its own that outlives the frame. Its memory is the budget's for as long as it lives.
    ///
    /// - Throws: where the budget has no room for it, what it would take.
    func detached(from frame: UnsafeRawBufferPointer, _ budget: MemoryBudget) throws(NoMemory) -> FetchPlan {
        let bytes = frame.count + entries.count * MemoryLayout<Entry>.stride + topics.count * MemoryLayout<Topic>.stride
        guard budget.take(bytes) else { throw NoMemory(bytes: bytes) }
        let plan = FetchPlan()
        plan.charge = (budget, bytes)
        plan.version = version
        plan.correlationID = correlationID
        plan.minBytes = minBytes
        plan.maxBytes = maxBytes
        plan.maxWaitMilliseconds = maxWaitMilliseconds
        plan.isolationLevel = isolationLevel
        plan.quota = quota
        plan.session = session
        plan.topics = topics
        plan.entries = entries
        plan.copy = copy ?? Array(frame)
        return plan
    }

    /// The name of a topic, from the copy or else from the frame.
    func withName<Result>(
        _ topic: Int, in frame: UnsafeRawBufferPointer?, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        let range = topics[topic].nameStart..<(topics[topic].nameStart + topics[topic].nameCount)
        if let copy { return copy.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) } }
        guard let frame else { preconditionFailure("a plan without a copy needs its frame") }
        return body(UnsafeRawBufferPointer(rebasing: frame[range]))
    }

    /// Record bytes found.
    var foundBytes: Int { entries.reduce(0) { $0 + ($1.outcome.slice?.count ?? 0) } }
    /// An error, or a log that parts from the client's: it must know at once.
    var hasError: Bool { entries.contains { $0.outcome.errorCode != .none || $0.outcome.divergence != nil } }
    /// Enough to answer without waiting.
    var isSatisfied: Bool {
        if maxWaitMilliseconds <= 0 || entries.isEmpty || hasError { return true }
        let found = foundBytes
        return found >= minBytes || found > 0 && leavesOut
    }

    /// Whether records are there that the answer has not: they don't fit, or lie in another segment. Who waited for more
    /// would wait for what he could have in the next answer.
    private var leavesOut: Bool {
        entries.contains { entry in
            let end = isReadCommitted ? entry.outcome.lastStableOffset : entry.outcome.highWatermark
            return (entry.outcome.slice?.nextOffset ?? entry.position.offset) < end
        }
    }

    /// Drops what later entries found beyond the response's limit. The first records always stay.
    ///
    /// - Returns: the first entry that has more than there is room for, and that room, once a reading: where its batches end
    ///   only its own log knows. To be called again when it has been read again.
    func trim() -> (entry: Int, roomBytes: Int)? {
        var left = maxBytes
        var isFirst = true
        for index in entries.indices {
            guard let slice = entries[index].outcome.slice else { continue }
            let room = min(left, entries[index].position.maxBytes)
            if isFirst || slice.count <= room {
                left -= slice.count
            } else if room > 0, !isCut {
                isCut = true
                return (index, room)
            } else {
                entries[index].outcome.slice = nil
            }
            isFirst = false
        }
        return nil
    }

    /// Lets go of files.
    func clear() {
        entries.removeAll(keepingCapacity: entries.capacity <= 256)
        topics.removeAll(keepingCapacity: topics.capacity <= 256)
        quota = nil
        session = .none
        copy = nil
    }
}

/// What a fetch request has to do with a session.
enum FetchSessionUse {
    /// Nothing: it names all partitions and is answered with all of them.
    case none
    /// It names all partitions and wants them remembered.
    case opens
    /// It names what changed of a session and is answered with what is new. `epoch` is what the next request has to say,
    /// unless another one has come meanwhile.
    case continues(FetchSession, epoch: Int32)
}
