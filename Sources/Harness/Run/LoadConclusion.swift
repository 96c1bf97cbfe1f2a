// From what the lanes gathered to a phase record, the facts of the verdict and the outcome of a load.
internal import Host
internal import Measurement
internal import Records
internal import Results

struct LoadConclusion {
    let plan: LoadPlan
    let steady: LoadRun.Steady
    /// `steady`, or what the measured window is instead.
    let kind: String
    let producerGroups: [ProducerGroupPhase]
    let consumerGroups: [ConsumerGroupPhase]
    /// What encrypts for the lanes: it holds them back as they would each other.
    let relayThreads: [Int32]
    let audit: (outcome: AuditOutcome, counts: [String: UInt64])
    let earlier: [PhaseRecord]
    /// Acknowledged over all phases.
    let totalBytes: UInt64
    let missing: String?
    let sampling: ResidencySampling
    /// What the machine could do before the run.
    let calibrated: CalibratedRates

    private var producers: [ProducerLanePhase] { producerGroups.flatMap(\.lanes) }
    /// Of the groups that write what the readers read by which the load is judged.
    private var readProducers: [ProducerLanePhase] {
        let read = Set(consumerGroups.filter { !$0.plan.isSlow }.map(\.plan.topic))
        return producerGroups.filter { read.contains($0.plan.topic) }.flatMap(\.lanes)
    }
    /// Of the groups whose times are one figure: those of readers that are late on purpose, slow or there to catch up, are their own.
    private var timedGroups: [ConsumerGroupPhase] {
        let fast = consumerGroups.filter { !$0.plan.isSlow }
        let tails = fast.filter { $0.plan.kind == .tail }
        return [tails, fast].first { !$0.isEmpty } ?? consumerGroups
    }
    private var timedConsumers: [ConsumerLanePhase] { timedGroups.flatMap(\.lanes) }
    var phaseName: String { plan.label.isEmpty ? kind : "\(plan.label) \(kind)" }
    /// Of lanes that must have time to spare: readers that catch up go as fast as they can.
    private var judgedReaderThreads: [Int32] { consumerGroups.filter { !$0.wasHeldBack }.flatMap(\.threads) }

    func outcome() -> LoadOutcome {
        var record = steadyRecord()
        let saturation = saturation(of: producerGroups.flatMap(\.threads) + judgedReaderThreads + relayThreads)
        let facts = facts(record, saturation: saturation)
        let groupFacts = groupFacts()
        record.groups = groupRecords(groupFacts)
        return LoadOutcome(
            phases: (earlier + [record]).sorted { $0.startedNanoseconds < $1.startedNanoseconds }, steady: record, facts: facts, groupFacts: groupFacts,
            measurement: steady.measurement, recordsPerSecond: Double(steady.acknowledgedRecords) / steady.seconds,
            bytesPerSecond: Double(steady.acknowledgedBytes) / steady.seconds, steadySeconds: steady.seconds,
            acknowledgedRecords: sum(producers, \.acknowledgedRecords), acknowledgedBytes: sum(producers, \.acknowledgedBytes),
            acknowledgedRequests: sum(producers, \.acknowledgedRequests), totalAcknowledgedBytes: totalBytes,
            consumedRecords: consumed(\.records), consumedBytes: consumed(\.bytes), polls: sum(timedConsumers, \.polls),
            clientSaturation: saturation, audit: audit.outcome, limits: limits([facts] + groupFacts, saturation), steadyNote: steady.note)
    }

    private func limits(_ facts: [VerdictFacts], _ saturation: Double?) -> LimiterFacts {
        var limits = LimiterFacts(load: plan.loadKind)
        let measured = steady.measurement
        if plan.isOpenLoop {
            limits.scheduleMet = !facts.flatMap { Verdict.judge($0).reasons }.contains { ["keptUp", "handOver", "scheduleLag", "lag"].contains($0.rule) }
        }
        limits.brokerHottestThreadShare = measured.broker?.threads.map(\.saturation).max()
        limits.machineBusyFraction = measured.host.busyFraction
        limits.clientHottestLaneShare = saturation
        limits.deviceBusyFraction = measured.deviceUsage?.busyFraction
        if let device = measured.deviceUsage, let rate = calibrated.writeBytesPerSecond {
            limits.deviceThroughputShare = Double(device.writtenBytes) / measured.seconds / rate
        }
        if let rate = calibrated.streamBytesPerSecond {
            limits.networkThroughputShare = Double(steady.acknowledgedBytes + steady.consumedBytes) / steady.seconds / rate
        }
        return limits
    }

