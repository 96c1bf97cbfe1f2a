// How a coordinator keeps what it must not forget: appends to its topic, made on demand, and reads it back at a start.
//
//   append    records in, a report when they are as safe as the topic's flush policy wants    here
//   load      every partition in its order, before the coordinator serves                   InternalTopicLoad
internal import Coordination
internal import Host
internal import StorageEngine
internal import Wire

/// One internal topic, as its coordinator sees it. Touched by the coordinator's loop only.
final class InternalTopicLog {
    let topic: InternalTopic
    /// The coordinator's shard.
    private unowned let home: Shard
    /// Its index, for other threads.
    let homeIndex: Int
    private var queues: [Int32: InternalAppendQueue] = [:]
    /// What waits until the topic is there.
    private var unsent: ContiguousArray<InternalAppend> = []
    private var isThere = false
    private var isBeingMade = false

    init(_ topic: InternalTopic, of home: Shard) {
        self.topic = topic
        self.home = home
        homeIndex = home.index
    }

    var partitionCount: Int32 { home.broker.partitionCount(of: topic) }

    /// Appends `records` as one batch.
    ///
    /// - Parameters:
    ///   - transaction: the producer in whose transaction they are, which its coordinator has vouched for.
    ///   - completion: called once on this loop, in a later tick: `.none` when the records are written and, where the topic's
    ///     acknowledgements wait for it, on the disk. Those of one partition come in the order of the appends.
    func append(
        _ records: [StateRecord], to partition: Int32, transaction: ProducerStamp? = nil,
        then completion: @escaping (ErrorCode) -> Void
    ) {
        let append = InternalAppend(
            records, to: partition, of: self, transaction: transaction, timestampMilliseconds: WallClock.milliseconds(), completion)
        queues[partition, default: InternalAppendQueue()].append(append)
        // Nobody overtakes those that wait, though the topic may be there by now.
        if unsent.isEmpty, isThere || home.broker.storage.topic(named: topic.name) != nil {
            isThere = true
            return send(append)
        }
        unsent.append(append)
        make()
    }

    private func send(_ append: InternalAppend) {
        let bound = LoopBound(append)
        switch home.place(home.topic(topic.name), append.partition) {
        case .nowhere: home.settle(bound, .unknownTopicOrPartition)
        case .here: home.append(bound)
        case .shard(let owner, _): home.broker.post(to: owner) { $0.append(bound) }
        }
    }

    private func make() {
        guard !isBeingMade else { return }
        isBeingMade = true
        let (broker, topic, homeIndex, bound) = (home.broker, topic, homeIndex, LoopBound(self))
        broker.control.enqueue {
            let outcome: ErrorCode
            do throws(StorageError) {
                try broker.ensure(topic)
                outcome = .none
            } catch {
                broker.log.limited(.writeFailed, "internal topic \(topic.name) can't be made: \(error)")
                outcome = ErrorCode(error)
            }
            broker.post(to: homeIndex) { _ in bound.value.made(outcome) }
        }
    }

    private func made(_ outcome: ErrorCode) {
        isBeingMade = false
        let waiting = unsent
        unsent = []
        for append in waiting {
            if outcome == .none { send(append) } else { home.settle(LoopBound(append), outcome) }
        }
    }

    /// The partition's shard has told what became of an append.
    func settled(_ append: InternalAppend, _ error: ErrorCode) {
        append.outcome = error
        while let first = queues[append.partition]?.popEnded() { first.complete() }
    }

    /// Reads everything, partition by partition, each in its order.
    ///
    /// - Parameters:
    ///   - take: called with one lot after the other on this loop. What it throws ends the partition.
    ///   - done: called once on this loop, at once when the topic is not there; with the partitions that can't be read to
    ///     their end, which are logged.
    func load(
        _ take: @escaping (_ partition: Int32, [InternalEntry]) throws(StateRecordError) -> Void,
        done: @escaping (_ unreadable: Set<Int32>) -> Void
    ) {
        guard home.broker.storage.topic(named: topic.name) != nil else { return done([]) }
        InternalTopicLoad(self, of: home, take, done).next()
    }
}
