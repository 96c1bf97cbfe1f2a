// From what the lanes gathered to a phase record, the facts of the verdict and the outcome of a load.
internal import Host
internal import Measurement
internal import Records
internal import Results

struct LoadConclusion {
    let plan: LoadPlan
    let steady: LoadRun.Steady
    let producers: [ProducerLanePhase]
    let consumers: [ConsumerLanePhase]
    let audit: (outcome: AuditOutcome, counts: [String: UInt64])
    let earlier: [PhaseRecord]
    let laneThreads: [Int32]
    /// Acknowledged over all phases.
    let totalBytes: UInt64
    let missing: String?
    /// What the machine could do before the run.
    let calibrated: CalibratedRates

    func outcome() -> LoadOutcome {
        let record = steadyRecord()
        let saturation = laneSaturation()
        let facts = facts(record, saturation: saturation)
        return LoadOutcome(
            phases: (earlier + [record]).sorted { $0.startedNanoseconds < $1.startedNanoseconds }, steady: record, facts: facts, measurement: steady.measurement,
            recordsPerSecond: Double(steady.acknowledgedRecords) / steady.seconds,
            bytesPerSecond: Double(steady.acknowledgedBytes) / steady.seconds, steadySeconds: steady.seconds,
            acknowledgedRecords: sum(producers, \.acknowledgedRecords), acknowledgedBytes: sum(producers, \.acknowledgedBytes),
            acknowledgedRequests: sum(producers, \.acknowledgedRequests), totalAcknowledgedBytes: totalBytes,
            consumedRecords: sum(consumers, \.records), consumedBytes: sum(consumers, \.bytes), polls: sum(consumers, \.polls),
            clientSaturation: saturation, audit: audit.outcome, limits: limits(facts), steadyNote: steady.note)
    }

    private func limits(_ facts: VerdictFacts) -> LimiterFacts {
        var limits = LimiterFacts(load: plan.loadKind)
        let measured = steady.measurement
        if plan.producers.mode == .open {
            limits.scheduleMet = !Verdict.judge(facts).reasons.contains { ["keptUp", "handOver", "scheduleLag"].contains($0.rule) }
        }
        limits.brokerHottestThreadShare = measured.broker?.threads.map(\.saturation).max()
        limits.machineBusyFraction = measured.host.busyFraction
        limits.clientHottestLaneShare = laneSaturation()
        limits.deviceBusyFraction = measured.deviceUsage?.busyFraction
        if let device = measured.deviceUsage, let rate = calibrated.writeBytesPerSecond {
            limits.deviceThroughputShare = Double(device.writtenBytes) / measured.seconds / rate
        }
        if let rate = calibrated.streamBytesPerSecond {
            limits.networkThroughputShare = (Double(steady.acknowledgedBytes) / steady.seconds + Double(sum(consumers, \.bytes)) / measured.seconds) / rate
        }
        return limits
    }

    private func sum<T>(_ lanes: [T], _ path: KeyPath<T, UInt64>) -> UInt64 { lanes.reduce(0) { $0 + $1[keyPath: path] } }

    private func laneSaturation() -> Double? {
        steady.measurement.client.threads.filter { laneThreads.contains($0.tid) }.map(\.saturation).max()
    }

