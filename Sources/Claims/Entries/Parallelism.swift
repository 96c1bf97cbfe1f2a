// h. Partitions.
internal import Measurement
internal import Results

struct Parallelism: Claim {
    let letter = "h"
    let name = "parallelism"
    let sentence = "Partitions are the unit of parallelism: throughput grows with them and with consumers, and consumers beyond their number stay idle."
    let method = """
        Producers at full speed into one partition and into several. Then consumers that each need their time for a record, one, as many as there are \
        partitions, and twice as many: how many of them have work, by what all of them read together.
        """
    let experiments = ["partitions", "consumers"]

    private static let leastGain = 1.5
    /// Of a consumer's pace: what a count of consumers at work may be off by.
    private static let leastShare = 0.8, mostShare = 1.2

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("Several partitions take half as much again as one.", of: "partitions") { points in
                let all = try points.map { point in try point.throughput("throughput (\(point.settings["topic.partitions"] ?? "?"))") }
                guard all.count >= 2 else { throw Unanswered.ours("only one number of partitions was measured") }
                let best = all.dropFirst().max { ($0.value ?? 0) < ($1.value ?? 0) }!
                let gain = try best.ratio(to: all[0], "best_to_one")
                return Answer(all + [gain], gain.verdict(atLeast: Self.leastGain, otherwise: "one partition is enough for this machine: the best number reaches \(ClaimText.figure(gain)) of it"))
            },
            evidence.finding("With as many consumers as partitions all of them have work.", of: "consumers") { points in
                let (atWork, count) = try Self.atWork(points) { consumers, partitions in consumers == partitions }
                let share = try atWork.ratio(to: count, "share_at_work")
                return Answer([count, atWork, share], share.verdict(atLeast: Self.leastShare, otherwise: "\(ClaimText.figure(atWork)) of \(ClaimText.figure(count)) have work"))
            },
            evidence.finding("Of twice as many only as many have work as there are partitions.", of: "consumers") { points in
                let (atWork, count) = try Self.atWork(points) { consumers, partitions in consumers == 2 * partitions }
                let share = try atWork.ratio(to: count, "share_at_work")
                let held = share.verdict(atMost: Self.mostShare / 2, otherwise: "\(ClaimText.figure(atWork)) of \(ClaimText.figure(count)) have work")
                return Answer([count, atWork, share], held)
            },
        ]
    }

    /// Records read over the pace of one consumer.
    private static func atWork(_ points: [Evidence.Point], _ isAsked: (_ consumers: Int, _ partitions: Int) -> Bool) throws -> (atWork: Metric, count: Metric) {
        for point in points {
            func setting(_ path: String) -> Double { Double(point.settings[path] ?? "") ?? 0 }
            let (consumers, partitions) = (Int(setting("consumers.count")), Int(setting("topic.partitions")))
            guard consumers > 0, isAsked(consumers, partitions) else { continue }
            let pace = setting("consumers.rate") / Double(consumers)
            let read = try point.load.consumedPerSecond ?? 0
            return (
                .measured("consumers_at_work", read / max(1, pace), unit: "", polarity: .neutral),
                .measured("consumers", Double(consumers), unit: "count", polarity: .neutral)
            )
        }
        throw Unanswered.ours("no such number of consumers was measured")
    }
}
