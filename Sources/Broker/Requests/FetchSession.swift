// A fetch session (KIP-227): the broker remembers what a client fetches, so that neither a request nor an answer has to
// name partitions of which there is nothing new.
internal import Vocabulary
internal import Wire

/// The partitions of one client's fetches. Belongs to one shard, that of the connection it was opened on.
final class FetchSession {
    /// A partition and what the client knows of it.
    final class Partition {
        let topic: Topic
        let index: Int32
        fileprivate(set) var position: FetchPosition
        /// As it was answered last; -1 after an error, so that the first answer without one is sent.
        private var highWatermark: Offset = -1
        private var logStartOffset: Offset = -1
        fileprivate var isForgotten = false

        init(topic: Topic, index: Int32, _ position: FetchPosition) {
            self.topic = topic
            self.index = index
            self.position = position
        }

        /// Whether the client has to hear of an outcome, which it has heard of then.
        ///
        /// - Source: Kafka's `CachedPartition.maybeUpdateResponseData`.
        func isNews(_ outcome: ReadOutcome) -> Bool {
            let isNews = outcome.slice != nil || outcome.errorCode != .none || outcome.divergence != nil || outcome.highWatermark != highWatermark
                || outcome.logStartOffset != logStartOffset
            highWatermark = outcome.errorCode == .none ? outcome.highWatermark : -1
            logStartOffset = outcome.logStartOffset
            return isNews
        }
    }

    final class Topic {
        let name: [UInt8]
        fileprivate var partitions: [Int32: Partition] = [:]

        init(name: [UInt8]) { self.name = name }
    }

    let id: Int32
    /// CLOCK_MONOTONIC nanoseconds.
    let openedAt: UInt64
    var usedAt: UInt64
    /// What the next request has to say: 1 behind the request that opened the session.
    private(set) var nextEpoch: Int32 = 1
    /// In the order in which they are read: those that had records last stand last.
    private(set) var partitions: ContiguousArray<Partition> = []
    private var topics: [[UInt8]: Topic] = [:]

    init(id: Int32, now: UInt64) {
        self.id = id
        openedAt = now
        usedAt = now
    }

    func advance() { nextEpoch = nextEpoch == .max ? 1 : nextEpoch + 1 }

    /// Adds a partition behind the others, or changes what is asked of one that is here.
    func put(_ name: UnsafeRawBufferPointer, _ index: Int32, _ position: FetchPosition) -> Partition {
        let key = Array(name)
        let topic = topics[key] ?? Topic(name: key)
        topics[key] = topic
        if let known = topic.partitions[index] {
            known.position = position
            return known
        }
        let partition = Partition(topic: topic, index: index, position)
        topic.partitions[index] = partition
        partitions.append(partition)
        return partition
    }

    /// Takes a partition out, if it is here. `removeForgotten` follows.
    func forget(_ name: UnsafeRawBufferPointer, _ index: Int32) {
        let key = Array(name)
        guard let topic = topics[key], let partition = topic.partitions.removeValue(forKey: index) else { return }
        partition.isForgotten = true
        if topic.partitions.isEmpty { topics[key] = nil }
    }

    func removeForgotten() { partitions.removeAll(where: \.isForgotten) }

    /// Puts the partitions that had records behind the others, so that each is the first to be read at some time.
    func rotate(_ hadRecords: (Int) -> Bool) {
        var first: ContiguousArray<Partition> = []
        var last: ContiguousArray<Partition> = []
        first.reserveCapacity(partitions.count)
        for index in partitions.indices {
            if hadRecords(index) { last.append(partitions[index]) } else { first.append(partitions[index]) }
        }
        partitions = first + last
    }
}
