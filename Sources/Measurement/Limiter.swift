// What held a run back: the resource that was nearest to its end.
internal import Host

package enum Limiter: String, Codable, Sendable {
    case disk, cpu, client, network
    /// Nothing: the schedule asked for no more.
    case offeredLoad
    /// No resource that was watched came near its end.
    case unknown
}

/// Shares (0 … 1) of what each resource could give; nil was not measured.
package struct LimiterFacts: Equatable, Sendable {
    package var load: LoadKind
    /// Whether the broker kept up with an open-loop schedule.
    package var scheduleMet: Bool?
    /// On-CPU share of the broker's busiest thread.
    package var brokerHottestThreadShare: Double?
    /// Busy share of all CPUs together.
    package var machineBusyFraction: Double?
    /// On-CPU share of the busiest client lane.
    package var clientHottestLaneShare: Double?
    /// Result over the generator's ceiling against a null broker.
    package var generatorCeilingShare: Double?
    /// Time in which the device had a request in flight.
    package var deviceBusyFraction: Double?
    /// Bytes to the device over what its calibration wrote in the same time.
    package var deviceThroughputShare: Double?
    /// Share of response time spent waiting for the device to sync.
    package var commitWaitShare: Double?
    /// Bytes over what the calibrated loopback stream moved in the same time.
    package var networkThroughputShare: Double?

    package init(load: LoadKind) { self.load = load }
}

package struct LimiterFinding: Codable, Equatable, Sendable {
    package var limiter: Limiter
    /// Share of the limiting (or, for `offeredLoad` and `unknown`, the nearest) resource.
    package var share: Double?
    /// One clause for the table: `disk: its calibrated write rate, 96 % used`.
    package var text: String

    package init(limiter: Limiter, share: Double?, text: String) {
        self.limiter = limiter
        self.share = share
        self.text = text
    }

    /// The resource nearest to its end, when that is at least 80 % used; on equal shares the one further from
    /// the client wins, because the client's lanes also wait for it.
    package static func find(_ facts: LimiterFacts) -> LimiterFinding {
        let candidates: [(Limiter, Double?, String)] = [
            (.disk, facts.deviceThroughputShare, "the device's calibrated write rate"),
            (.disk, facts.commitWaitShare, "response time spent waiting for the sync"),
            (.disk, facts.deviceBusyFraction, "the device's time"),
            (.cpu, facts.brokerHottestThreadShare, "one CPU, by the broker's busiest thread"),
            (.cpu, facts.machineBusyFraction, "all CPUs together"),
            (.network, facts.networkThroughputShare, "the calibrated loopback stream"),
            (.client, facts.generatorCeilingShare, "the generator's own ceiling"),
            (.client, facts.clientHottestLaneShare, "one CPU, by the busiest client lane"),
        ]
        var nearest: (limiter: Limiter, share: Double, text: String)?
        for (limiter, share, text) in candidates {
            guard let share, share > nearest?.share ?? -1 else { continue }
            nearest = (limiter, share, text)
        }
        guard let nearest else { return LimiterFinding(limiter: .unknown, share: nil, text: "unknown: nothing was measured") }
        let used = "\(nearest.text), \(percent(nearest.share)) used"
        if facts.load == .openLoop, facts.scheduleMet == true {
            return LimiterFinding(limiter: .offeredLoad, share: nearest.share, text: "none: the schedule was met; nearest: \(nearest.limiter.rawValue) (\(used))")
        }
        guard nearest.share >= VerdictThresholds.limiterShareMinimum else {
            return LimiterFinding(limiter: .unknown, share: nearest.share, text: "unknown; nearest: \(nearest.limiter.rawValue) (\(used))")
        }
        return LimiterFinding(limiter: nearest.limiter, share: nearest.share, text: "\(nearest.limiter.rawValue) (\(used))")
    }
}
