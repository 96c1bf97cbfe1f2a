// Whether the way in which the broker serves where it is not told is the one that a zero-copy study supports: a pure function of its
// figures, so that a stored study says it, too.
internal import Host
internal import Measurement

package enum DefaultModeVerdict: Equatable, Sendable {
    /// Every other mode costs more, by the whole of its interval; with the cheapest of them.
    case supported(next: CostRatio)
    /// None costs less, but these cannot be told apart from it.
    case even(with: [CostRatio])
    /// Another costs less, by the whole of its interval: the cheapest.
    case loses(to: CostRatio)
    /// Why it is not known.
    case undecided(String)

    /// - Returns: nil for results that do not say what the default is.
    package static func judge(_ headline: ZeroCopyHeadline) -> DefaultModeVerdict? {
        guard let mode = headline.defaultMode else { return nil }
        guard headline.modes.contains(where: { $0.mode == mode }) else { return .undecided("it is not among the modes") }
        var reason: String?
        var found: [(ratio: CostRatio, interval: ConfidenceInterval)] = []
        for other in headline.transfers.map(\.mode) where other != mode {
            let ratio = headline.costRatio(of: other, over: mode)
            if let ratio, let interval = ratio.interval {
                found.append((CostRatio(mode: other, over: mode, ratio: ratio), interval))
            } else {
                reason = reason ?? "\(other): \(ratio?.unavailable ?? "not compared with it")"
            }
        }
        let cheapest = found.min { $0.interval.estimate < $1.interval.estimate }
        if let loss = found.filter({ $0.interval.upper < 1 }).min(by: { $0.interval.estimate < $1.interval.estimate }) { return .loses(to: loss.ratio) }
        if let reason { return .undecided(reason) }
        guard let cheapest else { return .undecided("there is no other mode") }
        let even = found.filter { $0.interval.lower <= 1 }
        return even.isEmpty ? .supported(next: cheapest.ratio) : .even(with: even.map(\.ratio))
    }

    /// `supported`, `loses to mmap`
    package var word: String {
        switch self {
        case .supported: "supported"
        case .even: "not told apart"
        case .loses(let to): "loses to \(to.mode)"
        case .undecided: "undecided"
        }
    }

    /// `supported: the next, sendfile, costs 1.69 [1.60, 1.78] times as much`
    package var text: String {
        var reasons = Reasons(marked: false)
        switch self {
        case .supported(let next): return "supported: the next, \(next.mode), costs \(reasons.cell(next.ratio)) times as much"
        case .even(let others):
            let list = others.map { "\($0.mode) (\(reasons.cell($0.ratio)) times as much)" }.joined(separator: ", ")
            return "supported, since nothing costs less, but not told apart from \(list)"
        case .loses(let to):
            let less = to.ratio.interval?.asSaving.scaled(by: 100)
            return "loses to \(to.mode) by " + (less.map { "\(fixed($0.estimate, 1)) % [\(fixed($0.lower, 1)), \(fixed($0.upper, 1))]" } ?? "an unknown share")
        case .undecided(let reason): return "undecided: \(reason)"
        }
    }
}

extension ZeroCopyHeadline {
    /// The modes between which a listener can choose: what is encrypted can be sent in one way only.
    package var transfers: [ModeRow] { modes.filter { $0.mode != "TLS" } }

    /// The one that costs least; nil where no cost is known.
    package var cheapest: ModeRow? {
        transfers.filter { $0.cpuSecondsPerGB.value != nil }.min { $0.cpuSecondsPerGB.value! < $1.cpuSecondsPerGB.value! }
    }

    /// Of two modes, or of a mode and the floor, whichever way round it is kept; nil where it is not.
    package func costRatio(of mode: String, over other: String) -> Metric? {
        guard let costRatios else { return nil }
        if let found = costRatios.first(where: { $0.mode == mode && $0.over == other }) { return found.ratio }
        return costRatios.first { $0.mode == other && $0.over == mode }?.ratio.inverted
    }

    /// `least CPU: splice, 0.0503 [0.0497, 0.0509] CPU-s/GB; default splice: supported: …`, nil for results that do not tell.
    package var defaultLine: String? {
        guard let defaultMode, let verdict = DefaultModeVerdict.judge(self) else { return nil }
        var reasons = Reasons(marked: false)
        let won = cheapest.map { "least CPU: \($0.mode), \(reasons.cell($0.cpuSecondsPerGB, withUnit: true)); " } ?? ""
        return "\(won)default \(defaultMode): \(verdict.text)"
    }
}

extension Metric {
    /// Of a ratio: the other way round.
    fileprivate var inverted: Metric {
        guard let value, value > 0 else { return .unavailable(name, unit: unit, polarity: polarity, reason: unavailable ?? "computed from nothing") }
        let turned = interval.flatMap { interval in
            interval.lower > 0
                ? ConfidenceInterval(
                    estimate: 1 / interval.estimate, lower: 1 / interval.upper, upper: 1 / interval.lower, level: interval.level, method: interval.method,
                    samples: interval.samples) : nil
        }
        return .measured(name, 1 / value, unit: unit, polarity: polarity, interval: turned, samples: samples, note: note)
    }
}