    func sum<T>(_ lanes: [T], _ path: KeyPath<T, UInt64>) -> UInt64 { lanes.reduce(0) { $0 + $1[keyPath: path] } }

    private func consumed(_ path: KeyPath<ConsumerGroupPhase, UInt64>) -> UInt64 { sum(consumerGroups, path) }

    /// (on-CPU + run-queue delay) / wall of the busiest of these threads.
    func saturation(of threads: [Int32]) -> Double? {
        steady.measurement.client.threads.filter { threads.contains($0.tid) }.map(\.saturation).max()
    }

    private func steadyRecord() -> PhaseRecord {
        let hitRate = consumerGroups.contains { !$0.threads.isEmpty }
            ? HitRate(counters: steady.measurement.counters, series: steady.series, sampling: sampling, missing: missing).metric : nil
        var record = steady.measurement.record(
            name: phaseName, kind: kind,
            costs: steady.measurement.costs(
                phase: phaseName, recordsIn: steady.acknowledgedRecords, bytesIn: steady.acknowledgedBytes, bytesOut: steady.consumedBytes, missing: missing,
                hitRate: hitRate))
        record.complete = steady.interruption == nil
        record.series = exactSeries()
        record.seriesStartedNanoseconds = steady.start
        if !steady.perturbations.isEmpty {
            record.perturbations = steady.perturbations
            record.markSeconds()
        }
        record.noteDrift()
        record.lag = steady.lag?.whole
        record.intervals = plan.intervalSeconds.map { length in
            LoadIntervals.records(
                producerGroups.flatMap(\.clocks) + consumerGroups.flatMap(\.clocks), seconds: max(1, steady.series.count), length: length)
        }
        for (clock, histogram) in merged(producers.map(\.histograms) + timedConsumers.map(\.histograms)) { record.histograms[clock] = histogram }
        record.counters["load_nanoseconds"] = steady.windowNanoseconds
        for (name, count) in counters(of: producers) { record.counters[name] = count }
        record.counters["consumed_records"] = consumed(\.records)
        record.counters["polls"] = sum(timedConsumers, \.polls)
        // What a probe's readings of the same stretch are divided by.
        record.counters["window_acknowledged_records"] = steady.acknowledgedRecords
        record.counters["window_acknowledged_bytes"] = steady.acknowledgedBytes
        record.counters["window_consumed_bytes"] = steady.consumedBytes
        record.counters["errors"] = allErrors.values.reduce(0, +)
        if let group = onlyGroup, group.codec != .none {
            for (name, count) in compressionCounters(of: producers) { record.counters[name] = count }
        }
        for (name, count) in audit.counts { record.counters["audit_\(name)"] = count }
        if !plan.isNamed { record.counters.merge(memberCounters(consumerGroups.flatMap(\.lanes))) { $1 } }
        if let idle = steady.idle {
            record.counters["idle_connections"] = UInt64(idle.asked)
            record.counters["idle_connections_open"] = UInt64(idle.open)
            record.counters["idle_connections_closed"] = UInt64(idle.closed)
        }
        if let bytes = steady.cache?.residency {
            record.counters["log_file_bytes"] = UInt64(bytes.fileBytes)
            record.counters["log_resident_bytes"] = UInt64(bytes.residentBytes)
        }
        record.notes += [
            "\(plan.modeText) loop", topics(), onlyGroup.flatMap { note($0, producers) }, plan.isNamed ? nil : consumerGroups.first.flatMap(memberNote),
            steady.note, steady.cache?.sentence, steady.idle?.sentence,
            steady.endedEarly ? "the byte budget ended the phase early" : nil,
            steady.interruption,
            steady.drained ? nil : "not everything was acknowledged within \(fixed(steady.drainSeconds, 0)) s: the rest is unknown", expectedErrors(),
        ].compactMap { $0 }
        return record
    }

    private func topics() -> String? {
        let sets = plan.usedTopicSets
        guard plan.topics.count > 1 else { return nil }
        guard sets.count > 1 else {
            return "\(plan.topics.count) topics, a lane's records to them in turn; partitions are numbered through, \(sets[0].plan.partitions) a topic"
        }
        let each = sets.map { "\($0.plan.label) \($0.names.count) x \($0.plan.partitions)" }.joined(separator: ", ")
        return "topics x partitions: \(each); a lane's records go to those of its group in turn; partitions are numbered through all of them, in this order"
    }

