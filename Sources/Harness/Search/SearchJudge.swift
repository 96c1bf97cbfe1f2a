// Whether one measured window meets the objective, and if not, whose doing that is.
internal import Host
internal import Measurement
internal import Results

/// What became of a window. The order is that of blame: only what neither the machine nor the generator had a part in is the broker's.
struct SearchJudge {
    let objective: SearchObjective

    /// A slope that is proven to be above its bound by less than this share of the rate is no reader that falls behind: it takes
    /// a quarter of an hour to a second's worth of lag, and the first records of a window weigh that much.
    static let slopeToleranceShare = SearchRecord.slopeToleranceShare

    /// Rules of the verdict by whose they are; the rest are the broker's.
    private static let generatorRules: Set = ["scheduleLag", "handOver", "laneSaturation"]
    private static let machineRules: Set = ["steal", "foreignLoad", "impossibleSample"]

    /// - Parameter verdict: of the window's facts.
    func judge(_ figures: WindowFigures, _ verdict: Verdict) -> (outcome: SearchTrial.Outcome, reasons: [String]) {
        var found = verdict.objections.map { Objection(Self.blame($0.rule), $0.text) }
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
        case .p50, .p90, .p99, .p999, .endToEndP50, .endToEndP90, .endToEndP99, .endToEndP999: time(condition, figures.times(condition.metric))
        case .max, .endToEndMax: maximum(condition, figures.times(condition.metric))
        case .lagSlope: slope(condition, figures)
        case .lag: count(condition, figures.lagMaximumRecords, "records")
        case .errors: count(condition, figures.errors, "errors")
        case .late:
            condition.holds(figures.lateShare)
                ? nil : Objection(.clientBound, "\(decidingPercent(figures.lateShare)) of the schedule was handed over late (\(condition.boundText))")
        }
    }

    // MARK: times

    private func time(_ condition: SearchObjective.Condition, _ figures: ClockFigures) -> Objection? {
        guard let maximum = figures.maximumNanoseconds else { return nothing(condition) }
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
    private func tooFew(_ condition: SearchObjective.Condition, _ figures: ClockFigures, _ samples: UInt64) -> Objection {
        let (clock, events) = condition.metric.isEndToEnd ? ("e2e ", "polls") : ("", "requests")
        for (quantile, reading) in figures.readings.sorted(by: { $0.key < $1.key }) where quantile < condition.metric.quantile! {
            if case .measured(let nanoseconds, nil, _) = reading, !condition.holds(Double(nanoseconds)) {
                return Objection(.failed, "\(clock)\(quantileName(quantile)) is \(Duration.text(nanoseconds: nanoseconds)) already (\(condition))")
            }
        }
        return Objection(.failed, "\(condition.metric.rawValue) can't be told from \(samples) \(events); a longer ‘search.trial’ has more")
    }

    private func nothing(_ condition: SearchObjective.Condition) -> Objection {
        Objection(.failed, condition.metric.isEndToEnd ? "nothing was read" : "nothing was acknowledged")
    }

    private func maximum(_ condition: SearchObjective.Condition, _ figures: ClockFigures) -> Objection? {
        guard let maximum = figures.maximumNanoseconds else { return nothing(condition) }
        return condition.holds(Double(maximum)) ? nil : Objection(.failed, "\(condition.metric.rawValue) \(Duration.text(nanoseconds: maximum)) (\(condition.boundText))")
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
        case .failed: !verdict.objections.isEmpty || objective.conditions.contains { surelyBreaks($0, figures) }
        case .clientBound, .spoiled: nil
        }
    }

    private func surelyHolds(_ condition: SearchObjective.Condition, _ figures: WindowFigures) -> Bool {
        guard let quantile = condition.metric.quantile else { return true }
        let times = figures.times(condition.metric)
        // Exact, as every quantile below it then is.
        if let maximum = times.maximumNanoseconds, condition.holds(Double(maximum)) { return true }
        guard let upper = times.interval(quantile)?.upperNanoseconds else { return false }
        return condition.holds(Double(upper))
    }

    private func surelyBreaks(_ condition: SearchObjective.Condition, _ figures: WindowFigures) -> Bool {
        guard let quantile = condition.metric.quantile else { return judge(condition, figures) != nil }
        let times = figures.times(condition.metric)
        guard let lower = times.interval(quantile)?.lowerNanoseconds else { return times.maximumNanoseconds == nil }
        return !condition.holds(Double(lower))
    }
}
