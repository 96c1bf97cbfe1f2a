// What the slices of two sides come to, held against each other round by round.
internal import Host
internal import Measurement
internal import Results

extension ZeroCopyRounds {
    private typealias Pair = (numerator: Double, denominator: Double)

    func compare(_ zero: Int, _ copy: Int) -> SavingRow {
        func pairs(_ value: (ZeroCopySlice) -> Double?) -> [Pair] {
            rounds.compactMap { round in
                guard let zero = value(round[zero]), let copy = value(round[copy]) else { return nil }
                return (zero, copy)
            }
        }
        let net = rounds.map { round in
            (
                numerator: round[zero].cpuSecondsPerGB - round[floor].cpuSecondsPerGB,
                denominator: round[copy].cpuSecondsPerGB - round[floor].cpuSecondsPerGB
            )
        }
        var row = SavingRow(
            zeroCopy: modes[zero].title, baseline: modes[copy].title, baselineKind: modes[copy].baselineKind, pairs: rounds.count,
            saving: saving("saving", pairs(\.cpuSecondsPerGB), unless: whyTooLittle([zero, copy])),
            savingNetOfFloor: saving(
                "saving_net_of_floor", net,
                unless: whyTooLittle([zero, copy, floor])
                    ?? (net.allSatisfy { $0.numerator > 0 && $0.denominator > 0 } ? nil : "a mode costs no more than the floor")),
            throughputRatio: throughputRatio("throughput_ratio", zero, copy),
            latencyRatio: ratio("latency_ratio", .lowerIsBetter, pairs { $0.latency.value(at: 0.5).map { Double($0) } }),
            syscallRatio: ratio("syscall_ratio", .lowerIsBetter, pairs(\.systemCallsPerGB)),
            contextSwitchRatio: ratio("context_switch_ratio", .lowerIsBetter, pairs(\.contextSwitchesPerGB)))
        row.latencyP99Ratio = tailRatio(zero, copy)
        let machine = pairs(\.cpuSecondsPerGBWithUnattributed)
        if machine.count == rounds.count { row.savingWithUnattributed = saving("saving_with_unattributed", machine, unless: whyTooLittle([zero, copy])) }
        return row
    }

    private static let tail = 0.99

    /// Of two p99s. One takes thousands of fetches, more than a short slice may have: consecutive rounds are put together until each
    /// pair has enough of them on both sides.
    private func tailRatio(_ zero: Int, _ copy: Int) -> Metric {
        func absent(_ reason: String) -> Metric { .unavailable("latency_p99_ratio", unit: "x", polarity: .lowerIsBetter, reason: reason) }
        for side in [zero, copy] where isMachineFloor(side) { return absent("the p99 of \(name(side)) is no longer than the machine's own hiccups") }
        for size in 1...max(1, rounds.count / 2) {
            let starts = stride(from: 0, through: rounds.count - size, by: size)
            let groups = starts.map { rounds[$0..<$0 + size] }
            let pairs = groups.compactMap { group -> Pair? in
                guard let numerator = Self.p99(group.map { $0[zero] }), let denominator = Self.p99(group.map { $0[copy] }) else { return nil }
                return (numerator, denominator)
            }
            guard pairs.count == groups.count, let interval = ConfidenceInterval.pairedRatio(pairs, seed: seed) else { continue }
            return .measured(
                "latency_p99_ratio", interval.estimate, unit: "x", polarity: .lowerIsBetter, interval: interval, samples: UInt64(pairs.count),
                note: size == 1 ? nil : "\(pairs.count) pairs of \(size) rounds each")
        }
        let least = (VerdictThresholds.tailSamplesMinimum / (1 - Self.tail)).rounded()
        return absent("half of the rounds have fewer than the \(fixed(least, 0)) fetches that a p99 takes")
    }

    private func isMachineFloor(_ side: Int) -> Bool {
        if case .measured(_, .machineFloor?, _) = Self.together(rounds.map { $0[side] }).reading(at: Self.tail, hiccup: hiccup) { true } else { false }
    }

