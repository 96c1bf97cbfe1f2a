// Whether one measured window meets the objective, and if not, whose doing that is.
internal import Host
internal import Measurement
internal import Results

/// What a window showed, as far as an objective asks.
struct WindowFigures: Equatable {
    /// Records a second that the schedule intended.
    var offeredPerSecond: Double
    /// Response time, by quantile.
    var readings: [Double: QuantileReading] = [:]
    /// Of those that enough requests carry.
    var intervals: [QuantileInterval] = []
    /// Exact, nanoseconds; nil: nothing was acknowledged.
    var maximumNanoseconds: UInt64?
    var lagMaximumRecords: UInt64?
    var lagSlope: ConfidenceInterval?
    var errors: UInt64 = 0
    var lateShare = 0.0
}

/// What became of a window. The order is that of blame: only what neither the machine nor the generator had a part in is the broker's.
struct SearchJudge {
    let objective: SearchObjective

    /// A slope that is proven to be above its bound by less than this share of the rate is no reader that falls behind: it takes
    /// a quarter of an hour to a second's worth of lag, and the first records of a window weigh that much.
    static let slopeToleranceShare = 0.001

    /// Rules of the verdict by whose they are; the rest are the broker's.
    private static let generatorRules: Set = ["scheduleLag", "handOver", "laneSaturation"]
    private static let machineRules: Set = ["steal", "foreignLoad", "impossibleSample"]

    /// - Parameter verdict: of the window's facts.
    func judge(_ figures: WindowFigures, _ verdict: Verdict) -> (outcome: SearchTrial.Outcome, reasons: [String]) {
        var found = verdict.reasons.map { Objection(Self.blame($0.rule), $0.text) }
        found += objective.conditions.compactMap { judge($0, figures) }
        for blame in [SearchTrial.Outcome.spoiled, .clientBound, .failed] where found.contains(where: { $0.blame == blame }) {
            return (blame, found.filter { $0.blame == blame }.map(\.text) + found.filter { $0.blame != blame }.map(\.text))
        }
        return (.passed, [])
    }

    private static func blame(_ rule: String) -> SearchTrial.Outcome {
        generatorRules.contains(rule) ? .clientBound : machineRules.contains(rule) ? .spoiled : .failed
    }

    private struct Objection {
        let blame: SearchTrial.Outcome
        let text: String

        init(_ blame: SearchTrial.Outcome, _ text: String) {
            self.blame = blame
            self.text = text
        }
    }

    private func judge(_ condition: SearchObjective.Condition, _ figures: WindowFigures) -> Objection? {
        switch condition.metric {
        case .p50, .p90, .p99, .p999: time(condition, figures)
        case .max: maximum(condition, figures)
        case .lagSlope: slope(condition, figures)
        case .lag: count(condition, figures.lagMaximumRecords, "records")
        case .errors: count(condition, figures.errors, "errors")
        case .late:
            condition.holds(figures.lateShare)
                ? nil : Objection(.clientBound, "\(decidingPercent(figures.lateShare)) of the schedule was handed over late (\(condition.boundText))")
        }
    }

    // MARK: times

    private func time(_ condition: SearchObjective.Condition, _ figures: WindowFigures) -> Objection? {
        guard let maximum = figures.maximumNanoseconds else { return Objection(.failed, "nothing was acknowledged") }
        // Exact: every quantile is below it.
        if condition.holds(Double(maximum)) { return nil }
        guard let reading = figures.readings[condition.metric.quantile!] else { return Objection(.failed, "\(condition.metric.rawValue) was not measured") }
        switch reading {
        case .unavailable(let samples): return tooFew(condition, figures, samples)
        case .measured(let nanoseconds, let bound, _):
            guard !condition.holds(Double(nanoseconds)) else { return nil }
            let text = "\(condition.metric.rawValue) \(Duration.text(nanoseconds: nanoseconds)) (\(condition.boundText))"
            return switch bound {
            case nil: Objection(.failed, text)
            case .machineFloor: Objection(.spoiled, text + ", but the machine's own timers were as late")
            case .generator: Objection(.clientBound, text + ", but the generator was late")
            }
        }
    }

    /// A quantile that too few requests carry: where a lower one is above the bound, it is for certain.
    private func tooFew(_ condition: SearchObjective.Condition, _ figures: WindowFigures, _ samples: UInt64) -> Objection {
        for (quantile, reading) in figures.readings.sorted(by: { $0.key < $1.key }) where quantile < condition.metric.quantile! {
            if case .measured(let nanoseconds, nil, _) = reading, !condition.holds(Double(nanoseconds)) {
                return Objection(.failed, "\(quantileName(quantile)) is \(Duration.text(nanoseconds: nanoseconds)) already (\(condition))")
            }
        }
        return Objection(.failed, "\(condition.metric.rawValue) can't be told from \(samples) requests; a longer ‘search.trial’ has more")
    }

