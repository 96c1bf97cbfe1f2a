// g. Bytes that never pass through the process.
internal import Host
internal import Measurement
internal import Results

struct ZeroCopy: Claim {
    let letter = "g"
    let name = "zero-copy"
    let sentence = "Zero-copy needs fewer copies and context switches: CPU goes down by 70 % or more, throughput up two to three times, and latency clearly down."
    let method = """
        One broker serves the same cached log by splice, by sendfile and by copying, in slices of random order at full speed, its client on the same CPU. \
        Copying is two things: small chunks, as programs idiomatically do, and one large buffer, the best that a copy can be. Then all of them at one \
        rate, far below what any of them can do, each fetch timed from when it was due. Copies are counted by what each way is defined to do, mode \
        switches as two for each system call that the broker counted; beside both stands what is commonly told.
        """
    let experiments = ["zero-copy", "equal-rate"]

    private static let claimedSaving = 70.0, claimedGain = 2.0
    /// Percent: with no copy left where there were two, the smaller part at most may be something else.
    private static let leastNetSaving = 50.0
    /// Of the baseline's: a tenth less, by the whole of the interval, is clearly less.
    private static let clearly = 0.9

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("It saves at least 70 % of the broker's CPU.", of: "zero-copy") { points in
                try Self.answer(points[0], \.saving) { $0.verdict(atLeast: Self.claimedSaving, otherwise: "\(ClaimText.figure($0)) of the CPU per byte is saved against \($1)") }
            },
            evidence.finding("It at least doubles throughput.", of: "zero-copy") { points in
                try Self.answer(points[0], \.throughputRatio) { $0.verdict(atLeast: Self.claimedGain, otherwise: "\(ClaimText.figure($0)) of the throughput of \($1) is reached") }
            },
            evidence.finding("At the same rate the median fetch takes a tenth less, or better.", of: "equal-rate") { points in
                try Self.answer(points[0], \.latencyRatio) { $0.verdict(atMost: Self.clearly, otherwise: "it takes \(ClaimText.figure($0)) of the time of \($1)") }
            },
            evidence.finding("It needs a tenth fewer system calls for each byte, or better.", of: "zero-copy", isEssential: false) { points in
                var found = try Self.answer(points[0], \.syscallRatio) { $0.verdict(atMost: Self.clearly, otherwise: "it needs \(ClaimText.figure($0)) of the system calls of \($1)") }
                found.figures += Self.counts(points[0])
                return found
            },
            evidence.finding("The CPU copies the payload fewer times, and that shows: above the floor, which is TCP alone, serving costs half or less.", of: "zero-copy") { points in
                var found = try Self.answer(points[0], \.savingNetOfFloor) {
                    $0.verdict(atLeast: Self.leastNetSaving, otherwise: "\(ClaimText.figure($0)) of what serving costs above the floor is saved against \($1)")
                }
                found.figures += TransferPath.table + TransferFolklore.copyFigures
                return found
            },
            evidence.finding("It needs half the mode switches for each byte, as two against four are told of, or fewer.", of: "zero-copy", isEssential: false) { points in
                let most = TransferFolklore.switches.zeroCopy / TransferFolklore.switches.copying
                var found = try Self.answer(points[0], \.syscallRatio) { $0.verdict(atMost: most, otherwise: "it needs \(ClaimText.figure($0)) of the mode switches of \($1)") }
                found.figures += Self.switches(points[0]) + TransferFolklore.switchFigures
                return found
            },
            Finding("Replication saves as much.", isEssential: false, .needsACluster),
        ]
    }

    /// Of every way of serving: what the broker asked of the kernel for a GB.
    private static func counts(_ point: Evidence.Point) -> [Metric] {
        (point.record.headlines.zeroCopy?.modes ?? []).flatMap { row in
            [row.syscallsPerGB.map { $0.renamed("system calls a GB, \(row.mode)") }, row.contextSwitchesPerGB.map { $0.renamed("context switches a GB, \(row.mode)") }]
                .compactMap { $0 }
        }
    }

    /// Of every way of serving: what one fetch took, by the broker's system calls, those that wait and those that read requests among them.
    private static func switches(_ point: Evidence.Point) -> [Metric] {
        guard let headline = point.record.headlines.zeroCopy, let bytes = headline.fetchBytes else { return [] }
        let perFetch = TransferFolklore.switchesPerCall * Double(bytes) / 1e9
        return headline.modes.compactMap { row in
            row.syscallsPerGB.flatMap { calls in
                calls.value.map {
                    Metric.measured(
                        "mode switches a fetch of \(mebibytes(bytes)) MiB, \(row.mode)", $0 * perFetch, unit: "", polarity: .lowerIsBetter,
                        interval: calls.interval?.scaled(by: perFetch), samples: calls.samples)
                }
            }
        }
    }

    private static func mebibytes(_ bytes: UInt64) -> String { threeDigits(Double(bytes) / 1_048_576) }

    /// Of the way of serving without a copy that saves most, against both baselines.
    ///
    /// - Parameter judge: of a figure against the baseline of this name.
    private static func answer(
        _ point: Evidence.Point, _ figure: (SavingRow) -> Metric?, _ judge: (Metric, String) -> ClaimVerdict
    ) throws -> Answer {
        guard let rows = point.record.headlines.zeroCopy?.comparisons, !rows.isEmpty else { throw Unanswered.ours("\(point.run) compared nothing") }
        let best = rows.max { ($0.saving.value ?? 0) < ($1.saving.value ?? 0) }!.zeroCopy
        let mine = rows.filter { $0.zeroCopy == best }
        let figures = try mine.map { row in
            guard let found = figure(row) else { throw Unanswered.ours("\(point.run) did not take it") }
            return found.renamed("\(best) against \(row.baseline), the \(row.baselineKind) copy")
        }
        let found = zip(mine, figures).map { row, metric in (row: row, verdict: judge(metric, "the \(row.baselineKind) copy")) }
        let held = found.filter { $0.verdict == .holds }
        if held.count == found.count { return Answer(figures, .holds) }
        if let first = held.first { return Answer(figures, .holdsWhen("the baseline is the \(first.row.baselineKind) copy (\(first.row.baseline))")) }
        return Answer(figures, found.first { $0.verdict.isDecided }?.verdict ?? found[0].verdict)
    }
}
