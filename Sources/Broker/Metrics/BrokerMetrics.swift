// One reading of a broker: the loops' published totals, the engine's state, the partitions, the process.
internal import Host
internal import Reactor
internal import StorageEngine
internal import Synchronization
internal import Telemetry
internal import Vocabulary
internal import Wire

/// Fills samples from what a broker keeps. On the endpoint's thread.
final class BrokerMetrics: Sendable {
    /// The last look at partitions and groups.
    private struct Look: Sendable {
        var topics = 0
        var plan = SurveyPlan([], limit: 0)
        var figures: [TopicPartition: PartitionFigures] = [:]
        var committed: [GroupPosition] = []
    }

    private let broker: Broker
    private let look = Mutex(Look())

    init(_ broker: Broker) { self.broker = broker }

    /// Asks the loops and the groups. `then` runs once they have answered, on any thread.
    func lookAtPartitions(then: @escaping @Sendable () -> Void) {
        let limit = broker.configuration.metricsMaxPartitions
        broker.groupPositions.groupPositions(limit: limit) { [self] committed in
            let topics = broker.storage.topics()
            let plan = SurveyPlan(topics, limit: limit)
            let wanted = Set(plan.listed).union(committed.map(\.partition))
            broker.survey(Array(wanted)) { [self] figures in
                let byPartition = Dictionary(figures.map { ($0.partition, $0) }) { first, _ in first }
                look.withLock { $0 = Look(topics: topics.count, plan: plan, figures: byPartition, committed: committed) }
                then()
            }
        }
    }

    func collect(into samples: inout MetricSamples) {
        addRequests(to: &samples)
        addCounters(to: &samples)
        addPartitions(to: &samples)
        addStorage(to: &samples)
        addProcess(to: &samples)
    }

    // MARK: loops

    private func addRequests(to samples: inout MetricSamples) {
        let totals = broker.requestTotals
        for key in APIKey.allCases {
            let row = RequestTally.row(of: key)
            let received = totals.value(RequestTally.place(row, .received))
            guard received > 0 else { continue }
            let labels = [(name: "api", value: key.name)]
            samples.add(MetricTable.requests, received, labels)
            samples.add(MetricTable.requestsWaiting, Int64(bitPattern: totals.value(RequestTally.place(row, .waiting))), labels)
            addHistogram(MetricTable.requestDuration, row, labels, to: &samples)
        }
        addHistogram(MetricTable.flushDuration, RequestTally.flushRow, [], to: &samples)
        for index in 1..<ErrorTally.count {
            let count = totals.value(RequestTally.place(error: index))
            if count > 0 { samples.add(MetricTable.errors, count, [("code", ErrorTally.code(at: index).name)]) }
        }
    }

    private func addHistogram(_ metric: Metric, _ row: Int, _ labels: MetricSamples.Labels, to samples: inout MetricSamples) {
        let totals = broker.requestTotals
        samples.add(
            metric, counts: (0..<DurationBuckets.count).map { totals.value(RequestTally.place(row, bucket: $0)) },
            sum: totals.value(RequestTally.place(row, .nanoseconds)), labels)
    }

    private static let counters: [(Metric, Counter)] = [
        (MetricTable.faults, .errors), (MetricTable.received, .bytesIn), (MetricTable.sent, .bytesOut),
        (MetricTable.spliceFallbacks, .spliceFallbacks), (MetricTable.cacheSampled, .residencySampledBytes),
        (MetricTable.cacheHits, .residencyResidentBytes), (MetricTable.coldReads, .fetchColdOffloads),
        (MetricTable.connections, .connectionsOpen), (MetricTable.accepted, .connectionsTotal),
        (MetricTable.refused, .connectionsRefused), (MetricTable.expired, .connectionsExpired),
        (MetricTable.handshakesFailed, .handshakesFailed), (MetricTable.throttled, .requestsThrottled),
        (MetricTable.fetchSessions, .fetchSessionsOpen), (MetricTable.sessionsEvicted, .fetchSessionsEvicted),
        (MetricTable.recoded, .batchesRecoded), (MetricTable.records, .recordsIn), (MetricTable.batches, .batchesIn),
        (MetricTable.appends, .logAppends), (MetricTable.appended, .logAppendBytes), (MetricTable.systemCalls, .syscalls),
        (MetricTable.retainedSegments, .retentionSegments), (MetricTable.retainedBytes, .retentionBytes),
    ]

