// How long a workload runs, what its backlog is, and what it searches for.
internal import Host
internal import Results

extension OMBComposer {
    private var scale: Double { settings.timeScale }
    private func seconds(_ minutes: Double) -> Double { minutes * 60 * scale }
    private var isShortened: Bool { scale < 1 }
    private var shortening: String { "--time-scale \(Self.plain(scale))" }

    private var warmUpSeconds: Double { seconds(workload.warmupDurationMinutes ?? (driver.isRedpanda ? 30 : 1)) }
    /// A phase is measured for a second at the least.
    private var testSeconds: Double { max(1, seconds(workload.testDurationMinutes)) }

    mutating func phases() {
        let steadyWait = testSeconds >= 60 ? 5.0 : 0
        add("phases: {warmUp: \(Self.milliseconds(warmUpSeconds)), steadyWait: \(Self.milliseconds(steadyWait))"
            + (isSearch ? "" : ", steady: \(Self.milliseconds(testSeconds))") + "}")
        guard isShortened else {
            let asked = seconds(workload.testDurationMinutes)
            if asked < testSeconds { deviate("testDurationMinutes", Self.plain(workload.testDurationMinutes), "\(fixed(testSeconds, 1)) s", "a phase is measured for a second at the least") }
            return
        }
        deviate("testDurationMinutes", Self.plain(workload.testDurationMinutes), "\(fixed(testSeconds, 1)) s", shortening)
        let asked = workload.warmupDurationMinutes.map(Self.plain) ?? "\(driver.isRedpanda ? 30 : 1) (default)"
        deviate("warmupDurationMinutes", asked, "\(fixed(warmUpSeconds, 1)) s", shortening)
    }

    // MARK: backlog

    /// A little less than a backlog may take: sizes are rounded.
    private static let buildSeconds = 3_590.0
    private static let leastBytes = 65_536.0
    private static let atMostSeconds = 10.0...3_000.0

    mutating func backlog() {
        guard workload.consumerBacklogSizeGB > 0 else {
            let unused = [
                ("backlogDrainRatio", workload.backlogDrainRatio != 1), ("drainProducerRate", workload.drainProducerRate >= 0),
                ("producerPauseDuringDrain", workload.producerPauseDuringDrain), ("producerPauseBeforeDrain", workload.producerPauseBeforeDrain),
            ]
            for (key, isMeant) in unused where isMeant { deviate(key, nil, nil, "there is no backlog") }
            return
        }
        let subscriptions = Double(workload.subscriptionsPerTopic)
        let mean = workload.sizeRanges.isEmpty ? Double(workload.messageSize) : meanBytes
        let asked = workload.consumerBacklogSizeGB * 1_073_741_824
        let most = Self.buildSeconds * Double(workload.producerRate) * mean
        let bytes = max(Self.leastBytes, min(asked * scale / subscriptions, most))
        if abs(bytes * subscriptions - asked) > 1 {
            let why = bytes < asked * scale / subscriptions ? "what can be written in \(fixed(Self.buildSeconds, 0)) s, for which readers stand still at most" : subscriptions > 1 ? "\(shortening), of all subscriptions together" : shortening
            deviate("consumerBacklogSizeGB", Self.plain(workload.consumerBacklogSizeGB), decimalBytes(Int64(bytes * subscriptions)), why)
        }
        let build = bytes / mean / Double(workload.producerRate)
        let atMost = min(max(3 * build, Self.atMostSeconds.lowerBound), Self.atMostSeconds.upperBound)
        add("backlog:")
        add("  bytes: \(Int64(bytes))")
        drain()
        drainShare()
        add("  atMost: \(Self.milliseconds(atMost))")
        deviate("consumerBacklogSizeGB", nil, "phases of its own", "OMB builds and drains within the test; here backlog and catch-up come after it, and so do their samples")
    }

    private var meanBytes: Double {
        let weight = workload.sizeRanges.reduce(0) { $0 + $1.weight }
        return workload.sizeRanges.reduce(0) { $0 + $1.weight * Double($1.low + min($1.high, RecordSizes.largest)) / 2 } / weight
    }

    /// How much of the backlog has to be read.
    private mutating func drainShare() {
        let asked = workload.backlogDrainRatio
        guard asked < 1 else { return }
        let used = fixed(min(max(asked, 0.001), 0.999), 3)
        add("  drain: \(used)")
        if Double(used) != asked { deviate("backlogDrainRatio", Self.plain(asked), used, "a backlog is drained by a thousandth at least, and told in thousandths") }
    }

    /// What the producers do meanwhile.
    private mutating func drain() {
        let (rate, asked) = (workload.producerRate, workload.drainProducerRate)
        if workload.producerPauseBeforeDrain {
            deviate("producerPauseBeforeDrain", "true", nil, "readers begin as soon as the backlog stands; producerPauseDuringDrain stops the producers meanwhile")
        }
        if workload.producerPauseDuringDrain || workload.consumerOnly || asked == 0 {
            if asked > 0 { deviate("drainProducerRate", "\(asked)", nil, "\(workload.consumerOnly ? "consumerOnly" : "producerPauseDuringDrain") stops the producers") }
            return add("  producers: stopped")
        }
        if asked > 0, asked < rate {
            let share = fixed(max(1e-6, Double(asked) / Double(rate)), 6)
            let used = (Double(share) ?? 0) * Double(rate)
            if used.rounded() != Double(asked) { deviate("drainProducerRate", "\(asked)", fixed(used, 0), "producers are throttled to millionths of their rate") }
            add("  producers: throttled")
            return add("  throttle: \(share)")
        }
        if asked > rate { deviate("drainProducerRate", "\(asked)", "\(rate)", "producers do not go faster while a backlog is drained") }
        add("  producers: running")
    }

    // MARK: search

    mutating func search() {
        let hasReaders = workload.readers > 0
        let trial = max(hasReaders ? 3 : 1, 10 * scale)
        let confirm = max(testSeconds, trial)
        if confirm > testSeconds { deviate("testDurationMinutes", Self.plain(workload.testDurationMinutes), "\(fixed(confirm, 1)) s", "the final measurement is no shorter than a trial") }
        let from = workload.producerStartRate ?? 10_000
        var objective = hasReaders ? "lag slope <= 0 and errors = 0" : "errors = 0"
        if let most = workload.acceptableBacklog {
            if hasReaders { objective += " and lag <= \(most)" }
            deviate(
                "acceptableBacklog", "\(most)", hasReaders ? "lag <= \(most)" : nil,
                hasReaders ? "records of the partition furthest behind, over a whole window" : "nobody reads")
        }
        add("search:")
        add("  objective: \(Self.quoted(objective))")
        add("  from: \(from)")
        add("  trial: \(Self.milliseconds(trial))")
        add("  settle: \(Self.milliseconds(max(1, 3 * scale)))")
        add("  confirm: \(Self.milliseconds(confirm))")
        deviate(
            "producerRate", "0", "search: \(objective)",
            "the highest rate is bracketed and bisected, then frozen and measured; OMB's controller goes on changing it while it measures")
        for key in ["producerIncrementRate", "producerIncrementSeconds"] where workload.given.contains(key) {
            deviate(key, nil, nil, "the search doubles and bisects")
        }
    }

    /// What nothing above has said.
    mutating func forks() {
        guard !isSearch else { return }
        for key in ["producerStartRate", "acceptableBacklog", "producerIncrementRate", "producerIncrementSeconds"] where workload.given.contains(key) {
            deviate(key, nil, nil, "the rate is given, and not searched for")
        }
    }
}
