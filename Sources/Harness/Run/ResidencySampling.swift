// Whether a broker looks up in the page cache what it is about to serve, and how often.

struct ResidencySampling: Equatable {
    /// The broker's own key for it.
    static let key = "residency.sample.interval"
    /// Of a load that reads a backlog. Asking takes a few microseconds and finding out how to ask as many, 20 and more by mincore; sending
    /// the range 100 and more a MiB: one in 20 stays under 1 %, more often would not everywhere.
    static let sparseInterval = 20

    /// Every so many served ranges; nil: none, or nobody knows.
    let interval: Int?
    /// Whether the broker is one of ours, whose counters tell.
    let isKnown: Bool

    /// Why there is no hit rate, where there is none.
    var missing: String {
        guard isKnown else { return "not told by this broker" }
        return interval == nil ? "not sampled" : "no range sampled"
    }

    /// The same where there is room to say what could be done about it.
    var missingReason: String {
        guard isKnown else { return "a broker that this run did not start is not asked what of the bytes it served was in memory" }
        return interval == nil
            ? "not sampled: \(Self.key) is 0, since looking costs time; a load that reads a backlog looks, and so does one that sets it in broker.settings"
            : "no range that was served has been looked up"
    }
}

extension ResidencySampling {
    init(_ target: BrokerTarget) {
        let asked = target.process.flatMap { $0.plan.settings[Self.key] }.flatMap { Int($0) }
        self.init(interval: asked.flatMap { $0 > 0 ? $0 : nil }, isKnown: target.process != nil)
    }
}

extension Profile {
    /// The broker of the profile's own load. One that serves a backlog looks some of it up, unless the profile says otherwise: where its
    /// bytes came from is half of the answer.
    var loadBroker: BrokerPlan {
        guard backlog != nil, broker.settings[ResidencySampling.key] == nil else { return broker }
        var plan = broker
        plan.settings[ResidencySampling.key] = String(ResidencySampling.sparseInterval)
        return plan
    }
}