    private func maximum(_ condition: SearchObjective.Condition, _ figures: WindowFigures) -> Objection? {
        guard let maximum = figures.maximumNanoseconds else { return Objection(.failed, "nothing was acknowledged") }
        return condition.holds(Double(maximum)) ? nil : Objection(.failed, "max \(Duration.text(nanoseconds: maximum)) (\(condition.boundText))")
    }

    // MARK: readers and counts

    /// A slope is above its bound when its whole interval is.
    private func slope(_ condition: SearchObjective.Condition, _ figures: WindowFigures) -> Objection? {
        guard let slope = figures.lagSlope else { return Objection(.failed, "the slope of the lag was not measured") }
        guard slope.lower > condition.bound + Self.slopeToleranceShare * figures.offeredPerSecond else { return nil }
        return Objection(.failed, "lag slope \(fixed(slope.estimate, 0)) [\(fixed(slope.lower, 0)), \(fixed(slope.upper, 0))] records/s (\(condition.boundText))")
    }

    private func count(_ condition: SearchObjective.Condition, _ value: UInt64?, _ unit: String) -> Objection? {
        guard let value else { return Objection(.failed, "\(condition.metric.rawValue) was not measured") }
        return condition.holds(Double(value)) ? nil : Objection(.failed, "\(condition.metric == .lag ? "lag \(value)" : "\(value)") \(unit) (\(condition.boundText))")
    }

    // MARK: doubt

    /// Whether the outcome would be the same wherever in its interval each quantile truly lies. nil: nothing was said of the broker.
    ///
    /// - Parameters: what `judge` was given, and what it made of it.
    func isSure(_ outcome: SearchTrial.Outcome, _ figures: WindowFigures, _ verdict: Verdict) -> Bool? {
        switch outcome {
        case .passed: objective.conditions.allSatisfy { surelyHolds($0, figures) }
        case .failed: !verdict.reasons.isEmpty || objective.conditions.contains { surelyBreaks($0, figures) }
        case .clientBound, .spoiled: nil
        }
    }

    private func surelyHolds(_ condition: SearchObjective.Condition, _ figures: WindowFigures) -> Bool {
        guard let quantile = condition.metric.quantile else { return true }
        // Exact, as every quantile below it then is.
        if let maximum = figures.maximumNanoseconds, condition.holds(Double(maximum)) { return true }
        guard let upper = figures.interval(quantile)?.upperNanoseconds else { return false }
        return condition.holds(Double(upper))
    }

    private func surelyBreaks(_ condition: SearchObjective.Condition, _ figures: WindowFigures) -> Bool {
        guard let quantile = condition.metric.quantile else { return judge(condition, figures) != nil }
        guard let lower = figures.interval(quantile)?.lowerNanoseconds else { return figures.maximumNanoseconds == nil }
        return !condition.holds(Double(lower))
    }
}

extension WindowFigures {
    func interval(_ quantile: Double) -> QuantileInterval? { intervals.first { $0.quantile == quantile } }
}

extension LoadOutcome {
    /// - Parameter rate: records a second that were offered.
    func figures(offered rate: Double) -> WindowFigures {
        var figures = WindowFigures(offeredPerSecond: rate)
        for quantile in SearchTrial.quantiles { figures.readings[quantile] = reading("response", at: quantile) }
        figures.maximumNanoseconds = histograms["response"]?.maximumNanoseconds.map { UInt64(max(0, $0)) }
        // What readers are behind that are slow on purpose is no figure of the broker's.
        if facts.lagMaximumRecords != nil { (figures.lagMaximumRecords, figures.lagSlope) = (steady.lag?.maximumRecords, steady.lag?.slope) }
        figures.errors = steady.counters["errors"] ?? 0
        // A group that has a name has its schedule to itself.
        let schedule = groupFacts.first ?? facts
        if let scheduled = schedule.scheduledEvents, scheduled > 0, let onTime = schedule.handedOverEvents {
            figures.lateShare = 1 - Double(min(onTime, scheduled)) / Double(scheduled)
        }
        return figures
    }

    /// How sure the quantiles of the response time are.
    ///
    /// - Parameter recorders: of the lanes that produced.
    func intervals(_ recorders: [LatencyRecorder]) -> [QuantileInterval] {
        guard let response = histograms["response"] else { return [] }
        return SearchTrial.quantiles.compactMap { quantile in
            guard let value = response.value(at: quantile) else { return nil }
            let seconds = secondsAround(value, of: recorders, seconds: response.windows.count) ?? []
            return response.interval(at: quantile, events: acknowledgedRequests, seconds: seconds)
        }
    }
}