    private func steadyRecord() -> PhaseRecord {
        let name = plan.label.isEmpty ? "steady" : "\(plan.label) steady"
        var record = steady.measurement.record(
            name: name, kind: "steady",
            costs: steady.measurement.costs(
                phase: name, recordsIn: steady.acknowledgedRecords, bytesIn: steady.acknowledgedBytes, bytesOut: sum(consumers, \.bytes), missing: missing))
        record.series = exactSeries()
        if !steady.perturbations.isEmpty { record.perturbations = steady.perturbations }
        for (clock, histogram) in merged() { record.histograms[clock] = histogram }
        record.counters["load_nanoseconds"] = steady.windowNanoseconds
        record.counters["scheduled_records"] = sum(producers, \.scheduledRecords)
        record.counters["handed_over_on_time"] = sum(producers, \.handedOverOnTime)
        record.counters["acknowledged_records"] = sum(producers, \.acknowledgedRecords)
        record.counters["acknowledged_bytes"] = sum(producers, \.acknowledgedBytes)
        record.counters["acknowledged_requests"] = sum(producers, \.acknowledgedRequests)
        record.counters["failed_records"] = sum(producers, \.failedRecords)
        record.counters["consumed_records"] = sum(consumers, \.records)
        record.counters["polls"] = sum(consumers, \.polls)
        if plan.producers.codec != .none {
            record.counters["batch_bytes"] = sum(producers, \.batchBytes)
            record.counters["uncompressed_batch_bytes"] = sum(producers, \.uncompressedBatchBytes)
        }
        for (name, count) in audit.counts { record.counters["audit_\(name)"] = count }
        if let bytes = steady.cache?.residency {
            record.counters["log_file_bytes"] = UInt64(bytes.fileBytes)
            record.counters["log_resident_bytes"] = UInt64(bytes.residentBytes)
        }
        record.notes += [
            "\(plan.producers.mode.rawValue) loop", compression(), steady.note, steady.cache?.sentence,
            steady.endedEarly ? "the byte budget ended the phase early" : nil,
            steady.drained ? nil : "not everything was acknowledged within \(fixed(LoadRun.drainSeconds, 0)) s: the rest is unknown",
        ].compactMap { $0 }
        return record
    }

    /// How far the batches of the phase were compressed, and whether that is what the profile asked for.
    private func compression() -> String? {
        let (sent, before) = (sum(producers, \.batchBytes), sum(producers, \.uncompressedBatchBytes))
        guard plan.producers.codec != .none, sent > 0 else { return nil }
        let ratio = Double(before) / Double(sent)
        let target = plan.producers.compressionRatio
        let isOff = abs(ratio / target - 1) > Self.ratioTolerance
        return "batches compressed by \(plan.producers.codec) to \(percent(1 / ratio)), \(fixed(ratio, 2)) to 1, the payload made for \(fixed(target, 2)) to 1"
            + (isOff ? ": the figures are for what was reached" : "")
    }
    private static let ratioTolerance = 0.1

    /// The seconds as watched, with the lanes' own counts, which are cut at exact seconds.
    private func exactSeries() -> [SecondRecord] {
        let points = IntervalSeries.merged(producers.map(\.series))
        return steady.series.map { second in
            guard second.second < points.count else { return second }
            var exact = second
            exact.records = points[second.second].count
            exact.bytes = points[second.second].bytes
            return exact
        }
    }

    private func merged() -> [String: LatencyHistogram] {
        var result: [String: LatencyHistogram] = [:]
        for histograms in producers.map(\.histograms) + consumers.map(\.histograms) {
            for (clock, histogram) in histograms { result[clock, default: LatencyHistogram()].add(histogram) }
        }
        return result
    }

    private func facts(_ record: PhaseRecord, saturation: Double?) -> VerdictFacts {
        var facts = VerdictFacts(phase: record.name, load: plan.loadKind)
        facts.seconds = steady.measurement.seconds
        if plan.producers.mode == .open {
            facts.scheduledEvents = sum(producers, \.scheduledRecords)
            facts.handedOverEvents = sum(producers, \.handedOverOnTime)
            facts.acknowledgedEvents = sum(producers, \.acknowledgedInTime)
            facts.scheduleLagP99Nanoseconds = record.histograms["schedule_lag"]?.value(at: 0.99)
            facts.laneSaturation = saturation
        }
        facts.hiccupP99Nanoseconds = steady.measurement.hiccup.merged.value(at: 0.99)
        facts.responseP50Nanoseconds = record.histograms["response"]?.value(at: 0.5)
        facts.responseP99Nanoseconds = record.histograms["response"]?.value(at: 0.99)
        facts.unexpectedErrors = unexpectedErrors()
        facts.audit = audit.outcome
        facts.impossibleSamples = sum(producers, \.impossibleSamples) + sum(consumers, \.impossibleSamples)
        facts.foreignCPUFraction = steady.measurement.foreign.fraction(cpus: steady.measurement.host.cpus)
        facts.stealFraction = steady.measurement.host.stealFraction
        return facts
    }

    private func unexpectedErrors() -> [String: UInt64] {
        var errors: [String: UInt64] = [:]
        for seen in producers.map(\.errors) + consumers.map(\.errors) {
            for (name, count) in seen where !plan.expectedErrors.contains(name) { errors[name, default: 0] += count }
        }
        return errors
    }
}
