// A look at partitions from outside their loops: each loop answers for its own, a few a tick.
internal import StorageEngine
internal import Synchronization
internal import Vocabulary

/// What a log is like at one moment.
struct PartitionFigures: Sendable {
    let partition: TopicPartition
    let sizeBytes: Int64
    let logStartOffset: Offset
    let logEndOffset: Offset
    let highWatermark: Offset
    /// Out of service, alone or with its data directory.
    let isOffline: Bool
}

/// Which partitions are looked at: the first ones by name and number, so that they are the same ones each time.
struct SurveyPlan: Sendable {
    var listed: [TopicPartition] = []
    /// Partitions in all, and those beyond the limit.
    var total = 0
    var unlisted: Int { total - listed.count }

    init(_ topics: [TopicDescription], limit: Int) {
        for topic in topics {
            total += Int(topic.partitionCount)
            for partition in 0..<topic.partitionCount where listed.count < limit {
                listed.append(TopicPartition(topic: topic.name, partition: partition))
            }
        }
    }
}

extension Broker {
    /// Partitions of a tick: the loop has other work.
    private static let surveyedPerTick = 64

    /// Asks the loops for the figures of partitions. `then` runs on the thread of the last one that answers; not at
    /// all when the loops end first.
    func survey(_ partitions: [TopicPartition], then: @escaping @Sendable ([PartitionFigures]) -> Void) {
        var parts = [[TopicPartition]](repeating: [], count: shardCount)
        for partition in partitions { parts[owner(of: partition)].append(partition) }
        let survey = Survey(awaited: shardCount, then)
        for (shard, part) in parts.enumerated() { ask(shard, part[...], survey) }
    }

    private func ask(_ index: Int, _ partitions: ArraySlice<TopicPartition>, _ survey: Survey) {
        post(to: index) { shard in
            survey.add(partitions.prefix(Self.surveyedPerTick).compactMap(shard.figures))
            let rest = partitions.dropFirst(Self.surveyedPerTick)
            if rest.isEmpty { survey.finishOne() } else { shard.broker.ask(index, rest, survey) }
        }
    }
}

private final class Survey: Sendable {
    private let state: Mutex<(awaited: Int, figures: [PartitionFigures])>
    private let then: @Sendable ([PartitionFigures]) -> Void

    init(awaited: Int, _ then: @escaping @Sendable ([PartitionFigures]) -> Void) {
        state = Mutex((awaited, []))
        self.then = then
    }

    func add(_ figures: [PartitionFigures]) { state.withLock { $0.figures += figures } }

    func finishOne() {
        let figures: [PartitionFigures]? = state.withLock { state in
            state.awaited -= 1
            return state.awaited == 0 ? state.figures : nil
        }
        if let figures { then(figures) }
    }
}

extension Shard {
    fileprivate func figures(of partition: TopicPartition) -> PartitionFigures? {
        guard case .here(let here) = place(topic(partition.topic), partition.partition) else { return nil }
        let log = here.log
        return PartitionFigures(
            partition: partition, sizeBytes: log.sizeBytes, logStartOffset: log.logStartOffset, logEndOffset: log.logEndOffset,
            highWatermark: log.highWatermark, isOffline: log.fault != nil || log.outage != nil)
    }
}
