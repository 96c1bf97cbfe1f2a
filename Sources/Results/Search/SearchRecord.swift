// A search for the highest sustainable rate: every trial, and what they come to.
internal import Host
internal import Measurement

package struct SearchRecord: Codable, Equatable, Sendable {
    package enum Outcome: String, Codable, Sendable {
        /// A rate held in the final measurement; the next higher one that was tried did not.
        case found
        /// The highest rate that the profile allows held.
        case noLimit
        /// A rate held in the final measurement; above it the generator was at its end, not the broker.
        case clientBound
        /// Trials passed, but no rate held in the final measurement.
        case notConfirmed
        /// The lowest rate did not meet the objective.
        case nothingPassed
        /// It could not go on.
        case unfinished
    }

    /// As the profile has it.
    package var objective: String
    /// The largest share by which the lowest rate that failed may be above the one that was found.
    package var precision: Double
    /// Records a second; the profile's bound, or the default.
    package var mostPerSecond: Double
    /// nil while the search goes on.
    package var outcome: Outcome?
    /// Why it could not go on.
    package var stopped: String?
    /// Records a second that held in the final measurement.
    package var recordsPerSecond: Double?
    /// The bracket, records a second: what passed, a trial or the final measurement, and what did not pass.
    package var highestPassing: Double?
    package var lowestNotPassing: Double?
    /// The highest rate up to what was found whose window passed, and the lowest above it whose window failed, wherever in their intervals
    /// the quantiles of both truly lie: the limit is between the two, as far as these windows tell. nil: none such.
    package var surelyHolds: Double?
    package var surelyFails: Double?
    package var knee: SearchKnee?
    /// In the order in which they were made.
    package var trials: [SearchTrial] = []

    package init(objective: String, precision: Double, mostPerSecond: Double) {
        self.objective = objective
        self.precision = precision
        self.mostPerSecond = mostPerSecond
    }

    /// Of the rate: a slope of the lag that is above its bound by less is let pass.
    package static let slopeToleranceShare = 0.001

    private var conditions: [String] { objective.split(separator: " and ").map(String.init) }

    /// The objective, and what is let pass beside it.
    package var objectiveText: String {
        guard conditions.contains(where: { $0.hasPrefix("lag slope ") }) else { return objective }
        return "\(objective) (lag slope: within \(percent(Self.slopeToleranceShare, decimals: 1)) of the rate)"
    }

    /// What of the end-to-end times the objective names: `p99`, `max`.
    package var endToEndAsked: [String] {
        conditions.filter { $0.hasPrefix("e2e ") }.compactMap { condition in condition.split(separator: " ").dropFirst().first.map(String.init) }
    }

    /// Latency against load: a window a rate, rates ascending. Of several at one rate the last that the machine left alone counts, so
    /// the final measurement before its trial.
    package var curve: [SearchTrial] {
        var last: [Double: SearchTrial] = [:]
        for trial in trials where trial.outcome != .spoiled { last[trial.offeredPerSecond] = trial }
        return last.values.sorted { $0.offeredPerSecond < $1.offeredPerSecond }
    }

    /// One sentence.
    package var text: String {
        let passed = highestPassing.map { "; the highest that passed as a trial is \(grouped($0)) records/s" } ?? ""
        return switch outcome {
        case .found: "\(held); \(grouped(lowestNotPassing ?? 0)) do not\(because)"
        case .noLimit: "\(held), the most that the search may offer: no limit was found"
        case .clientBound: "\(held); client-bound at \(grouped(lowestNotPassing ?? 0)): there the generator was at its end, not the broker\(because)"
        case .notConfirmed: "no rate held in the final measurement, down to \(grouped(lowestNotPassing ?? 0)) records/s\(because)\(passed)"
        case .nothingPassed:
            trials.last?.outcome == .clientBound
                ? "client-bound at \(grouped(lowestNotPassing ?? 0)) records/s, the lowest rate offered\(because): nothing is said about the broker"
                : "not even \(grouped(lowestNotPassing ?? 0)) records/s meet the objective\(because)"
        case .unfinished: "could not go on: \(stopped ?? "no reason given")\(passed)"
        case nil: "ended before its end\(passed)"
        }
    }

    private var held: String {
        let seconds = trials.last { $0.kind == .confirm && $0.outcome == .passed }.map { " for \(fixed($0.seconds, 0)) s" } ?? ""
        return "\(grouped(recordsPerSecond ?? 0)) records/s hold\(seconds)"
    }

    /// How sure the rate is that was found, in one sentence; nil without one, and in results from before that was kept.
    package var doubt: String? {
        guard let found = recordsPerSecond, let window = curve.first(where: { $0.offeredPerSecond == found }), window.intervals != nil else { return nil }
        let asked = SearchTrial.quantiles.filter { quantile in conditions.contains { $0.hasPrefix("\(quantileName(quantile)) ") } }
        let read = SearchTrial.quantiles.filter { endToEndAsked.contains(quantileName($0)) }
        let responses = (asked.isEmpty && read.isEmpty ? [0.99] : asked).compactMap { quantile -> String? in
            guard let reading = window.reading(quantile), let interval = window.interval(quantile) else { return nil }
            return "\(quantileName(quantile)) \(reading.brief) \(interval.text)"
        }
        let reads = read.compactMap { quantile -> String? in
            guard let cell = window.endToEnd?.first(where: { $0.quantile == quantile }) else { return nil }
            guard let interval = window.endToEndIntervals?.first(where: { $0.quantile == quantile }) else { return nil }
            return "e2e \(quantileName(quantile)) \(cell.reading.brief) \(interval.text)"
        }
        let times = responses + reads
        let measured = times.isEmpty ? "" : "at \(grouped(found)) records/s \(times.joined(separator: ", ")); "
        let holds = surelyHolds.map { "up to \(grouped($0)) pass" } ?? "at no rate pass"
        let fails = surelyFails.map { "from \(grouped($0)) on fail" } ?? "at no rate above fail"
        return "\(measured)windows \(holds), and \(fails), wherever in their 95 % intervals their times truly lie"
    }

    /// What kept the lowest rate that did not pass from it.
    private var because: String {
        let reasons = trials.last { $0.offeredPerSecond == lowestNotPassing && [.failed, .clientBound].contains($0.outcome) }?.reasons ?? []
        return reasons.isEmpty ? "" : " (\(reasons.joined(separator: "; ")))"
    }
}
