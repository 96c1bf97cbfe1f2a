// b. The same speed whenever, however much is stored.
internal import Host
internal import Measurement
internal import Results

struct SteadyThroughput: Claim {
    let letter = "b"
    let name = "steady-throughput"
    let sentence = "Throughput of a log on disk is steady over time, does not depend on how much is stored, and grows with the number of disks."
    let method = """
        Producers at full speed into a log that is flushed five times a second, second by second. Then appends to a log of many \
        segments beside the same appends to a log of one, in turns, in the engine. Where there are several disks, a broker with a data directory on each \
        beside one with the first alone, in turns, each append waited for.
        """
    let experiments = ["steady", "stored-size", "disks"]

    /// What it may lose over the phase.
    private static let fallPercent = 10.0
    private static let leastRatio = 0.9
    /// Of a disk, that a further one adds.
    private static let leastShare = 0.5

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("Over a phase at full speed it loses no tenth of its throughput.", of: "steady") { points in try Self.trend(points[0]) },
            evidence.finding("A log of many segments takes appends as fast as one of a single segment.", of: "stored-size") { points in
                let ratio = try points[0].metric("append_many_to_one_segment")
                let segments = try points[0].metric("segments")
                // Results from before they were counted have none.
                let figures = [segments, try? points[0].metric("stored_bytes"), ratio].compactMap { $0 }
                return Answer(figures, ratio.verdict(atLeast: Self.leastRatio, otherwise: "with \(ClaimText.figure(segments)) segments it is \(ClaimText.figure(ratio)) as fast"))
            },
            evidence.finding("Where every append waits for its disk, each further disk adds half of what one takes, or more.", of: "disks") { points in
                let gain = try points[0].metric("all_disks_to_one")
                let figures = try ["disks", "throughput_one_disk", "throughput_all_disks"].map(points[0].metric) + [gain]
                guard let disks = figures[0].value, disks > 1 else { throw Unanswered.here("one disk") }
                return Answer(figures, gain.verdict(atLeast: 1 + Self.leastShare * (disks - 1), otherwise: "\(ClaimText.figure(figures[0])) disks take \(ClaimText.figure(gain)) of what one takes"))
            },
        ]
    }

    private static func trend(_ point: Evidence.Point) throws -> Answer {
        let throughput = try point.throughput()
        let seconds = try point.load.phase.series
        var fit = LineFit()
        for second in seconds { fit.add(x: Double(second.second), y: Double(second.bytes) / 1e6) }
        guard let slope = fit.slope, let mean = throughput.value, mean > 0 else { throw Unanswered.ours("\(point.run) has too few seconds for a trend") }
        let whole = slope.scaled(by: 100 * Double(seconds.count) / mean)
        let trend = Metric.measured("trend_over_the_phase", whole.estimate, unit: "%", polarity: .neutral, interval: whole, samples: UInt64(seconds.count), note: throughput.note)
        return Answer([throughput, trend], trend.verdict(atLeast: -fallPercent, otherwise: "it lost \(ClaimText.figure(trend)) over \(fixed(try point.load.seconds, 0)) s"))
    }
}