    /// Of a load that is not told apart by groups.
    private var onlyGroup: ProducersPlan? { plan.isNamed ? nil : plan.producers }

    func counters(of lanes: [ProducerLanePhase]) -> [String: UInt64] {
        transactionCounters(lanes).merging(lateCounters(lanes)) { $1 }.merging([
            "scheduled_records": sum(lanes, \.scheduledRecords), "handed_over_on_time": sum(lanes, \.handedOverOnTime),
            "acknowledged_records": sum(lanes, \.acknowledgedRecords), "acknowledged_bytes": sum(lanes, \.acknowledgedBytes),
            "acknowledged_requests": sum(lanes, \.acknowledgedRequests), "failed_records": sum(lanes, \.failedRecords),
        ]) { $1 }
    }

    /// Of a schedule's records; none where no lane had one.
    private func lateCounters(_ lanes: [ProducerLanePhase]) -> [String: UInt64] {
        guard lanes.contains(where: { $0.histograms["schedule_lag"] != nil }) else { return [:] }
        return ["late_records": sum(lanes, \.lateRecords), "beyond_queue_records": sum(lanes, \.beyondQueueRecords)]
    }

    func compressionCounters(of lanes: [ProducerLanePhase]) -> [String: UInt64] {
        ["batch_bytes": sum(lanes, \.batchBytes), "uncompressed_batch_bytes": sum(lanes, \.uncompressedBatchBytes)]
    }

    /// What the figures of a group rest on.
    func note(_ group: ProducersPlan, _ lanes: [ProducerLanePhase]) -> String? {
        let said = [compression(group, lanes), sizes(group), transactions(group, lanes)].compactMap { $0 }
        return said.isEmpty ? nil : said.joined(separator: "; ")
    }

    /// How far the batches of the phase were compressed, and whether that is what the profile asked for.
    private func compression(_ group: ProducersPlan, _ lanes: [ProducerLanePhase]) -> String? {
        guard let ratio = compressionRatio(group, lanes) else { return nil }
        let target = group.compressionRatio
        let isOff = abs(ratio / target - 1) > VerdictThresholds.compressionRatioTolerance
        return "batches compressed by \(group.codec) to \(percent(1 / ratio)), \(fixed(ratio, 2)) to 1, the payload made for \(fixed(target, 2)) to 1"
            + (isOff ? ": the figures are for what was reached" : "")
    }

    /// How many times smaller the batches became; nil: there is no codec, or nothing was acknowledged.
    private func compressionRatio(_ group: ProducersPlan, _ lanes: [ProducerLanePhase]) -> Double? {
        let (sent, before) = (sum(lanes, \.batchBytes), sum(lanes, \.uncompressedBatchBytes))
        return group.codec != .none && sent > 0 ? Double(before) / Double(sent) : nil
    }

    /// What is said of a group's payload.
    func addPayload(of group: ProducersPlan, _ lanes: [ProducerLanePhase], to facts: inout VerdictFacts) {
        guard let ratio = compressionRatio(group, lanes) else { return }
        (facts.compressionRatio, facts.compressionRatioAsked) = (ratio, group.compressionRatio)
    }

    private func sizes(_ group: ProducersPlan) -> String? {
        guard !group.sizes.isConstant else { return nil }
        let bounds = group.sizes.bounds
        return "records of \(bounds.lowerBound) to \(bounds.upperBound) bytes, \(fixed(group.sizes.mean, 1)) on average"
            + (group.sizes.raisesSmallOnes ? "; smaller ones raised to \(RecordSizes.smallestDrawn), the bytes of their stamp" : "")
    }

    /// The seconds as watched, with the lanes' own counts and times, which are cut at exact seconds.
    private func exactSeries() -> [SecondRecord] {
        let points = IntervalSeries.merged(producers.map(\.series))
        let (recorders, readers) = (producerGroups.flatMap(\.recorders), timedGroups.flatMap(\.recorders))
        return steady.series.map { second in
            guard second.second < points.count else { return second }
            var exact = second
            exact.setEndToEnd(readers)
            exact.records = points[second.second].count
            exact.bytes = points[second.second].bytes
            exact.setLanes(producerGroups)
            guard !recorders.isEmpty else { return exact }
            let window = mergedWindow(recorders, second: second.second)
            exact.responseP50Nanoseconds = window.p50Nanoseconds
            exact.responseP99Nanoseconds = window.p99Nanoseconds
            exact.responseMaximumNanoseconds = window.count > 0 ? window.maximumNanoseconds : nil
            return exact
        }
    }

