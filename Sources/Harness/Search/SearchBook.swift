// What a search has seen and where it stands: windows go in, the record and the next step come out.
internal import Host
internal import Measurement
internal import Results

struct SearchBook {
    /// What a window is besides its figures.
    struct Window {
        var kind: SearchTrial.Kind
        /// Of the phase.
        var name: String
        var achievedPerSecond: Double
        var seconds: Double
    }

    private(set) var record: SearchRecord
    private var machine: RateSearch
    private let judge: SearchJudge

    init(_ plan: SearchPlan) {
        machine = RateSearch(plan.bounds)
        judge = SearchJudge(objective: plan.objective)
        record = SearchRecord(objective: plan.objective.description, precision: plan.precision, mostPerSecond: Double(plan.mostPerSecond))
    }

    /// What to measure next; nil: the search has ended.
    var next: (kind: SearchTrial.Kind, rate: Double)? {
        guard record.outcome == nil else { return nil }
        return switch machine.step {
        case .trial(let rate): (kind: .trial, rate: rate)
        case .confirm(let rate): (kind: .confirm, rate: rate)
        case .end: nil
        }
    }

    /// Takes the window that `next` asked for.
    mutating func take(_ window: Window, _ figures: WindowFigures, _ verdict: Verdict) -> SearchTrial {
        let (outcome, reasons) = judge.judge(figures, verdict)
        var trial = SearchTrial(
            kind: window.kind, phase: window.name, offeredPerSecond: figures.offeredPerSecond, achievedPerSecond: window.achievedPerSecond,
            seconds: window.seconds, cells: figures.readings.sorted { $0.key < $1.key }.map { QuantileCell(quantile: $0.key, reading: $0.value) },
            intervals: figures.intervals.isEmpty ? nil : figures.intervals, maximumNanoseconds: figures.maximumNanoseconds,
            lagMaximumRecords: figures.lagMaximumRecords, lagSlope: figures.lagSlope, errors: figures.errors, lateShare: figures.lateShare,
            outcome: outcome, isSure: judge.isSure(outcome, figures, verdict), reasons: reasons)
        if let times = figures.endToEnd, judge.objective.conditions.contains(where: { $0.metric.isEndToEnd }) {
            trial.endToEnd = times.readings.sorted { $0.key < $1.key }.map { QuantileCell(quantile: $0.key, reading: $0.value) }
            trial.endToEndIntervals = times.intervals.isEmpty ? nil : times.intervals
            trial.endToEndMaximumNanoseconds = times.maximumNanoseconds
        }
        record.trials.append(trial)
        let step = machine.take(outcome)
        record.highestPassing = machine.highestPassing
        record.lowestNotPassing = machine.limit?.rate
        if case .end(let ending) = step { end(ending, trial) }
        return trial
    }

    private mutating func end(_ ending: RateSearch.Ending, _ last: SearchTrial) {
        switch ending {
        case .confirmed(let rate):
            record.recordsPerSecond = rate
            // What passed as a trial and did not hold is no part of the bracket any more.
            record.highestPassing = rate
            record.outcome = switch machine.limit?.isClient {
            case nil: .noLimit
            case false?: .found
            case true?: .clientBound
            }
        case .notConfirmed: record.outcome = .notConfirmed
        case .nothingPassed: record.outcome = .nothingPassed
        case .spoiled:
            stop("the machine spoiled every window at \(fixed(last.offeredPerSecond, 0)) records/s: \(last.reasons.joined(separator: "; "))")
        }
        lookAtCurve()
    }

    /// The search can't go on.
    mutating func stop(_ reason: String) {
        record.outcome = .unfinished
        record.stopped = reason
        lookAtCurve()
    }

    /// Where it bends, and between which rates the limit lies for certain.
    private mutating func lookAtCurve() {
        let curve = record.curve
        record.knee = (record.recordsPerSecond ?? record.highestPassing).flatMap { SearchKnee.find(curve, found: $0) }
        guard let found = record.recordsPerSecond else { return }
        let sure = curve.filter { $0.isSure == true }
        record.surelyHolds = sure.last { $0.offeredPerSecond <= found && $0.outcome == .passed }?.offeredPerSecond
        record.surelyFails = sure.first { $0.offeredPerSecond > found && $0.outcome == .failed }?.offeredPerSecond
    }

    /// The last window is the run's steady phase.
    mutating func nameLast(_ phase: String) {
        guard !record.trials.isEmpty else { return }
        record.trials[record.trials.count - 1].phase = phase
    }

    /// The rate as a figure of the run, for tables and comparisons.
    var metric: Metric {
        let name = "sustained_rate"
        guard let rate = record.recordsPerSecond else {
            return .unavailable(name, unit: "records/s", polarity: .higherIsBetter, reason: record.text)
        }
        let bracket = switch record.outcome {
        case .noLimit: "no limit up to it"
        case .clientBound: "client-bound at \(fixed(record.lowestNotPassing ?? 0, 0))"
        default: "not at \(fixed(record.lowestNotPassing ?? 0, 0))"
        }
        let note = ["\(record.objective); \(bracket)", record.doubt].compactMap { $0 }.joined(separator: "; ")
        return .measured(name, rate, unit: "records/s", polarity: .higherIsBetter, note: note)
    }
}
