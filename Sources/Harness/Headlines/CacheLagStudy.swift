// A reader that goes over the newest part of a log again and again, so many caches from its end, beside a producer that writes to
// another topic: what the reader finds in memory, how fast it reads, and what the producer feels of it.
internal import Client
internal import Host
internal import Measurement
internal import Results
internal import Topology

struct CacheLagStudy {
    let plan: CacheLagPlan
    let bounded: BoundedBroker
    let readAhead: PageCacheHeadlinePlan.ReadAhead

    static let warmUpNanoseconds: UInt64 = 500_000_000
    /// Of the pass in which every served range is looked at; none of its times counts.
    static func sampledNanoseconds(_ plan: CacheLagPlan) -> UInt64 { max(nanosecondsPerSecond, plan.steadyNanoseconds / 2) }
    private static let quantiles = [0.5, 0.99]
    private static let topic = "page-cache-tail"

    /// What the producer writes for each point, at most.
    static func producedBytes(_ plan: CacheLagPlan?) -> Double {
        guard let plan else { return 0 }
        return plan.recordsPerSecond * Double(plan.recordBytes) * RunPlan.logOverhead * Double(plan.steadyNanoseconds + sampledNanoseconds(plan) + 6 * warmUpNanoseconds) / 1e9
    }

    /// The curve of a machine that can't make one.
    static func absent(_ plan: CacheLagPlan, memory: Int64, _ reason: String) -> CacheLagCurve {
        var curve = curve(plan, memory: memory)
        curve.notes = [reason]
        return curve
    }

    private static func curve(_ plan: CacheLagPlan, memory: Int64) -> CacheLagCurve {
        CacheLagCurve(
            controlGroup: nil, limitBytes: UInt64(memory), producerRecordsPerSecond: plan.recordsPerSecond, recordBytes: UInt64(plan.recordBytes),
            fetchBytes: UInt64(plan.fetchBytes))
    }

    func run(_ context: RunContext) throws -> CacheLagCurve {
        let start = bounded.group.reading()
        let clock = ProcessSample.cpuNanoseconds(of: bounded.broker.pid)
        var curve = Self.curve(plan, memory: start.limitBytes ?? 0)
        curve.controlGroup = bounded.group.version
        curve.cacheBytes = UInt64(bounded.cacheBytes)
        curve.readahead = readAhead.rawValue
        curve.alone = try repeated(context) { try load(nil, "alone", plan.steadyNanoseconds, context) }.cells
        for share in plan.shares { curve.points.append(try repeated(context) { try point(share, context) }) }
        if let share = plan.liveShare { curve.live = try repeated(context) { try live(share, context) } }
        let end = bounded.group.reading()
        if let before = clock, let after = ProcessSample.cpuNanoseconds(of: bounded.broker.pid), let first = start.cpuNanoseconds, let last = end.cpuNanoseconds {
            curve.cpuByProcess = Double(after - before) / 1e9
            curve.cpuByControlGroup = Double(last - first) / 1e9
        }
        curve.notes.append(
            "before each pass the newest \(decimalBytes(bounded.cacheBytes)) of the log were read, as a tail leaves the cache; then the reader went over the newest part again and again, as fast as it was answered, one fetch of \(binaryBytes(plan.fetchBytes)) on its way, beside \(grouped(plan.recordsPerSecond)) records a second of \(plan.recordBytes) bytes")
        curve.notes.append(
            "its log stands still: the producer writes to another topic of the same broker, so the distance is that of the log's newest part, which the reader covers in a circle, and no reader of one end of a log at the pace of the other; what a cache keeps of a circle that exceeds it need not be what it keeps for a reader who never comes back")
        curve.notes.append(
            "times and throughput: of a pass in which the broker looked at nothing; hit rate and device: of one like it right behind, from the same state of the cache, in which it looked at every range before serving it; what that cost the reader's throughput is told by point")
        if let live = curve.live { curve.notes.append(live.sentence) }
        curve.notes.append("lag: bytes between the reader's first fetch and the end, over the bytes that the group leaves for the cache; a fetch whose bytes the broker or the kernel had read ahead is a hit, and what was really read stands beside it as the device's share")
        return curve
    }

