// How two ways of serving compare by their CPU: by pairs, or by their two intervals where a result keeps no pairs.
internal import Host
internal import Measurement

struct CostRelation {
    enum Standing { case less, same, more }

    let value: Double
    let lower: Double
    let upper: Double

    init(value: Double, lower: Double, upper: Double) {
        self.value = value
        self.lower = lower
        self.upper = upper
    }

    /// - Parameter mode, other: modes of the headline, or `floor`.
    /// - Returns: nil where one of the two has no figure, or no interval: then nothing is known of how sure the difference is.
    init?(_ headline: ZeroCopyHeadline, of mode: String, over other: String) {
        if let kept = headline.costRatio(of: mode, over: other) {
            guard let interval = kept.interval else { return nil }
            self.init(value: interval.estimate, lower: interval.lower, upper: interval.upper)
            return
        }
        // Of what each has by itself, the widest range: slices of one round have more in common than that.
        guard let one = headline.cost(of: mode), let two = headline.cost(of: other), let value = one.value, let base = two.value, let own = one.interval,
            let others = two.interval, base > 0, own.lower > 0, others.lower > 0
        else { return nil }
        self.init(value: value / base, lower: own.lower / others.upper, upper: own.upper / others.lower)
    }

    /// An interval that holds 1 tells nothing of which of the two costs more.
    var standing: Standing { upper < 1 ? .less : lower > 1 ? .more : .same }

    /// `1.94 [1.90, 1.98] times`
    var times: String { "\(threeDigits(value)) [\(threeDigits(lower)), \(threeDigits(upper))] times" }
}

extension ZeroCopyHeadline {
    /// The name that costs of the floor have in `costRatios`.
    static let floorName = "floor"

    /// CPU-s/GB of a mode or of the floor; nil where there is no such mode.
    func cost(of mode: String) -> Metric? { mode == Self.floorName ? floor : modes.first { $0.mode == mode }?.cpuSecondsPerGB }
}
