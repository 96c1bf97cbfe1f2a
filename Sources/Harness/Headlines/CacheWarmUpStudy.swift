// How a cache warms up: a reader goes over a log from a restart of the broker on, which leaves the cache as it was, and from an empty
// cache on, as a restart of the machine would; and whether the broker's own memory grows meanwhile.
internal import Host
internal import Measurement
internal import Results

struct CacheWarmUpStudy {
    let broker: BrokerProcess
    let log: HotLog
    /// What an empty cache is called here: `cold` or `guest-cold`.
    let cold: String

    /// Passes of the reader, each over the whole log.
    private static let passes = 2
    /// A stretch between two looks is at least so much of the log.
    private static let stretch = 0.05

    func run(_ context: RunContext, _ headline: inout HitRateHeadline) throws {
        _ = try pass().run(until: .wholePlan) { try context.checkInterruption() }
        context.stop(broker)
        try context.restart(broker)
        try broker.child.wait(for: "ready line", seconds: BrokerProcess.readySeconds, context.interruption) { broker.isReady }
        let afterRestart = try follow("after a restart of the broker", unreached: [], context).warmUp

        let left = try log.files.drop(downTo: VerdictThresholds.coldResidentShareMaximum, ofLogBytes: log.bytes)
        let unreached = left <= VerdictThresholds.coldResidentShareMaximum ? [] : ["\(cold): \(percent(left, decimals: 1)) of the log was resident at the start"]
        let fromCold = try follow(cold, unreached: unreached, context)
        headline.warmUps = [afterRestart, fromCold.warmUp]
        headline.doubleCaching = fromCold.memory
        headline.notes.append("a restart of the broker keeps the cache, a restart of the machine does not: from there on it warms up as from \(cold)")
    }

    private func pass() -> FetchPass { log.log.pass(from: broker.target.bootstrap) }

    /// A reader from the cache's present state on.
    private func follow(_ state: String, unreached: [String], _ context: RunContext) throws -> (warmUp: CacheWarmUp, memory: DoubleCaching) {
        context.progress.show(.init(phase: "page cache \(state)", elapsedSeconds: 0, totalSeconds: 1))
        let before = try log.files.residency().residentBytes
        let memory = ProcessSample.residentBytes(of: broker.pid) ?? 0
        var highest = memory
        var warmUp = CacheWarmUp(state: state, residentBefore: min(100, 100 * Double(before) / Double(log.bytes)), points: [])
        let start = MonotonicClock.now()
        var last = Look(time: start, counters: broker.counters())
        let first = last
        func look(atLeast bytes: Double) {
            highest = max(highest, ProcessSample.residentBytes(of: broker.pid) ?? 0)
            let now = Look(time: MonotonicClock.now(), counters: broker.counters())
            guard now.served > last.served, Double(now.served - last.served) >= bytes else { return }
            warmUp.points.append(point(from: last, to: now, since: first))
            last = now
        }
        let (_, measurement) = try context.measure(broker: broker.watched) {
            // One after the other, so that no stretch is of two.
            for _ in 0..<Self.passes {
                _ = try pass().run(until: .wholePlan) {
                    try context.checkInterruption()
                    look(atLeast: Self.stretch * Double(log.bytes))
                }
                look(atLeast: 0)
            }
        }
        var phase = measurement.record(name: "warm-up \(state)", kind: "fetch")
        try log.log.conclude(&phase, through: [broker.target.bootstrap], unreached: unreached, context)
        context.record.phases.append(phase)
        return (
            warmUp,
            DoubleCaching(
                logInCacheBefore: UInt64(max(0, before)), logInCacheAfter: UInt64(max(0, try log.files.residency().residentBytes)), residentBefore: memory,
                residentHighest: highest)
        )
    }

    /// What the broker had counted at a moment.
    private struct Look {
        let time: UInt64
        let served, sampled, resident: UInt64

        init(time: UInt64, counters: [String: UInt64]) {
            self.time = time
            served = counters["fetch_bytes_served"] ?? 0
            sampled = counters["residency_sampled_bytes"] ?? 0
            resident = counters["residency_resident_bytes"] ?? 0
        }
    }

    private func point(from last: Look, to now: Look, since first: Look) -> CacheWarmUp.Point {
        let sampled = now.sampled - last.sampled
        return CacheWarmUp.Point(
            seconds: Double(now.time - first.time) / 1e9, passes: Double(now.served - first.served) / Double(log.bytes),
            hitRate: sampled > 0 ? 100 * Double(now.resident - last.resident) / Double(sampled) : nil,
            megabytesPerSecond: Double(now.served - last.served) / 1e6 / (Double(now.time - last.time) / 1e9))
    }
}
