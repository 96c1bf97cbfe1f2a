// One loop's share of the broker: its connections, its partitions, and a tick's work on them.
internal import Bytes
internal import Host
internal import Reactor
internal import StorageEngine
internal import Vocabulary
internal import Wire

/// Touched by its loop's thread only, but for `loop.post`.
final class Shard: TickHandler {
    let index: Int
    let loop: Loop
    unowned let broker: Broker
    let counters = ShardCounters()
    let requests = RequestTally()
    let shardCount: Int

    var topics = TopicTable()
    var clients: ContiguousArray<ClientConnection> = []
    var isDraining = false
    var isDrained = false
    var drainTimer: Timer?
    private(set) var retention: RetentionTask?
    /// Consumer groups, on the shard that is their home.
    var groups: GroupDriver?
    private(set) var sweep: ConnectionSweep?

    // A tick's work.
    var dirty: ContiguousArray<Partition> = []
    var staged: ContiguousArray<StagedBatch> = []
    /// A staged batch needs more than its write to succeed.
    var stagedNeedOutcome = false
    /// Made by the first batch that has to be re-compressed.
    var recoder: Recoder?
    /// Memory of staged batches that were.
    var recodedThisTick: ContiguousArray<RecodedBatch> = []
    /// Messages to other shards, by shard.
    var outgoing: ContiguousArray<ContiguousArray<ShardMessage>>

    /// The response that is being written, reused.
    let response = ResponseParts()
    /// Slots and plans that are not in use.
    var spareSlots: ContiguousArray<RequestSlot> = []
    let fetchPlan = FetchPlan()
    var fetchSessions: FetchSessionCache
    /// Numbers the readings of all plans, so that a late answer finds no other plan.
    var lastRound: UInt64 = 0
    /// Served ranges since the last residency sample.
    var rangesSinceSample = 0

    init(index: Int, count: Int, loop: Loop, broker: Broker) {
        self.index = index
        self.loop = loop
        self.broker = broker
        shardCount = count
        fetchSessions = FetchSessionCache(slots: broker.configuration.fetchSessions, shard: index, shardCount: count)
        outgoing = ContiguousArray(repeating: [], count: count)
        response.errorTally = requests.errors
        loop.addTickHandler(self)
        // Behind the tick's work and before its answers.
        if let percent = broker.configuration.burnPercent { loop.addTickHandler(CPUBurn(percent: percent)) }
        retention = RetentionTask(self, intervalMilliseconds: broker.configuration.retentionCheckMilliseconds)
        sweep = ConnectionSweep(self, broker.configuration)
    }

    deinit { counters.deallocate() }

    // MARK: partitions

    /// Where a partition lives.
    enum Place {
        case here(Partition)
        case shard(Int, ShardTopic)
        case nowhere
    }

    func place(_ topic: ShardTopic?, _ index: Int32) -> Place {
        guard let topic, index >= 0, Int(index) < topic.partitions.count else { return .nowhere }
        if let partition = topic.partitions[Int(index)] { return .here(partition) }
        let owner = self.owner(of: topic.hash, index)
        if owner != self.index { return .shard(owner, topic) }
        return open(topic, index).map { .here($0) } ?? .nowhere
    }

    /// Topics begin at different shards, and their partitions go round.
    func owner(of hash: UInt64, _ partition: Int32) -> Int {
        shardCount == 1 ? 0 : Int((hash &+ UInt64(partition)) % UInt64(shardCount))
    }

    /// Runs `work` on a log of this shard, which is opened if need be; not at all when there is none any more.
    func withLog(of partition: TopicPartition, _ work: LogWork) {
        guard case .here(let found) = place(topic(partition.topic), partition.partition) else { return }
        work(found.log)
    }

    private func open(_ topic: ShardTopic, _ index: Int32) -> Partition? {
        let key = TopicPartition(topic: topic.name, partition: index)
        guard let log = broker.storage.log(of: key), log.topicID == topic.id else { return nil }
        log.adopt()
        log.reconfigure(topic.description.configuration)
        let partition = Partition(log)
        let home = LoopBound(Weak(self))
        let bound = LoopBound(partition)
        log.setFlushHandler { [loop] completion in
            loop.post { home.value.object?.flushCompleted(bound.value, completion) }
        }
        topic.partitions[Int(index)] = partition
        return partition
    }

    /// The topic of that name as it is now: another thread may just have made or deleted it.
    func topic(_ name: UnsafeRawBufferPointer) -> ShardTopic? {
        refreshTopics()
        return topics.find(name, in: broker.storage)
    }

    func topic(_ name: String) -> ShardTopic? {
        var name = name
        return name.withUTF8 { topic(UnsafeRawBufferPointer($0)) }
    }

    private func refreshTopics() {
        let changes = topics.refresh(from: broker.storage)
        for topic in changes.forgotten { forget(topic) }
        for topic in changes.changed { reconfigure(topic) }
    }

    /// The opened logs of a topic go on with its settings as they are now.
    private func reconfigure(_ topic: ShardTopic) {
        for case let partition? in topic.partitions {
            let watermark = partition.log.highWatermark
            partition.log.reconfigure(topic.description.configuration)
            // Those who waited for the disk no longer do.
            if partition.log.highWatermark != watermark { settleFlushWaiters(of: partition) }
        }
    }

    // MARK: the end of a tick

    func endOfTick() {
        refreshTopics()
        writeStaged()
        letGoOfRecoded()
        sendMessages()
        publishCounters()
    }

    private func publishCounters() {
        let loopCounters = loop.counters
        counters.set(.bytesIn, loopCounters.bytesIn)
        counters.set(.bytesOut, loopCounters.bytesOut)
        counters.set(.fetchBytesServed, loopCounters.fileBytes)
        counters.set(.fetchBytesZeroCopy, loopCounters.zeroCopyBytes)
        counters.set(.fetchBytesSpliced, loopCounters.spliceBytes)
        counters.set(.spliceFallbacks, loopCounters.spliceFallbacks)
        counters.set(.syscalls, loopCounters.systemCalls &+ ownSystemCalls)
        counters.publish(to: broker.page)
        requests.publish(to: broker.requestTotals)
    }

    /// What was answered in this tick has left: its time is known, by one look at the clock for all of it.
    func sent() {
        if requests.hasAnswers { requests.timeAnswers(from: loop.now, to: MonotonicClock.now()) }
        // Once more: what was sent since the tick's end may be the last for long.
        publishCounters()
    }

    /// System calls of this shard that its loop does not make: appends and residency questions.
    var ownSystemCalls: UInt64 = 0

    private func sendMessages() {
        guard shardCount > 1 else { return }
        for target in 0..<shardCount where !outgoing[target].isEmpty {
            let messages = outgoing[target]
            outgoing[target].removeAll(keepingCapacity: true)
            broker.post(to: target) { shard in shard.receive(messages) }
        }
    }

    func send(_ message: ShardMessage, to shard: Int) { outgoing[shard].append(message) }

    /// A deleted topic's waiters get their answer: there is nothing any more.
    private func forget(_ topic: ShardTopic) {
        for case let partition? in topic.partitions { wakeAll(partition) }
    }
}

/// A reference that keeps nothing alive.
final class Weak<Object: AnyObject> {
    weak var object: Object?
    init(_ object: Object?) { self.object = object }
}
