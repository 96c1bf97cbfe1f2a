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
    /// Time in which the broker's busiest thread ran or waited for a CPU: a broker of one loop is at its end when that
    /// loop is, however many CPUs are idle.
    package var brokerHottestThreadShare: Double?
    /// Busy share of all CPUs together.
    package var machineBusyFraction: Double?
    /// Time in which the busiest client lane ran or waited for a CPU.
    package var clientHottestLaneShare: Double?
    /// Result over the generator's ceiling against a null broker.
    package var generatorCeilingShare: Double?
    /// Time in which the device had a request in flight.
    package var deviceBusyFraction: Double?
    /// Bytes to the device over what its calibration wrote in the same time.
    package var deviceThroughputShare: Double?
    /// Share of response time spent waiting for the device to sync.
    package var commitWaitShare: Double?
    /// Bytes in and out over what the calibrated loopback stream moved in the same time.
    package var networkThroughputShare: Double?

    package init(load: LoadKind) { self.load = load }
}

package struct LimiterFinding: Codable, Equatable, Sendable {
    package var limiter: Limiter
    /// The resource that was nearest to its end, where `limiter` is none.
    package var nearest: Limiter?
    /// Share of the limiting (or, for `offeredLoad` and `unknown`, the nearest) resource.
    package var share: Double?
    /// One clause for the table: `disk (the device's calibrated write rate, 96 % used)`.
    package var text: String
    /// The phase that it was found in.
    package var phase: String?

    package init(limiter: Limiter, nearest: Limiter? = nil, share: Double?, text: String) {
        self.limiter = limiter
        self.nearest = nearest
        self.share = share
        self.text = text
    }

    private struct Candidate {
        let limiter: Limiter
        let share: Double
        let text: String
        var used: String { "\(text), \(fixed(share * 100, 0)) % used" }
    }

    /// The resource nearest to its end: for certain when that is at least 80 % used, most likely from 50 %
    /// on, unknown below. On equal shares the one further from the client wins, because the client's lanes also wait for it; a
    /// result above 80 % of the generator's ceiling is the client's, whatever else is busy.
    package static func find(_ facts: LimiterFacts) -> LimiterFinding {
        guard let nearest = nearest(facts) else { return LimiterFinding(limiter: .unknown, share: nil, text: "unknown: nothing was measured") }
        let name = nearest.limiter.rawValue
        if facts.load == .openLoop, facts.scheduleMet == true {
            return LimiterFinding(
                limiter: .offeredLoad, nearest: nearest.limiter, share: nearest.share,
                text: "none: the schedule was met; nearest: \(name) (\(nearest.used))")
        }
        if nearest.share >= VerdictThresholds.limiterShareMinimum {
            return LimiterFinding(limiter: nearest.limiter, share: nearest.share, text: "\(name) (\(nearest.used))")
        }
        if nearest.share >= VerdictThresholds.limiterNearestShareMinimum {
            let bound = fixed(VerdictThresholds.limiterShareMinimum * 100, 0)
            return LimiterFinding(
                limiter: nearest.limiter, share: nearest.share, text: "most likely \(name) (\(nearest.used); nothing reached \(bound) %)")
        }
        return LimiterFinding(
            limiter: .unknown, nearest: nearest.limiter, share: nearest.share, text: "unknown; nearest: \(name) (\(nearest.used))")
    }

    private static func nearest(_ facts: LimiterFacts) -> Candidate? {
        let ceiling = facts.generatorCeilingShare.map { Candidate(limiter: .client, share: $0, text: "the generator's own ceiling") }
        if let ceiling, ceiling.share > VerdictThresholds.generatorCeilingShare { return ceiling }
        let candidates = [
            candidate(.disk, facts.deviceThroughputShare, "the device's calibrated write rate"),
            candidate(.disk, facts.commitWaitShare, "response time spent waiting for the sync"),
            candidate(.disk, facts.deviceBusyFraction, "the device's time"),
            candidate(.cpu, facts.brokerHottestThreadShare, "one CPU, by the broker's busiest thread"),
            candidate(.cpu, facts.machineBusyFraction, "all CPUs together"),
            candidate(.network, facts.networkThroughputShare, "the calibrated loopback stream"),
            ceiling,
            candidate(.client, facts.clientHottestLaneShare, "one CPU, by the busiest client lane"),
        ]
        return candidates.compactMap { $0 }.reduce(nil) { best, next in best.map { $0.share >= next.share } == true ? best : next }
    }

    private static func candidate(_ limiter: Limiter, _ share: Double?, _ text: String) -> Candidate? {
        share.map { Candidate(limiter: limiter, share: $0, text: text) }
    }
}
