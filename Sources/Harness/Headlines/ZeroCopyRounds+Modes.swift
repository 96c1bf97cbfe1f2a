// What the slices of one side come to.
internal import Host
internal import Measurement
internal import Results

extension ZeroCopyRounds {
    func row(_ index: Int) -> ModeRow {
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
        found.userSecondsPerGB = ticks("user_s_per_gb", index, \.userSecondsPerGB)
        found.systemSecondsPerGB = ticks("system_s_per_gb", index, \.systemSecondsPerGB)
        return found
    }

    func meanClientShare(_ index: Int) -> Double? {
        let shares = rounds.compactMap { $0[index].clientShare }
        return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    }

    func cost(_ index: Int) -> Metric {
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

    /// The mean of what the tick sampled.
    private func ticks(_ name: String, _ index: Int, _ value: (ZeroCopySlice) -> Double?) -> Metric {
        let found = rounds.compactMap { value($0[index]) }
        let reason: String? = found.count < rounds.count ? "no tick of the kernel's fell into a slice" : whyTooLittle([index])
        guard reason == nil, let interval = ConfidenceInterval.mean(found) else {
            return .unavailable(name, unit: "CPU-s/GB", polarity: .lowerIsBetter, reason: reason ?? "fewer than two rounds")
        }
        return .measured(
            name, interval.estimate, unit: "CPU-s/GB", polarity: .lowerIsBetter, interval: interval, samples: UInt64(found.count),
            note: "sampled by the kernel's tick")
    }

    /// Why nothing is said of the CPU of these sides: too little of one of them was measured. nil where there was enough.
    func whyTooLittle(_ sides: [Int]) -> String? {
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
}
