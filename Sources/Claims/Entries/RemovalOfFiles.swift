// f. Deleting is unlinking.
internal import Measurement
internal import Results

struct RemovalOfFiles: Claim {
    let letter = "f"
    let name = "removal"
    let sentence = "Deleting old data is deleting files: retention costs nothing to producers and consumers."
    let method = """
        Appends at a fixed rate before, while and after many segments go, in the engine. Then a producer and a reader at a fixed rate, once with \
        segments that are removed all the time, once with none.
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

    /// A quantile of a load with segments that are removed all the time, against the same load with none.
    static func latency(_ points: [Evidence.Point], _ clock: String, _ name: String) throws -> Answer {
        guard points.count == 2 else { throw Unanswered.ours("there are \(points.count) runs of it, not two") }
        let removed = try points.map { point in try point.counter("retention_segments") }
        guard let beside = removed.firstIndex(where: { $0 > 0 }), let alone = removed.firstIndex(of: 0) else {
            throw Unanswered.ours("in one of its runs segments had to go, and none in the other")
        }
        let (with, without) = (try points[beside].latency(clock, 0.99, "\(name)_with_retention"), try points[alone].latency(clock, 0.99, "\(name)_without"))
        let ratio = try with.ratio(to: without, "with_to_without")
        let segments = Metric.measured("segments_removed", removed[beside], unit: "count", polarity: .neutral)
        return Answer([segments, without, with, ratio], ratio.verdict(atMost: mostGrowth, otherwise: "it is \(ClaimText.figure(ratio)) that without"))
    }
}
