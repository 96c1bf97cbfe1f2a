// f. Deleting is unlinking.
internal import Measurement
internal import Results

struct RemovalOfFiles: Claim {
    let letter = "f"
    let name = "removal"
    let sentence = "Deleting old data is deleting files: retention costs nothing to producers and consumers."
    let method = """
        Appends at a fixed rate before, while and after many segments go, in the engine. Then a producer and a reader at a fixed rate, by turns with \
        segments that are removed all the time and with none.
        """
    let experiments = ["removal", "retention"]

    /// What the p99 beside a removal may be, times what it is without.
    private static let mostGrowth = 1.25

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("The p99 of appends beside a removal is at most a quarter above that without.", of: "removal", isEssential: false) { points in
                let ratio = try points[0].metric("append_p99_beside_removal")
                let figures = try ["segments_removed", "append_p99_alone", "append_p99_beside"].map(points[0].metric) + [ratio]
                return Answer(figures, ratio.verdict(atMost: Self.mostGrowth, otherwise: "it is \(ClaimText.figure(ratio)) that without"))
            },
            evidence.finding("A producer's p99 is at most a quarter higher where retention removes segments all the time.", of: "retention") { points in
                try Self.latency(points, "response", "response_p99")
            },
            evidence.finding("A reader's p99 is at most a quarter higher where retention removes segments all the time.", of: "retention") { points in
                try Self.latency(points, "end_to_end", "end_to_end_p99")
            },
        ]
    }

    /// A quantile of a load with segments that are removed all the time, against the same load with none, over pairs of runs.
    static func latency(_ points: [Evidence.Point], _ clock: String, _ name: String) throws -> Answer {
        let removed = try points.map { point in try point.counter("retention_segments") }
        let (beside, alone) = (points.indices.filter { removed[$0] > 0 }, points.indices.filter { removed[$0] == 0 })
        guard !beside.isEmpty, beside.count == alone.count else {
            throw Unanswered.ours("segments had to go in half of its runs, and went in \(beside.count) of \(points.count)")
        }
        let with = try beside.map { place in try points[place].latency(clock, 0.99, "\(name)_with_retention") }
        let without = try alone.map { place in try points[place].latency(clock, 0.99, "\(name)_without") }
        // In the order in which they were made, by turns: each beside its neighbour.
        let ratios = try zip(with, without).map { one, other in try one.ratio(to: other, "with_to_without") }
        let segments = Metric.measured("segments_removed", removed.reduce(0, +), unit: "count", polarity: .neutral)
        let ratio = median(ratios)
        return Answer(
            [segments, median(without), median(with), ratio], ratio.verdict(atMost: mostGrowth, otherwise: "it is \(ClaimText.figure(ratio)) that without"))
    }

    /// Of runs that were repeated, with the range that the repeats tell; of a single one, itself.
    private static func median(_ repeats: [Metric]) -> Metric {
        let first = repeats[0]
        guard repeats.count > 1, let found = ConfidenceInterval.median(repeats.compactMap(\.value)) else { return first }
        return .measured(first.name, found.estimate, unit: first.unit, polarity: first.polarity, interval: found, samples: UInt64(repeats.count))
    }
}
