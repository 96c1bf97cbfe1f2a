// Slices of fetching, side by side, and what they come to: savings, ratios and their intervals. Knows no process and no clock.
internal import Host
internal import Measurement
internal import Results

/// Rounds of slices: in each the modes in the order of the plan, then the references.
struct ZeroCopyRounds {
    let modes: [ListenerPlan]
    /// The floor is always among them.
    let references: [FetchReference.Kind]
    var rounds: [[ZeroCopySlice]]
    let seed: UInt64
    /// Timer overshoot of the whole phase.
    var hiccup: LatencyHistogram?

    private var floor: Int { index(of: .constant)! }
    private func index(of reference: FetchReference.Kind) -> Int? { references.firstIndex(of: reference).map { modes.count + $0 } }
    private func name(_ index: Int) -> String { index < modes.count ? modes[index].title : references[index - modes.count].title }

    /// Slices whose CPU per GB is over so many times their side's median are flagged, never dropped.
    private static let outlierFactor = VerdictThresholds.passCostFlagFactor
    /// The best copy may cost so much more than the C loop; beyond, a saving against it would be the copy's own waste.
    static let bestCopyOverCMaximum = 1.05

    /// Everything that is found in the slices; conditions and notes are the caller's.
    func headline(placement: String, load: String) -> ZeroCopyHeadline {
        var headline = ZeroCopyHeadline(
            placement: placement, load: load, floor: cost(floor), modes: modes.indices.map { row($0) }, comparisons: [])
        let best = modes.firstIndex(where: \.isBestCopy)
        let overC = best.map { bestCopyOverC($0) }
        headline.bestCopyOverC = overC
        if let bare = index(of: .splice) {
            headline.bareSplice = row(bare)
            headline.spliceOverBare = modes.firstIndex { $0.transfer == .splice }.map { splice in
                throughputRatio("splice_over_bare", splice, bare)
            }
        }
        headline.defaultMode = ListenerPlan.standard.title
        headline.costRatios = costRatios()
        for zero in modes.indices where modes[zero].isZeroCopy {
            for copy in modes.indices where !modes[copy].isZeroCopy {
                var row = compare(zero, copy)
                if modes[copy].isBestCopy, let reason = Self.whyUnfair(overC) { row.withdrawSavings(reason) }
                headline.comparisons.append(row)
            }
        }
        return headline
    }

    /// `splice: 2 slices cost over 3x the median; kept`
    func outliers() -> [String] {
        (0..<modes.count + references.count).compactMap { index in
            let costs = rounds.map { $0[index].cpuSecondsPerGB }
            let count = costs.filter { $0 > Self.outlierFactor * median(costs) }.count
            return count > 0 ? "\(name(index)): \(count) slices cost over \(fixed(Self.outlierFactor, 0))x the median; kept" : nil
        }
    }

    /// Why no saving against the best copy is printed; nil where it may be.
    static func whyUnfair(_ overC: Metric?) -> String? {
        guard let overC else { return nil }
        guard let ratio = overC.value else { return "the C loop beside it was not measured: \(overC.unavailable ?? "")" }
        return ratio <= bestCopyOverCMaximum
            ? nil : "the best copy cost \(fixed(ratio, 2)) times what a C loop of pread and send did in the same rounds: over \(bestCopyOverCMaximum) it is no fair baseline"
    }

    // MARK: one side

    private func row(_ index: Int) -> ModeRow {
        let slices = rounds.map { $0[index] }
        let rates = slices.map(\.gigabytesPerSecond)
        var found = ModeRow(
            mode: name(index), cpuSecondsPerGB: cost(index),
            throughput: .measured("throughput", median(rates), unit: "GB/s", polarity: .higherIsBetter, interval: .mean(rates), samples: UInt64(rounds.count)),
            fetchP50: latency("fetch_p50", 0.5, slices), fetchP99: latency("fetch_p99", 0.99, slices),
            syscallsPerGB: each("syscalls_per_gb", slices.compactMap(\.systemCallsPerGB), note: "self-reported"),
            contextSwitchesPerGB: each("context_switches_per_gb", slices.compactMap(\.contextSwitchesPerGB), note: nil))
        found.clientShare = meanClientShare(index).map { mean -> Metric in
            .measured(
                "client_share", 100 * mean, unit: "%", polarity: .neutral,
                interval: ConfidenceInterval.mean(slices.compactMap(\.clientShare))?.scaled(by: 100), samples: UInt64(slices.count))
        }
        found.cpuSecondsPerGBWithUnattributed = costWithUnattributed(index)
        return found
    }

    private func meanClientShare(_ index: Int) -> Double? {
        let shares = rounds.compactMap { $0[index].clientShare }
        return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    }