    /// nil where there are too few fetches for it.
    private static func p99(_ slices: [ZeroCopySlice]) -> Double? {
        let all = together(slices)
        return VerdictThresholds.tailIsLongEnough(quantile: tail, samples: all.count) ? all.value(at: tail).map { Double($0) } : nil
    }

    private static func together(_ slices: [ZeroCopySlice]) -> LatencyHistogram {
        slices.reduce(into: LatencyHistogram()) { $0.add($1.latency) }
    }

    /// Of every two modes, and of each mode over the floor.
    func costRatios() -> [CostRatio] {
        let sides = Array(modes.indices) + [floor]
        return sides.indices.flatMap { first in
            sides[(first + 1)...].map { other -> CostRatio in
                let side = sides[first]
                let found = whyTooLittle([side, other]).map { Metric.unavailable("cost_ratio", unit: "x", polarity: .lowerIsBetter, reason: $0) }
                    ?? ratio("cost_ratio", .lowerIsBetter, rounds.map { ($0[side].cpuSecondsPerGB, $0[other].cpuSecondsPerGB) })
                return CostRatio(mode: name(side), over: name(other), ratio: found)
            }
        }
    }

    /// n/a where the client may have been what bound one of them: its ratio would be of what it can take.
    func throughputRatio(_ name: String, _ one: Int, _ other: Int) -> Metric {
        if let reason = whyClientBound([one, other]) { return .unavailable(name, unit: "x", polarity: .higherIsBetter, reason: reason) }
        return ratio(name, .higherIsBetter, rounds.map { ($0[one].gigabytesPerSecond, $0[other].gigabytesPerSecond) })
    }

    private func whyClientBound(_ sides: [Int]) -> String? {
        for side in sides {
            if let share = meanClientShare(side), share > VerdictThresholds.laneSaturationMaximum {
                return "client-bound: beside \(name(side)) the client's busiest thread was on its CPU for \(percent(share)) of the time"
            }
        }
        return nil
    }

    func bestCopyOverC(_ best: Int) -> Metric {
        guard let reference = index(of: .copy) else {
            return .unavailable("best_copy_over_c", unit: "x", polarity: .lowerIsBetter, reason: "no C loop ran beside it")
        }
        if let reason = whyTooLittle([best, reference]) { return .unavailable("best_copy_over_c", unit: "x", polarity: .lowerIsBetter, reason: reason) }
        return ratio("best_copy_over_c", .lowerIsBetter, rounds.map { ($0[best].cpuSecondsPerGB, $0[reference].cpuSecondsPerGB) })
    }

    /// - Parameter reason: why none may be told; nil: it may.
    private func saving(_ name: String, _ pairs: [Pair], unless reason: String?) -> Metric {
        if let reason { return .unavailable(name, unit: "%", polarity: .higherIsBetter, reason: reason) }
        guard let interval = ConfidenceInterval.pairedRatio(pairs, seed: seed)?.asSaving else {
            return .unavailable(name, unit: "%", polarity: .higherIsBetter, reason: pairs.count < 2 ? "fewer than two pairs" : "a slice has none")
        }
        let inPercent = interval.scaled(by: 100)
        return .measured(name, inPercent.estimate, unit: "%", polarity: .higherIsBetter, interval: inPercent, samples: UInt64(pairs.count))
    }

    private func ratio(_ name: String, _ polarity: Metric.Polarity, _ pairs: [Pair]) -> Metric {
        guard pairs.count == rounds.count, let interval = ConfidenceInterval.pairedRatio(pairs, seed: seed) else {
            return .unavailable(name, unit: "x", polarity: polarity, reason: pairs.count < 2 ? "fewer than two pairs" : "a slice has none")
        }
        return .measured(name, interval.estimate, unit: "x", polarity: polarity, interval: interval, samples: UInt64(pairs.count))
    }
}

extension SavingRow {
    mutating func withdrawSavings(_ reason: String) {
        func withdrawn(_ metric: Metric) -> Metric { .unavailable(metric.name, unit: metric.unit, polarity: metric.polarity, reason: reason) }
        saving = withdrawn(saving)
        savingNetOfFloor = withdrawn(savingNetOfFloor)
        savingWithUnattributed = savingWithUnattributed.map(withdrawn)
    }
}