    private func addCounters(to samples: inout MetricSamples) {
        for (metric, counter) in Self.counters { samples.add(metric, broker.page.value(counter.rawValue)) }
        // The parts before the whole, because all of them only grow.
        let spliced = broker.page.value(Counter.fetchBytesSpliced.rawValue)
        let zeroCopy = max(spliced, broker.page.value(Counter.fetchBytesZeroCopy.rawValue))
        let served = max(zeroCopy, broker.page.value(Counter.fetchBytesServed.rawValue))
        samples.add(MetricTable.fetchSent, spliced, [("path", "splice")])
        samples.add(MetricTable.fetchSent, zeroCopy - spliced, [("path", "sendfile")])
        samples.add(MetricTable.fetchSent, served - zeroCopy, [("path", "copy")])
        samples.add(MetricTable.requestMemory, Int64(broker.budget.usedBytes))
    }

    // MARK: partitions and groups

    private func addPartitions(to samples: inout MetricSamples) {
        let look = look.withLock { $0 }
        samples.add(MetricTable.topics, Int64(look.topics))
        samples.add(MetricTable.partitions, Int64(look.plan.total))
        samples.add(MetricTable.unlisted, Int64(look.plan.unlisted))
        for partition in look.plan.listed {
            guard let figures = look.figures[partition] else { continue }
            let labels = Self.labels(partition)
            samples.add(MetricTable.logSize, figures.sizeBytes, labels)
            samples.add(MetricTable.logStart, figures.logStartOffset, labels)
            samples.add(MetricTable.logEnd, figures.logEndOffset, labels)
            samples.add(MetricTable.highWatermark, figures.highWatermark, labels)
            samples.add(MetricTable.offline, Int64(figures.isOffline ? 1 : 0), labels)
        }
        for committed in look.committed {
            guard let figures = look.figures[committed.partition] else { continue }
            let labels = [(name: "group", value: committed.group)] + Self.labels(committed.partition)
            samples.add(MetricTable.groupOffset, committed.offset, labels)
            samples.add(MetricTable.groupLag, max(0, figures.highWatermark - committed.offset), labels)
        }
    }

    private static func labels(_ partition: TopicPartition) -> MetricSamples.Labels {
        [("topic", partition.topic), ("partition", "\(partition.partition)")]
    }

    // MARK: storage and process

    private func addStorage(to samples: inout MetricSamples) {
        let storage = broker.storage
        let dead = Set(storage.deadDirectories.map(\.path))
        for (directory, bytes) in storage.freeBytes {
            samples.add(MetricTable.directoryUp, Int64(dead.contains(directory) ? 0 : 1), [("directory", directory)])
            samples.add(MetricTable.directoryFree, bytes, [("directory", directory)])
        }
        let reports = storage.recoveryReports
        samples.add(MetricTable.recoverySeconds, seconds: Double(reports.reduce(0) { $0 + $1.nanoseconds }) / 1e9)
        samples.add(MetricTable.recoveryScanned, reports.reduce(0) { $0 + $1.bytesScanned })
        samples.add(MetricTable.recoveryDropped, reports.reduce(0) { $0 + $1.bytesDropped })
        samples.add(MetricTable.cleanStart, Int64(storage.wasCleanShutdown ? 1 : 0))
    }

    private func addProcess(to samples: inout MetricSamples) {
        let process = ProcessFigures()
        samples.add(MetricTable.build, Int64(1), [("version", broker.configuration.version)])
        samples.add(MetricTable.startTime, seconds: Double(broker.startedAtMilliseconds) / 1e3)
        samples.add(MetricTable.cpuSeconds, seconds: Double(process.cpuNanoseconds) / 1e9)
        samples.add(MetricTable.residentMemory, process.residentBytes)
        samples.add(MetricTable.openFiles, process.openDescriptors)
        samples.add(MetricTable.maxFiles, Int64(broker.openFileLimit))
    }
}
