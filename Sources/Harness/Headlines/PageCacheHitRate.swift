// How much of what consumers fetch comes out of the page cache, warm, cold and with a known part of it there, told by three
// instruments that do not share a source: the broker's samples of the ranges it serves, the process's device reads, the device.
internal import Foundation
internal import Host
internal import Measurement
internal import Results
internal import Topology

/// Hit rate of one pass over the whole log in each cache state, and what else of the page cache the plan asks for.
struct PageCacheHitRate: HeadlineMeasurement {
    let plan: PageCacheHeadlinePlan

    var name: String { "page-cache" }

    /// METHOD: `cold` is at most so much of the log resident; `warm` at least so much.
    private static let coldShare = 0.001
    private static let warmShare = 0.999

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        // Filling, and a pass for each state; a slow disk reads 100 MB/s.
        let passes = UInt64(2 + plan.knownPercent.count + (plan.warmUp ? 5 : 0))
        var cost = HeadlineCost(
            loadNanoseconds: 3_000_000_000 + UInt64(plan.logBytes) * passes, diskBytes: plan.logBytes + plan.logBytes / 4,
            assumption: "the disk reads at least 500 MB/s")
        if let memory = plan.memoryBytes {
            let bounded = BoundedBroker.cost(memory: memory, lag: plan.lag)
            cost.loadNanoseconds += bounded.loadNanoseconds
            cost.diskBytes += bounded.diskBytes
        }
        return cost
    }

    func run(_ context: RunContext) throws {
        let broker = try context.external == nil ? startBroker(context) : nil
        defer { if let broker { context.stop(broker) } }
        let target = try broker?.target ?? context.externalTarget()
        try Self.requireFiles(of: target)
        guard plan.readAhead == .on || broker != nil else {
            throw HarnessError.impossible("headline page-cache turns read-ahead off in a broker of its own: leave out headlines.pageCache.readahead with --bootstrap")
        }
        guard let log = try HotLog.fill(context, on: target, topic: "page-cache", bytes: plan.logBytes, recordBytes: plan.recordBytes) else { return }
        var headline = HitRateHeadline(rows: [], notes: [])
        do { try passes(context, broker, target, log, &headline) } catch {
            if case HarnessError.interrupted = error { keep(headline, context) }
            throw error
        }
        context.record.headlines.hitRate = headline
        try context.publish()
    }

    /// Of a run that somebody ends: passes that were finished are audited, each by itself.
    private func keep(_ headline: HitRateHeadline, _ context: RunContext) {
        let cut = "interrupted after \(headline.rows.count) pass\(headline.rows.count == 1 ? "" : "es"): what is missing was not measured"
        guard !headline.rows.isEmpty else { return context.record.notes.append("page-cache: n/a: \(cut)") }
        var headline = headline
        headline.notes.insert(cut, at: 0)
        context.record.headlines.hitRate = headline
    }

    private func passes(
        _ context: RunContext, _ broker: BrokerProcess?, _ target: BrokerTarget, _ log: HotLog, _ headline: inout HitRateHeadline
    ) throws {
        let pass = log.log.pass(from: target.bootstrap)
        _ = try pass.run(until: .wholePlan) { try context.checkInterruption() }
        let warm = try log.files.residentShare(ofLogBytes: log.bytes)
        headline.rows.append(
            try row("warm", context, target, log.log, unreached: unreached("warm", warm, warm >= Self.warmShare), found: warm))

        let left = try log.files.drop(downTo: Self.coldShare, ofLogBytes: log.bytes)
        let state = context.machine.hypervisor == nil ? "cold" : "guest-cold"
        headline.rows.append(try row(state, context, target, log.log, unreached: unreached(state, left, left <= Self.coldShare), found: left))
        let instrument = try log.files.residency().instrument.rawValue
        headline.notes.append(
            "\(decimalBytes(log.bytes)) fetched once per state; "
                + (target.process == nil
                    ? "residency of its segment files read by \(instrument) before each pass: what was read ahead during it counts as missed"
                    : "residency of every served range sampled by \(instrument) before it is read"))
        if plan.readAhead == .off {
            headline.notes.append(
                "read-ahead off: the broker's log.read.ahead=false, which advises the kernel against it for every file (POSIX_FADV_RANDOM): what was missed and what was read have to agree within \(fixed(InstrumentAgreement.points, 0)) points")
        }
        if state == "guest-cold" { headline.notes.append("guest-cold: the host may still hold the disk's blocks in memory") }
        for percent in plan.knownPercent { headline.rows.append(try known(percent, context, target, log)) }
        if !plan.knownPercent.isEmpty {
            headline.notes.append("a known part: the log was dropped, so much of it read by path, stripe by stripe, and fetched from its end to its beginning, so that nothing read ahead is asked for later")
        }
        if let broker {
            if plan.warmUp { try CacheWarmUpStudy(broker: broker, log: log, cold: state).run(context, &headline) }
            if let memory = plan.memoryBytes {
                context.stop(broker)
                try bounded(memory, context, &headline)
            }
        } else if plan.warmUp || plan.memoryBytes != nil {
            headline.notes.append("restarts and bounded caches: not of a broker that somebody else started")
        }
    }

    private func unreached(_ state: String, _ found: Double, _ isReached: Bool) -> [String] {
        isReached ? [] : ["\(state): \(percent(found)) of the log was resident at the start"]
    }

    /// A pass over a log of which a known share is in memory.
    private func known(_ percentThere: Int, _ context: RunContext, _ target: BrokerTarget, _ log: HotLog) throws -> HitRateRow {
        let share = Double(percentThere) / 100
        let state = "\(percentThere) % resident"
        let there = try log.files.keepResident(share, seed: UInt64(percentThere))
        let isReached = abs(there.cached - there.read) <= Self.patternTolerance && abs(there.read - share) <= Self.patternTolerance
        var found = try row(
            state, context, target, log.log.with(log.log.fetches.reversed()),
            unreached: isReached ? [] : ["\(state): \(percent(there.read, decimals: 1)) was read and \(percent(there.cached, decimals: 1)) is cached"], found: there.cached)
        found.expected = .measured("expected", 100 * there.read, unit: "%", polarity: .neutral, note: "read into an empty cache beforehand")
        return found
    }
    /// Between what was read into the cache, what the kernel says is there and what was asked for.
    private static let patternTolerance = 0.01

    /// What a broker in a control group of its own tells.
    private func bounded(_ memory: Int64, _ context: RunContext, _ headline: inout HitRateHeadline) throws {
        let started: BoundedBroker?
        do { started = try BoundedBroker.start(memory: memory, plan, context) } catch let error as ControlGroupError {
            headline.notes.append("bounded cache: not measured: \(error)")
            if let lag = plan.lag { headline.lagCurve = CacheLagStudy.absent(lag, memory: memory, "no control group: \(error)") }
            return
        }
        guard let bounded = started else { return }
        defer { bounded.stop(context) }
        let law = try bounded.settleAtRandom(context)
        let before = try bounded.residentShare()
        var found = try row(
            "bounded(\(binaryBytes(memory)))", context, bounded.broker.target, law, unreached: try bounded.unreached(), found: before)
        found.group = "fetches at random places"
        let mean = (before + (try bounded.residentShare())) / 2
        found.expected = .measured("expected", 100 * mean, unit: "%", polarity: .neutral, note: "resident share of the log, before and after")
        headline.rows.append(found)
        headline.notes.append("bounded: the broker in a \(bounded.group) of \(binaryBytes(memory)), \(decimalBytes(bounded.cacheBytes)) of it for the cache of a log of \(decimalBytes(bounded.log.bytes))")
        if let lag = plan.lag { headline.lagCurve = try CacheLagStudy(plan: lag, bounded: bounded, readAhead: plan.readAhead).run(context) }
    }

    private func startBroker(_ context: RunContext) throws -> BrokerProcess {
        var brokerPlan = context.profile.broker
        brokerPlan.settings.merge(plan.brokerSettings) { $1 }
        return try context.startBroker(brokerPlan, label: "page-cache")
    }

    private static func requireFiles(of target: BrokerTarget) throws {
        let otherwise = "or leave it out with --set headlines.pageCache=false"
        guard target.dataDirectory != nil else {
            throw HarnessError.impossible(
                "headline page-cache reads the broker's segment files by path; name the directory where this one keeps its logs with --broker-data-dir, \(otherwise)")
        }
        guard target.topics?.areShared != true else {
            throw HarnessError.impossible("headline page-cache fills a topic of its own and empties its cache: leave out --existing-topics, \(otherwise)")
        }
    }

    private func row(
        _ state: String, _ context: RunContext, _ target: BrokerTarget, _ log: FetchLog, unreached: [String], found: Double
    ) throws -> HitRateRow {
        let pass = log.pass(from: target.bootstrap)
        context.progress.show(.init(phase: "page cache \(state)", elapsedSeconds: 0, totalSeconds: 1))
        let (result, measurement) = try context.measure(broker: target.watched) {
            try pass.run(until: .wholePlan) { try context.checkInterruption() }
        }
        let costs = measurement.costs(
            phase: "fetch \(state)", recordsIn: 0, bytesIn: 0, bytesOut: result.bytes, missing: target.missingReason)
        var phase = measurement.record(name: "fetch \(state)", kind: "fetch", costs: costs)
        try log.conclude(&phase, through: [target.bootstrap], unreached: unreached, context)
        context.record.phases.append(phase)
        let served = Double(result.bytes)
        let byBroker = target.process == nil ? rateByPath(found) : brokerRate(measurement.counters)
        let read = measurement.broker.flatMap { $0.deviceReadBytes }.map { Double($0) }
        let device = measurement.deviceUsage.map { Double($0.readBytes) }
        // The broker and the kernel count whole pages: of fetches at random places those at both ends are a percent and more.
        let pages = measurement.counters["residency_sampled_bytes"].flatMap { $0 > 0 ? Double($0) : nil } ?? served
        let agreement = InstrumentAgreement(
            missed: byBroker.value.map { 1 - $0 / 100 }, process: read.map { $0 / pages }, device: device.map { $0 / pages }, readsAhead: plan.readAhead == .on)
        return HitRateRow(
            state: state, group: "one catch-up consumer", byBroker: byBroker, byProcess: rate("by_process", read, served),
            byDevice: rate("by_device", device, served), bytesServed: result.bytes, readahead: plan.readAhead.rawValue, prefetchShare: agreement.prefetchShare,
            agreement: agreement.text, agrees: agreement.agrees)
    }

    private func brokerRate(_ counters: [String: UInt64]) -> Metric {
        guard let sampled = counters["residency_sampled_bytes"], sampled > 0, let resident = counters["residency_resident_bytes"] else {
            return .unavailable("by_broker", unit: "%", polarity: .higherIsBetter, reason: "the broker sampled no served range")
        }
        return .measured(
            "by_broker", 100 * Double(resident) / Double(sampled), unit: "%", polarity: .higherIsBetter, note: "bytes sampled: \(sampled)")
    }

    /// For a broker that samples nothing: what of its files was in memory when the pass began.
    private func rateByPath(_ share: Double) -> Metric {
        .measured(
            "by_broker", 100 * share, unit: "%", polarity: .higherIsBetter,
            note: "of its segment files by path, before the pass; the broker itself says nothing of it")
    }

    private func rate(_ name: String, _ read: Double?, _ served: Double) -> Metric {
        guard let read else {
            return .unavailable(name, unit: "%", polarity: .higherIsBetter, reason: "the counter is not readable here")
        }
        return .measured(name, 100 * (1 - min(1, read / served)), unit: "%", polarity: .higherIsBetter)
    }
}