    private func repeated<Outcome>(_ context: RunContext, _ attempt: () throws -> Outcome) throws -> Outcome {
        try context.repeatingSpoiled(startsAfresh: true, attempt)
    }

    /// Times of a pass in which the broker looks at nothing, and then the hit rate of one like it.
    private func point(_ share: Double, _ context: RunContext) throws -> CacheLagPoint {
        let lagBytes = share * Double(bounded.cacheBytes)
        let reader = bounded.log.log.newest(min(1, lagBytes / Double(bounded.log.bytes)))
        let label = "lag \(fixed(share, 2))"
        let timed = try pass(reader, label, plan.steadyNanoseconds, isSampled: false, context)
        let sampled = try pass(reader, "\(label) sampled", Self.sampledNanoseconds(plan), isSampled: true, context)
        let measurement = sampled.outcome.measurement
        let hiccup = timed.outcome.measurement.hiccup.merged
        return CacheLagPoint(
            lagShare: share, lagBytes: UInt64(lagBytes), residentBefore: 100 * timed.residentBefore, hitRate: hitRate(measurement.counters),
            deviceShare: deviceShare(measurement.broker?.deviceReadBytes, sampled.read.bytes),
            throughput: .measured("fetch_throughput", timed.megabytesPerSecond, unit: "MB/s", polarity: .higherIsBetter, samples: timed.read.answers),
            fetch: Self.quantiles.map { QuantileCell(quantile: $0, reading: timed.read.latency.reading(at: $0, hiccup: hiccup)) }, producer: timed.cells,
            samplingCost: .measured(
                "sampling_cost", 100 * (1 - sampled.megabytesPerSecond / timed.megabytesPerSecond), unit: "%", polarity: .lowerIsBetter,
                note: "one pass each: what differs between any two of them is in it"),
            prefetch: Self.prefetch(measurement.counters, measurement.broker?.deviceReadBytes))
    }

    /// What one pass of the reader came to.
    private struct Pass {
        let outcome: LoadOutcome
        let cells: [QuantileCell]
        let read: FetchPassResult
        let residentBefore: Double

        var megabytesPerSecond: Double { Double(read.bytes) / 1e6 / read.seconds }
    }

    /// Whether the broker looks at every range that it serves from now on, or at none.
    func sample(_ isOn: Bool) throws {
        let target = bounded.broker.target
        try Admin(target.address, target.connection).alterBrokerConfigs([ConfigChange(name: "residency.sample.interval", value: isOn ? "1" : "0")])
    }

    private func pass(_ reader: FetchLog, _ label: String, _ nanoseconds: UInt64, isSampled: Bool, _ context: RunContext) throws -> Pass {
        let target = bounded.broker.target
        try sample(isSampled)
        // As a tail leaves it: the newest bytes came in last.
        let tail = bounded.log.log.newest(min(1, Double(bounded.cacheBytes) / Double(bounded.log.bytes)))
        _ = try tail.pass(from: target.bootstrap).run(until: .wholePlan) { try context.checkInterruption() }
        let unreached = try bounded.unreached()
        let resident = try bounded.residentShare()
        let (outcome, cells, read) = try load(reader, label, nanoseconds, context)
        guard let read else { throw HarnessError.impossible("\(label): nothing was read") }
        var phase = PhaseRecord(name: "\(label) reader", kind: "fetch", startedNanoseconds: read.startedNanoseconds, endedNanoseconds: read.endedNanoseconds)
        phase.histograms["fetch"] = read.latency
        try reader.conclude(&phase, through: [target.bootstrap], unreached: unreached, context)
        context.record.phases.append(phase)
        return Pass(outcome: outcome, cells: cells, read: read, residentBefore: resident)
    }

