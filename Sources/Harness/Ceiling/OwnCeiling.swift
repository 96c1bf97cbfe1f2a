// The profile's own load at maximum rate, judged by what its generator can do.
internal import Client
internal import Host
internal import Measurement
internal import Results

/// Ceilings that were measured by now: points of a matrix that load in the same way share one.
package final class CeilingBook {
    struct Settings: Equatable {
        let producers: [ProducersPlan]
        /// Of each topic.
        let partitions: [Int]
    }
    private var known: [(settings: Settings, reading: NullCeiling.Reading)] = []

    package init() {}

    func reading(of settings: Settings) -> NullCeiling.Reading? { known.first { $0.settings == settings }?.reading }

    func keep(_ reading: NullCeiling.Reading, of settings: Settings) { known.append((settings, reading)) }
}

enum OwnCeiling {
    private static let partNanoseconds = NullCeiling.leastNanoseconds
    /// Null brokers that it starts, one a part.
    static let brokers = 2

    /// Whether a load of these groups is judged by it: one that a schedule holds, or answers, is judged by its lanes' time.
    static func judges(_ groups: [ProducersPlan]) -> Bool { !groups.isEmpty && groups.allSatisfy { $0.mode == .max } }

    static var cost: HeadlineCost {
        HeadlineCost(
            loadNanoseconds: UInt64(brokers) * (NullCeiling.warmUpNanoseconds + partNanoseconds), diskBytes: 0,
            assumption: "what the generator can do by itself, against a broker that keeps nothing")
    }

    /// Puts the ceiling, the load's share of it and what bounds it into the record. To be called when the load's broker is stopped.
    static func judge(_ outcome: LoadOutcome, _ context: RunContext) throws {
        guard judges(context.profile.producerGroups) else { return }
        let ceiling = try metric(outcome, context)
        context.record.metrics.append(ceiling)
        guard let most = ceiling.value else { return }
        let share = outcome.bytesPerSecond / 1e6 / most
        context.record.metrics.append(.measured(RunRecord.ceilingShareName, share, unit: "ratio", polarity: .neutral))
        context.record.limiter = outcome.limiter(generatorCeilingShare: share)
        if context.record.isClientBound {
            context.record.notes.append("client-bound: \(outcome.steady.name) reached \(percent(share)) of what its generator can do by itself (\(ceiling.note ?? ""))")
        }
    }

    private static func metric(_ outcome: LoadOutcome, _ context: RunContext) throws -> Metric {
        func unavailable(_ reason: String) -> Metric { .unavailable(RunRecord.ceilingName, unit: "MB/s", polarity: .higherIsBetter, reason: reason) }
        let groups = context.profile.producerGroups
        guard context.options.externalOptions.security.tls == nil else { return unavailable(NullCeiling.noTLS) }
        guard !groups.contains(where: { $0.transactions != nil }) else { return unavailable("the null broker has no transactions") }
        guard let broker = outcome.measurement.broker, outcome.acknowledgedRequests > 0 else { return unavailable("the broker's CPU per request is not known") }
        let reached = outcome.bytesPerSecond / 1e6
        let reading = try reading(perRequest: broker.cpuSeconds / Double(outcome.acknowledgedRequests), reached: reached, context)
        return reading.metric(RunRecord.ceilingName, of: reached)
    }

    /// What this process has measured, or an earlier one within the day; else what is measured now.
    ///
    /// One that was kept serves where the load is far from it. Nearer, the load is measured against what the machine can do now: no result
    /// is called client-bound for a moment in which the machine stood still hours ago.
    /// - Parameter megabytesPerSecond: of the load that is judged.
    private static func reading(perRequest: Double, reached megabytesPerSecond: Double, _ context: RunContext) throws -> NullCeiling.Reading {
        let partitions = context.profile.usedTopicSets.flatMap { Array(repeating: $0.partitions, count: $0.count) }
        let settings = CeilingBook.Settings(producers: context.profile.producerGroups, partitions: partitions)
        if let known = context.ceilings.reading(of: settings) { return known }
        let store = CeilingStore(root: context.options.resultsDirectory)
        let key = CeilingStore.key(of: settings, profile: context.record.profile.text, machine: context.record.environment)
        let kept = key.flatMap { store.reading(of: $0, at: WallClock.milliseconds()) }
        if let kept, kept.isFar(from: megabytesPerSecond) { return kept }
        context.progress.note("measuring what the generator can do by itself")
        let load = LoadPlan(context.profile, label: "", topic: "tidemark-ceiling")
        let found = try NullCeiling(load: load, partNanoseconds: partNanoseconds, isBareTwice: false).measure(context, perRequest: perRequest)
        if let key { store.keep(found, of: key, at: WallClock.milliseconds()) }
        context.ceilings.keep(found, of: settings)
        return found
    }
}
