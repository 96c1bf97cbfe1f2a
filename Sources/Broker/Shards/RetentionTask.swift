// Every `log.retention.check.interval.ms`, each shard looks which segments and producers of its partitions may go.
internal import Host
internal import Reactor
internal import StorageEngine
internal import Vocabulary

/// A few partitions a tick, so that ten thousand of them stall nobody. The engine moves the files in the background.
final class RetentionTask: TimerHandler {
    static let partitionsPerTick = 64
    /// Producers that a tick looks at before it leaves the rest to the next one.
    static let producersPerTick = 100_000
    /// The first look, when the interval is longer: a broker that is restarted often must get to it.
    static let firstDelayMilliseconds = 30_000

    private unowned let shard: Shard
    private lazy var timer = Timer(self)
    private var intervalNanoseconds: UInt64
    /// What is left of the look that is under way.
    private var waiting: ContiguousArray<TopicPartition> = []

    init(_ shard: Shard, intervalMilliseconds: Int) {
        self.shard = shard
        intervalNanoseconds = UInt64(intervalMilliseconds) * 1_000_000
        let first = min(intervalNanoseconds, UInt64(Self.firstDelayMilliseconds) * 1_000_000)
        shard.loop.arm(timer, at: shard.loop.now + first)
    }

    /// The next look comes that much later than now, when none is under way.
    func setInterval(milliseconds: Int) {
        let nanoseconds = UInt64(milliseconds) * 1_000_000
        guard nanoseconds != intervalNanoseconds else { return }
        intervalNanoseconds = nanoseconds
        if waiting.isEmpty, !shard.isDraining { shard.loop.arm(timer, at: shard.loop.now + nanoseconds) }
    }

    func stop() { shard.loop.cancel(timer) }

    func timerFired(_ timer: Timer) {
        if waiting.isEmpty { waiting = shard.ownPartitions() }
        let now = WallClock.milliseconds()
        var producers = 0
        for _ in 0..<min(Self.partitionsPerTick, waiting.count) where producers < Self.producersPerTick {
            producers += shard.enforceRetention(of: waiting.removeLast(), now: now)
        }
        // A deadline that is not over yet is met in the next tick.
        shard.loop.arm(timer, at: shard.loop.now + (waiting.isEmpty ? intervalNanoseconds : 1))
    }
}

extension Shard {
    /// The partitions of the catalogue that this shard owns, opened or not.
    func ownPartitions() -> ContiguousArray<TopicPartition> {
        var own: ContiguousArray<TopicPartition> = []
        for topic in broker.storage.topics() {
            var name = topic.name
            let hash = name.withUTF8 { TopicTable.hash(UnsafeRawBufferPointer($0)) }
            for partition in 0..<topic.partitionCount where owner(of: hash, partition) == index {
                own.append(TopicPartition(topic: topic.name, partition: partition))
            }
        }
        return own
    }

    /// - Returns: the producers that were looked at.
    fileprivate func enforceRetention(of partition: TopicPartition, now: Int64) -> Int {
        guard case .here(let here) = place(topic(partition.topic), partition.partition) else { return 0 }
        let producers = here.log.producerCount
        do {
            let report = try here.log.enforceRetention(now: now)
            guard report.segments > 0 else { return producers }
            counters.add(.retentionSegments, report.segments)
            counters.add(.retentionBytes, Int(report.bytes))
            broker.log.info(
                "\(partition): \(report.segments) old segments of \(report.bytes) bytes removed, it begins at \(report.logStartOffset)",
                BrokerLog.about(partition))
        } catch {
            counters.add(.errors)
            broker.log.limited(.writeFailed, "\(partition): \(error)", BrokerLog.about(partition))
        }
        return producers
    }
}