    /// The producer's load, with a reader beside it exactly as long as it is measured.
    private func load(
        _ reader: FetchLog?, _ label: String, _ nanoseconds: UInt64, _ context: RunContext
    ) throws -> (outcome: LoadOutcome, cells: [QuantileCell], read: FetchPassResult?) {
        let target = bounded.broker.target
        var load = LoadPlan(context.profile, label: label, topic: "\(Self.topic)-\(context.record.phases.count)")
        load.producers = producer(context)
        load.consumers = nil
        load.clientCPUs = []
        load.byteBudget = nil
        load.headline = "page-cache"
        load.phases.warmUpNanoseconds = Self.warmUpNanoseconds
        load.phases.steadyWaitNanoseconds = 0
        load.phases.steadyNanoseconds = nanoseconds
        load.phases.coolDownNanoseconds = 0
        var running: RunningPass?
        var read: FetchPassResult?
        defer { running?.giveUp() }
        if let reader {
            var pass = reader.pass(from: target.bootstrap)
            pass.inFlight = 1
            pass.givesWay = true
            load.beforeSteady = { running = pass.start(until: .stopped) }
            load.afterSteady = {
                let ending = running
                running = nil
                read = try ending?.stop()
            }
        }
        let outcome = try context.load(load, on: target)
        return (outcome, Self.quantiles.map { QuantileCell(quantile: $0, reading: outcome.reading("response", at: $0)) }, read)
    }

    func producer(_ context: RunContext) -> ProducersPlan {
        var producer = context.profile.producers ?? ProducersPlan()
        producer.count = 1
        producer.mode = .open
        producer.recordsPerSecond = plan.recordsPerSecond
        producer.rateShape = nil
        producer.arrivals = .poisson
        producer.recordBytes = plan.recordBytes
        producer.cpus = nil
        return producer
    }

    func hitRate(_ counters: [String: UInt64]) -> Metric {
        guard let sampled = counters["residency_sampled_bytes"], sampled > 0, let resident = counters["residency_resident_bytes"] else {
            return .unavailable("hit_rate", unit: "%", polarity: .higherIsBetter, reason: "the broker sampled no served range")
        }
        // What is sampled is a fetch: it is there or not nearly as a whole.
        let samples = Double(sampled) / Double(plan.fetchBytes)
        let interval = ConfidenceInterval.proportion(successes: min(samples, samples * Double(resident) / Double(sampled)), of: samples)?.scaled(by: 100)
        return .measured(
            "hit_rate", 100 * Double(resident) / Double(sampled), unit: "%", polarity: .higherIsBetter, interval: interval, samples: UInt64(samples))
    }

    /// What the process read and nobody had missed. In whole pages, as both are counted.
    static func prefetch(_ counters: [String: UInt64], _ read: UInt64?) -> Metric {
        guard let sampled = counters["residency_sampled_bytes"], sampled > 0, let resident = counters["residency_resident_bytes"] else {
            return .unavailable("prefetch", unit: "%", polarity: .lowerIsBetter, reason: "the broker sampled no served range")
        }
        guard let read else {
            return .unavailable("prefetch", unit: "%", polarity: .lowerIsBetter, reason: "the broker's reads from the device can't be read here")
        }
        let missed = sampled - min(sampled, resident)
        return .measured("prefetch", 100 * Double(read - min(read, missed)) / Double(sampled), unit: "%", polarity: .lowerIsBetter)
    }

    private func deviceShare(_ read: UInt64?, _ served: UInt64) -> Metric {
        guard let read, served > 0 else {
            return .unavailable("device_share", unit: "%", polarity: .lowerIsBetter, reason: "the broker's reads from the device can't be read here")
        }
        return .measured("device_share", 100 * Double(read) / Double(served), unit: "%", polarity: .lowerIsBetter, note: "what was read ahead counts")
    }
}
