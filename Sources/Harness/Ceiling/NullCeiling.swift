// What the generator of a load at maximum rate can do by itself, found in the run: the same load against the null broker.
internal import Host
internal import Measurement
internal import Results

/// Measured in parts: bare, then burning the CPU which the real broker used per request beyond what receiving and checking cost the
/// null broker itself, then, where it is asked for, bare again. All are reported and the largest counts: a broker that is bound by its
/// own CPU reaches the burning ceiling by construction, however fast the generator is, and what stalls the machine for a moment lowers
/// one of them and not what the generator can do.
struct NullCeiling {
    /// The load as it is against a real broker.
    let load: LoadPlan
    /// Of each part's window.
    let partNanoseconds: UInt64
    let isBareTwice: Bool

    static let warmUpNanoseconds: UInt64 = 200_000_000
    /// Of a part's window.
    static let leastNanoseconds: UInt64 = 500_000_000
    static let noTLS = "the null broker does not speak TLS, so what encryption costs the generator would not be in it"
    /// A load that exceeds the ceiling by more than noise says that the machine was not the same in both.
    private static let implausibleShare = 1.1

    /// Of all parts together.
    struct Reading: Sendable {
        let megabytesPerSecond: Double
        /// Each part.
        let text: String
        let requests: UInt64

        /// Whether a load of so many megabytes a second is not bound by the generator whose ceiling this is.
        func isFar(from megabytesPerSecond: Double) -> Bool { megabytesPerSecond <= self.megabytesPerSecond * VerdictThresholds.generatorCeilingShare }

        /// As a metric of a load of so many megabytes a second.
        func metric(_ name: String, of megabytesPerSecond: Double) -> Metric {
            guard megabytesPerSecond < self.megabytesPerSecond * NullCeiling.implausibleShare else {
                return .unavailable(
                    name, unit: "MB/s", polarity: .higherIsBetter, reason: "the load itself was faster than without a broker (\(text))")
            }
            return .measured(name, self.megabytesPerSecond, unit: "MB/s", polarity: .higherIsBetter, samples: requests, note: text)
        }
    }

    /// Adds a phase and its facts for each part to the record.
    ///
    /// - Parameter perRequest: seconds of CPU that the real broker used.
    func measure(_ context: RunContext, perRequest: Double) throws -> Reading {
        let first = try part(context, burn: 0, label: "ceiling bare")
        let own = (first.measurement.broker?.cpuSeconds ?? 0) / Double(max(1, first.acknowledgedRequests))
        let burn = UInt64(max(0, perRequest - own) * 1e9)
        let burning = try part(context, burn: burn, label: "ceiling").megabytesPerSecond
        var bare = [first.megabytesPerSecond]
        if isBareTwice { bare.append(try part(context, burn: 0, label: "ceiling bare again").megabytesPerSecond) }
        return Reading(
            megabytesPerSecond: (bare + [burning]).max() ?? burning,
            text: "null broker: \(bare.map { fixed($0, 0) }.joined(separator: " and ")) MB/s bare, \(fixed(burning, 0)) MB/s burning \(burn) ns a request",
            requests: first.acknowledgedRequests)
    }

    private func part(_ context: RunContext, burn: UInt64, label: String) throws -> LoadOutcome {
        try context.repeatingSpoiled(startsAfresh: true) {
            let null = try context.startNullBroker(busyNanoseconds: burn, label: "ceiling", partitions: load.topicPlan.partitions)
            defer { context.stop(null) }
            return try context.load(againstNothing(label), on: null.target)
        }
    }

    private func againstNothing(_ label: String) -> LoadPlan {
        var plan = load
        plan.label = label
        plan.consumerGroups = []
        plan.isAudited = false
        plan.byteBudget = nil
        plan.phases.warmUpNanoseconds = Self.warmUpNanoseconds
        plan.phases.steadyWaitNanoseconds = 0
        plan.phases.steadyNanoseconds = max(partNanoseconds, Self.leastNanoseconds)
        plan.phases.coolDownNanoseconds = 0
        return plan
    }
}

extension LoadOutcome {
    fileprivate var megabytesPerSecond: Double { bytesPerSecond / 1e6 }
}