    private func cost(_ index: Int) -> Metric {
        let slices = rounds.map { $0[index] }
        if let reason = whyTooLittle([index]) { return .unavailable("cpu_s_per_gb", unit: "CPU-s/GB", polarity: .lowerIsBetter, reason: reason) }
        return .measured(
            "cpu_s_per_gb", slices.reduce(0) { $0 + $1.cpuSeconds } / slices.reduce(0) { $0 + $1.gigabytes }, unit: "CPU-s/GB", polarity: .lowerIsBetter,
            interval: .mean(slices.map(\.cpuSecondsPerGB)), samples: UInt64(slices.count))
    }

    /// nil where no slice knows it.
    private func costWithUnattributed(_ index: Int) -> Metric? {
        let slices = rounds.map { $0[index] }
        let used = slices.compactMap(\.cpuSecondsWithUnattributed)
        guard used.count == slices.count else { return nil }
        if let reason = whyTooLittle([index]) { return .unavailable("cpu_s_per_gb_with_unattributed", unit: "CPU-s/GB", polarity: .lowerIsBetter, reason: reason) }
        return .measured(
            "cpu_s_per_gb_with_unattributed", used.reduce(0, +) / slices.reduce(0) { $0 + $1.gigabytes }, unit: "CPU-s/GB", polarity: .lowerIsBetter,
            interval: .mean(slices.compactMap(\.cpuSecondsPerGBWithUnattributed)), samples: UInt64(slices.count))
    }

    /// Why nothing is said of the CPU of these sides: too little of one of them was measured. nil where there was enough.
    private func whyTooLittle(_ sides: [Int]) -> String? {
        let least = VerdictThresholds.quotedCPUSecondsMinimum
        for side in sides {
            let total = rounds.reduce(0) { $0 + $1[side].cpuSeconds }
            if total < least { return "only \(fixed(total, 2)) s of CPU in all slices of \(name(side)); \(fixed(least, 0)) s is needed" }
        }
        return nil
    }

    /// Of all slices' fetches together: quantiles are never averaged.
    private func latency(_ name: String, _ quantile: Double, _ slices: [ZeroCopySlice]) -> Metric {
        var all = LatencyHistogram()
        for slice in slices { all.add(slice.latency) }
        switch all.reading(at: quantile, hiccup: hiccup) {
        case .unavailable(let samples): return .unavailable(name, unit: "ns", polarity: .lowerIsBetter, reason: "n/a (\(samples) samples)")
        case .measured(let nanoseconds, let bound, _):
            let ends = all.quantileInterval(at: quantile)
            return .measured(
                name, Double(nanoseconds), unit: "ns", polarity: .lowerIsBetter,
                interval: ends.map {
                    ConfidenceInterval(estimate: Double(nanoseconds), lower: Double($0.lowerBound), upper: Double($0.upperBound), method: .orderStatistics, samples: Int(all.count))
                }, samples: all.count, note: bound == nil ? nil : "at most: the machine's own hiccups are as long")
        }
    }

    private func each(_ name: String, _ values: [Double], note: String?) -> Metric {
        guard values.count == rounds.count, let interval = ConfidenceInterval.mean(values) else {
            return .unavailable(name, unit: "count", polarity: .lowerIsBetter, reason: "nobody counted them")
        }
        return .measured(name, interval.estimate, unit: "count", polarity: .lowerIsBetter, interval: interval, samples: UInt64(values.count), note: note)
    }

    // MARK: two sides

    private typealias Pair = (numerator: Double, denominator: Double)

    private func compare(_ zero: Int, _ copy: Int) -> SavingRow {
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
        let machine = pairs(\.cpuSecondsPerGBWithUnattributed)
        if machine.count == rounds.count { row.savingWithUnattributed = saving("saving_with_unattributed", machine, unless: whyTooLittle([zero, copy])) }
        return row
    }

    /// Of every two modes, and of each mode over the floor.
    private func costRatios() -> [CostRatio] {
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
    private func throughputRatio(_ name: String, _ one: Int, _ other: Int) -> Metric {
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

    private func bestCopyOverC(_ best: Int) -> Metric {
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
    fileprivate mutating func withdrawSavings(_ reason: String) {
        func withdrawn(_ metric: Metric) -> Metric { .unavailable(metric.name, unit: metric.unit, polarity: metric.polarity, reason: reason) }
        saving = withdrawn(saving)
        savingNetOfFloor = withdrawn(savingNetOfFloor)
        savingWithUnattributed = savingWithUnattributed.map(withdrawn)
    }
}

/// The middle value; of an even number, the upper of the two.
func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
