// The search for the highest sustainable rate as a machine: what became of a window goes in, the next rate comes out.
internal import Measurement
internal import Results

/// Bracket by doubling, bisect, freeze, confirm. Knows nothing of clocks and brokers.
///
/// The rate it finds is the first limit from below: a broker that fails at one rate and would hold a higher one again is not asked for
/// that one, because nobody can run it across the gap. However windows end, the search ends after `windowsMaximum` of them.
struct RateSearch {
    struct Bounds: Equatable, Sendable {
        /// Records a second: the first rate, nothing above, and the share within which the bracket closes.
        var from: Double
        var most: Double
        var precision: Double
    }

    enum Step: Equatable {
        /// A short window at this rate.
        case trial(Double)
        /// The final measurement at this rate.
        case confirm(Double)
        case end(Ending)
    }

    enum Ending: Equatable {
        case confirmed(Double)
        /// No rate held in the final measurement.
        case notConfirmed
        /// Not even the lowest rate passed.
        case nothingPassed
        /// The machine spoiled window after window at one rate.
        case spoiled
    }

    /// A rate that did not pass: the broker's limit, or the generator's.
    struct Limit: Equatable {
        let rate: Double
        let isClient: Bool
    }

    let bounds: Bounds
    private(set) var step: Step
    private(set) var highestPassing: Double?
    private(set) var limit: Limit?
    /// What became of the windows at the present rate.
    private var seen: [SearchTrial.Outcome] = []
    private var halvings = 0
    private var confirmations = 0

    /// A window that does not pass is made once more before it counts: one bad moment is no limit.
    static let verdictsToFail = 2
    /// How often a window is made again that the machine spoiled.
    static let spoiledMaximum = VerdictThresholds.spoiledRepeatsMaximum
    /// How far down it looks where the first rate fails: to a 32nd of it.
    static let halvingsMaximum = 5
    /// Final measurements that may fail, each at a rate one precision lower.
    static let confirmationsMaximum = 4

    init(_ bounds: Bounds) {
        precondition(bounds.from >= 1 && bounds.from <= bounds.most && bounds.precision > 0, "a search of \(bounds)")
        self.bounds = bounds
        step = .trial(bounds.from)
    }

    /// Takes what became of the window that `step` asked for.
    ///
    /// - Returns: the next step, which is `step` from now on.
    mutating func take(_ outcome: SearchTrial.Outcome) -> Step {
        seen.append(outcome)
        switch step {
        case .trial(let rate): trial(rate)
        case .confirm(let rate): confirmation(rate)
        case .end: preconditionFailure("a search that has ended takes no window")
        }
        return step
    }

    // MARK: trials

    private mutating func trial(_ rate: Double) {
        guard let outcome = settled(verdicts: Self.verdictsToFail) else { return }
        seen = []
        switch outcome {
        case .passed: highestPassing = rate
        case .failed, .clientBound: limit = Limit(rate: rate, isClient: outcome == .clientBound)
        case .spoiled:
            step = .end(.spoiled)
            return
        }
        step = next()
    }

    /// What the windows at one rate come to; nil: one more is needed.
    private func settled(verdicts needed: Int) -> SearchTrial.Outcome? {
        if seen.last == .passed { return .passed }
        if seen.count(where: { $0 == .spoiled }) > Self.spoiledMaximum { return .spoiled }
        let verdicts = seen.filter { $0 != .spoiled }
        guard seen.last != .spoiled, verdicts.count >= needed else { return nil }
        // Where the generator had a part in it once, nobody knows what the broker would have done.
        return verdicts.contains(.clientBound) ? .clientBound : .failed
    }

    private mutating func next() -> Step {
        guard let low = highestPassing else {
            guard let high = limit?.rate, halvings < Self.halvingsMaximum, Self.whole(high / 2) < high else { return .end(.nothingPassed) }
            halvings += 1
            return .trial(Self.whole(high / 2))
        }
        guard let high = limit?.rate else {
            return low >= bounds.most ? .confirm(low) : .trial(min(Self.whole(low * 2), bounds.most))
        }
        let middle = Self.whole((low * high).squareRoot())
        return high <= low * (1 + bounds.precision) || middle <= low || middle >= high ? .confirm(low) : .trial(middle)
    }

    /// Rates are whole records a second, at least one.
    private static func whole(_ rate: Double) -> Double { max(1, rate.rounded()) }

    // MARK: the final measurement

    private mutating func confirmation(_ rate: Double) {
        guard let outcome = settled(verdicts: 1) else { return }
        seen = []
        switch outcome {
        case .passed: step = .end(.confirmed(rate))
        case .spoiled: step = .end(.spoiled)
        case .failed, .clientBound:
            limit = Limit(rate: rate, isClient: outcome == .clientBound)
            confirmations += 1
            let lower = Self.whole(rate / (1 + bounds.precision))
            step = confirmations < Self.confirmationsMaximum && lower < rate ? .confirm(lower) : .end(.notConfirmed)
        }
    }
}

// MARK: how long it can take

extension RateSearch.Bounds {
    /// Rates that are tried at most: doubled up to the limit or halved down from the first, then bisected within a factor of two.
    var ratesMaximum: Int {
        var (doublings, rate) = (0, from)
        while rate < most {
            rate *= 2
            doublings += 1
        }
        return 1 + max(doublings, RateSearch.halvingsMaximum) + bisectionsMaximum
    }

    /// Of a bracket whose ends are a factor of two apart: each takes the root of the factor. One more, because rates are whole.
    var bisectionsMaximum: Int {
        var (bisections, factor) = (1, 2.0)
        while factor > 1 + precision {
            factor = factor.squareRoot()
            bisections += 1
        }
        return bisections
    }

    /// Windows after which a search has ended, whatever became of them.
    var windowsMaximum: Int {
        ratesMaximum * (RateSearch.verdictsToFail + RateSearch.spoiledMaximum) + RateSearch.confirmationsMaximum * (1 + RateSearch.spoiledMaximum)
    }

    /// Trials where the machine spoils none: every rate on the way up, and twice each of those that may fail.
    var trialsExpected: Int { ratesMaximum + bisectionsMaximum + 1 }
}
