// What a fetch asks for and what was found of it.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

/// A fetch request taken apart. Topic names stay where they are: in the frame, or in the plan's copy of it.
final class FetchPlan {
    struct Entry {
        let topic: Int
        let index: Int32
        let offset: Offset
        let leaderEpoch: LeaderEpoch
        let maxBytes: Int
        var outcome = ReadOutcome()
    }

    struct Topic {
        let nameStart: Int
        let nameCount: Int
        let partitionCount: Int
    }

    private(set) var version: Int16 = 0
    private(set) var correlationID: Int32 = 0
    private(set) var minBytes = 0
    private(set) var maxBytes = 0
    private(set) var maxWaitMilliseconds: Int32 = 0
    private(set) var isolationLevel: Int8 = 0
    var isReadCommitted: Bool { isolationLevel == 1 }
    var topics: ContiguousArray<Topic> = []
    var entries: ContiguousArray<Entry> = []
    /// nil while the names lie in the frame.
    private var copy: [UInt8]?

    /// Readings so far: answers to an earlier one are stale.
    var round: UInt64 = 0
    /// Answers of other shards that are still to come.
    var awaited = 0
    /// Answer after this reading, whatever it finds.
    var isLastReading = false
    /// Bytes on their way from the disk into memory.
    var isReadingAhead = false
    /// Entries of this shard's partitions where the slot is a waiter.
    var waitingAt: ContiguousArray<Partition> = []
    var watchedEntries: ContiguousArray<Int> = []

    /// Takes a request in.
    func load(
        _ frame: UnsafeRawBufferPointer, _ header: RequestHeaderView, limitBytes: Int
    ) throws(WireError) {
        var view = try FetchRequestView(frame: frame, bodyPosition: header.bodyPosition, version: header.version)
        _ = try view.check()
        version = header.version
        correlationID = header.correlationID
        minBytes = Int(view.minBytes)
        maxBytes = min(max(0, Int(view.maxBytes)), limitBytes)
        maxWaitMilliseconds = view.maxWaitMilliseconds
        isolationLevel = view.isolationLevel
        topics.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
        copy = nil
        while let topic = try view.nextTopic() {
            let start = topic.name.isEmpty ? 0 : topic.name.baseAddress! - frame.baseAddress!
            topics.append(Topic(nameStart: start, nameCount: topic.name.count, partitionCount: topic.partitionCount))
            while let partition = try view.nextPartition() {
                entries.append(
                    Entry(
                        topic: topics.count - 1, index: partition.index, offset: partition.fetchOffset,
                        leaderEpoch: partition.currentLeaderEpoch, maxBytes: max(0, Int(partition.maxBytes))))
            }
        }
    }

    /// A plan of its own that outlives the frame.
    func detached(from frame: UnsafeRawBufferPointer) -> FetchPlan {
        let plan = FetchPlan()
        plan.version = version
        plan.correlationID = correlationID
        plan.minBytes = minBytes
        plan.maxBytes = maxBytes
        plan.maxWaitMilliseconds = maxWaitMilliseconds
        plan.isolationLevel = isolationLevel
        plan.topics = topics
        plan.entries = entries
        plan.copy = Array(frame)
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
    var hasError: Bool { entries.contains { $0.outcome.errorCode != .none } }
    /// Enough to answer without waiting.
    var isSatisfied: Bool { maxWaitMilliseconds <= 0 || entries.isEmpty || hasError || foundBytes >= minBytes }

    /// Drops what later entries found beyond the response's limit. The first records always stay.
    func trim() {
        var left = maxBytes
        var isFirst = true
        for index in entries.indices {
            guard let slice = entries[index].outcome.slice else { continue }
            if isFirst || slice.count <= left { left -= slice.count } else { entries[index].outcome.slice = nil }
            isFirst = false
        }
    }

    /// Lets go of files.
    func clear() {
        entries.removeAll(keepingCapacity: entries.capacity <= 256)
        topics.removeAll(keepingCapacity: topics.capacity <= 256)
    }
}
