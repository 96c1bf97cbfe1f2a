// Figures as claims take them out of runs.
internal import Host
internal import Measurement
package import Results

extension Evidence.Point {
    /// A figure of the run that belongs to no headline.
    ///
    /// - Throws: `Unanswered` where it is missing, or could not be measured, with the reason.
    func metric(_ name: String) throws -> Metric {
        guard let found = record.metrics.first(where: { $0.name == name }) else { throw Unanswered.ours("\(run) has no figure \(name)") }
        if let reason = found.unavailable { throw Unanswered.here(reason) }
        return found
    }

    /// Figures that decide nothing, those of them that the run has.
    func shown(_ isAsked: (String) -> Bool) -> [Metric] { record.metrics.filter { isAsked($0.name) } }

    /// The load of the profile itself.
    var load: LoadReading {
        get throws {
            guard let load = LoadReading(record) else { throw Unanswered.ours("\(run) has no load that ended") }
            return load
        }
    }

    /// Acknowledged bytes of the steady phase; its interval is over the seconds, which know little of each other. What the generator
    /// bounds says so in its note, and decides nothing.
    func throughput(_ name: String = "throughput") throws -> Metric {
        let load = try load
        let seconds = load.phase.series.filter { Double($0.second + 1) <= load.seconds + 0.001 }.map { Double($0.bytes) / 1e6 }
        return .measured(
            name, load.megabytesPerSecond, unit: "MB/s", polarity: .higherIsBetter, interval: ConfidenceInterval.mean(seconds), samples: UInt64(seconds.count),
            note: clientBound)
    }

    private var clientBound: String? {
        if let reason = record.metrics.first(where: { $0.name == RunRecord.ceilingName })?.unavailable {
            return "\(Metric.clientBoundMark) or not, which is not known: \(reason)"
        }
        guard record.isClientBound, let share = record.metrics.first(where: { $0.name == RunRecord.ceilingShareName })?.value else { return nil }
        return "\(Metric.clientBoundMark): the load reached \(percent(share)) of what its generator can do by itself"
    }

    /// A quantile of a clock with the interval that its rank has; of a saturated load there is none.
    func latency(_ clock: String, _ quantile: Double, _ name: String) throws -> Metric {
        let load = try load
        guard record.verdict?.outcome != .saturated else { throw Unanswered.here("\(run) is SATURATED: its latencies are no claim") }
        guard let histogram = load.phase.histograms[clock], let value = histogram.value(at: quantile) else {
            throw Unanswered.ours("\(run) has no \(clock)")
        }
        let range = histogram.quantileInterval(at: quantile)
        let interval = range.map {
            ConfidenceInterval(
                estimate: Double(value), lower: Double($0.lowerBound), upper: Double($0.upperBound), method: .orderStatistics, samples: Int(clamping: histogram.count))
        }
        return .measured(name, Double(value), unit: "ns", polarity: .lowerIsBetter, interval: interval, samples: histogram.count)
    }

    func counter(_ name: String) throws -> Double {
        guard let count = try load.phase.counters[name] else { throw Unanswered.ours("\(run) does not count \(name)") }
        return Double(count)
    }
}

extension Metric {
    /// The same figure under the name that a claim has for it. Its note stays behind.
    func renamed(_ name: String) -> Metric {
        guard let value else { return .unavailable(name, unit: unit, polarity: polarity, reason: unavailable ?? "no reason given") }
        return .measured(name, value, unit: unit, polarity: polarity, interval: interval, samples: samples)
    }

    /// How the note of a figure begins that says as much of the client as of the broker.
    fileprivate static let clientBoundMark = "client-bound"

    /// Why no claim about a broker may be drawn from it; nil: one may.
    private var clientBound: String? { note.flatMap { $0.hasPrefix(Self.clientBoundMark) ? $0 : nil } }

    /// This over another, as far apart as both intervals allow.
    func ratio(to other: Metric, _ name: String, note: String? = nil) throws -> Metric {
        guard let value, let below = other.value, below > 0 else { throw Unanswered.ours("\(name) would divide by nothing") }
        var interval: ConfidenceInterval?
        if let mine = self.interval, let theirs = other.interval, theirs.lower > 0 {
            interval = ConfidenceInterval(
                estimate: value / below, lower: max(0, mine.lower) / theirs.upper, upper: mine.upper / theirs.lower, method: mine.method,
                samples: min(mine.samples, theirs.samples))
        }
        return .measured(name, value / below, unit: "x", polarity: .neutral, interval: interval, note: clientBound ?? other.clientBound ?? note)
    }

    /// The whole of what it may be.
    fileprivate var range: ClosedRange<Double>? {
        guard let value else { return nil }
        guard let interval else { return value...value }
        return min(interval.lower, value)...max(interval.upper, value)
    }

    /// Holds where all of its interval is at least `limit`, does not where none of it is.
    ///
    /// - Parameter otherwise: what was found instead.
    func verdict(atLeast limit: Double, otherwise: String) -> ClaimVerdict {
        if let clientBound { return .cannotBeTestedHere(clientBound) }
        guard let range else { return .cannotBeTestedHere(unavailable ?? "there is no figure") }
        if range.lowerBound >= limit { return .holds }
        return range.upperBound < limit ? .doesNotHoldHere(otherwise) : tooNoisy(limit)
    }

    /// Holds where all of its interval is at most `limit`, does not where none of it is.
    func verdict(atMost limit: Double, otherwise: String) -> ClaimVerdict {
        if let clientBound { return .cannotBeTestedHere(clientBound) }
        guard let range else { return .cannotBeTestedHere(unavailable ?? "there is no figure") }
        if range.upperBound <= limit { return .holds }
        return range.lowerBound > limit ? .doesNotHoldHere(otherwise) : tooNoisy(limit)
    }

    private func tooNoisy(_ limit: Double) -> ClaimVerdict {
        .cannotBeTestedHere("the machine is too noisy to tell on which side of \(threeDigits(limit)) \(label) is, \(ClaimText.figure(self))")
    }

    /// `read_order_ratio` is `read order ratio` to a reader.
    package var label: String { name.replacing("_", with: " ") }
}

/// A figure as the book shows it.
package enum ClaimText {
    /// `1,426 MB/s [1,401, 1,450]`, `412 µs`, `2.31x`.
    package static func figure(_ metric: Metric) -> String {
        guard let value = metric.value else { return "n/a (\(metric.unavailable ?? "no reason given"))" }
        guard let interval = metric.interval else { return withUnit(value, metric.unit) }
        return "\(withUnit(value, metric.unit)) [\(number(interval.lower, metric.unit)), \(number(interval.upper, metric.unit))]"
    }

    private static func withUnit(_ value: Double, _ unit: String) -> String {
        switch unit {
        case "ns", "bytes", "count", "": number(value, unit)
        case "x": number(value, unit) + "x"
        default: "\(number(value, unit)) \(unit)"
        }
    }

    private static func number(_ value: Double, _ unit: String) -> String {
        if unit == "ns", value >= 0, value < 1e18 { return Duration.text(nanoseconds: UInt64(value.rounded())) }
        // A share that is small is not none.
        if unit == "%", value != 0, abs(value) < 1 { return threeDigits(value) }
        return Results.figure(value, unit: unit)
    }
}