    func merged(_ lanes: [[String: LatencyHistogram]]) -> [String: LatencyHistogram] {
        var result: [String: LatencyHistogram] = [:]
        for histograms in lanes {
            for (clock, histogram) in histograms { result[clock, default: LatencyHistogram()].add(histogram) }
        }
        return result
    }

    /// Of the whole load. Where groups are told apart each has its own schedule, and what its lanes met with.
    private func facts(_ record: PhaseRecord, saturation: Double?) -> VerdictFacts {
        var facts = VerdictFacts(phase: phaseName, load: plan.loadKind)
        facts.seconds = steady.measurement.seconds
        let consumers = consumerGroups.flatMap(\.lanes)
        facts.impossibleSamples = sum(consumers, \.impossibleSamples)
        facts.unexpectedErrors = unexpected(consumers.map(\.errors) + [steady.besidesErrors])
        facts.hiccupP99Nanoseconds = steady.measurement.hiccup.merged.value(at: 0.99)
        if plan.isNamed {
            if producerGroups.allSatisfy(\.isScheduled) { facts.laneSaturation = self.saturation(of: judgedReaderThreads + relayThreads) }
        } else {
            add(producers, record.histograms, saturation, isScheduled: producerGroups.allSatisfy(\.isScheduled), to: &facts)
            addPayload(of: plan.producers, producers, to: &facts)
        }
        // What is done to the broker on purpose throws its readers back on purpose.
        if let lag = steady.lag, lag.isJudged, steady.perturbations.isEmpty {
            facts.lagMaximumRecords = lag.whole?.maximumRecords
            facts.lagSlopeAtLeast = lag.whole?.slope?.lower
            // What their ground is measured by, where each group has its schedule to itself.
            if plan.isOpenLoop { facts.handedOverEvents = sum(readProducers, \.handedOverOnTime) }
        }
        facts.audit = audit.outcome
        facts.foreignCPUFraction = steady.measurement.foreign.fraction(cpus: steady.measurement.host.cpus)
        facts.stealFraction = steady.measurement.host.stealFraction
        return facts
    }

    /// What is judged of producers: their schedule, and what they met with.
    func add(_ lanes: [ProducerLanePhase], _ histograms: [String: LatencyHistogram], _ saturation: Double?, isScheduled: Bool, to facts: inout VerdictFacts) {
        if isScheduled {
            facts.scheduledEvents = sum(lanes, \.scheduledRecords)
            facts.handedOverEvents = sum(lanes, \.handedOverOnTime)
            facts.acknowledgedEvents = sum(lanes, \.acknowledgedInTime)
            facts.scheduleLagP99Nanoseconds = histograms["schedule_lag"]?.value(at: 0.99)
            facts.laneSaturation = saturation
        }
        facts.responseP50Nanoseconds = histograms["response"]?.value(at: 0.5)
        facts.responseP99Nanoseconds = histograms["response"]?.value(at: 0.99)
        facts.unexpectedErrors.merge(unexpected(lanes.map(\.errors)), uniquingKeysWith: +)
        facts.impossibleSamples += sum(lanes, \.impossibleSamples)
    }

    /// By name, over all of these.
    private func errors(of seen: [[String: UInt64]]) -> [String: UInt64] {
        seen.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }

    /// Of the lanes and of what was done beside them.
    private var allErrors: [String: UInt64] {
        errors(of: producers.map(\.errors) + consumerGroups.flatMap(\.lanes).map(\.errors) + [steady.besidesErrors])
    }

    private func unexpected(_ seen: [[String: UInt64]]) -> [String: UInt64] {
        errors(of: seen).filter { !plan.expectedErrors.contains($0.key) }
    }

    private func expectedErrors() -> String? {
        let seen = allErrors.filter { plan.expectedErrors.contains($0.key) }.sorted { $0.key < $1.key }
        return seen.isEmpty ? nil : "expected errors: " + seen.map { "\($0.value) x \($0.key)" }.joined(separator: ", ")
    }
}
