// g. Bytes that never pass through the process.
internal import Measurement
internal import Results

struct ZeroCopy: Claim {
    let letter = "g"
    let name = "zero-copy"
    let sentence = "Zero-copy needs fewer copies and context switches: CPU goes down by 70 % or more, throughput up two to three times, and latency clearly down."
    let method = """
        One broker serves the same cached log by splice, by sendfile and by copying, in slices of random order at full speed, its client on the same CPU. \
        Copying is two things: small chunks, as programs idiomatically do, and one large buffer, the best that a copy can be.
        """
    let experiments = ["zero-copy"]

    private static let claimedSaving = 70.0, claimedGain = 2.0

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("It saves at least 70 % of the broker's CPU.", of: "zero-copy") { points in
                try Self.answer(points[0], \.saving, atLeast: Self.claimedSaving) { "of the CPU per byte is saved against \($0)" }
            },
            evidence.finding("It at least doubles throughput.", of: "zero-copy") { points in
                try Self.answer(points[0], \.throughputRatio, atLeast: Self.claimedGain) { "of the throughput of \($0) is reached" }
            },
            Finding("Latency at the same rate is clearly lower.", .notMeasured("its experiment is at full speed")),
            Finding("Copies and mode switches are fewer on each path.", .notMeasured("they are not counted path by path")),
            Finding("Replication saves as much.", .needsACluster),
        ]
    }

    /// Of the way of serving without a copy that saves most, against both baselines.
    private static func answer(
        _ point: Evidence.Point, _ figure: KeyPath<SavingRow, Metric>, atLeast limit: Double, _ words: (String) -> String
    ) throws -> Answer {
        guard let rows = point.record.headlines.zeroCopy?.comparisons, !rows.isEmpty else { throw Unanswered.ours("\(point.run) compared nothing") }
        let best = rows.max { ($0.saving.value ?? 0) < ($1.saving.value ?? 0) }!.zeroCopy
        let mine = rows.filter { $0.zeroCopy == best }
        let figures = mine.map { row in renamed(row[keyPath: figure], "\(best) against \(row.baseline), the \(row.baselineKind) copy") }
        let found = zip(mine, figures).map { row, metric in
            (row: row, verdict: metric.verdict(atLeast: limit, otherwise: "\(ClaimText.figure(metric)) \(words("the \(row.baselineKind) copy"))"))
        }
        let held = found.filter { $0.verdict == .holds }
        if held.count == found.count { return Answer(figures, .holds) }
        if let first = held.first { return Answer(figures, .holdsWhen("the baseline is the \(first.row.baselineKind) copy (\(first.row.baseline))")) }
        return Answer(figures, found.first { $0.verdict.isDecided }?.verdict ?? found[0].verdict)
    }

    private static func renamed(_ metric: Metric, _ name: String) -> Metric {
        guard let value = metric.value else { return .unavailable(name, unit: metric.unit, polarity: metric.polarity, reason: metric.unavailable ?? "no reason given") }
        return .measured(name, value, unit: metric.unit, polarity: metric.polarity, interval: metric.interval, samples: metric.samples)
    }
}
