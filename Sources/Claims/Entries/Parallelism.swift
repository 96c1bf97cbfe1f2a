// h. Partitions.
internal import Measurement
internal import Results

struct Parallelism: Claim {
    let letter = "h"
    let name = "parallelism"
    let sentence = "Partitions are the unit of parallelism: throughput grows with them and with consumers, and consumers beyond their number stay idle."
    let method = """
        Producers at full speed into one partition and into several. Then a consumer group whose members each need their time for a record: one \
        member, as many as there are partitions, and twice as many. How many of them the group gives partitions to, and how much all of them read.
        """
    let experiments = ["partitions", "consumers"]

    private static let leastGain = 1.5
    /// Of what consumers that all have work would read, and of what those beyond the partitions may add.
    private static let leastShare = 0.8, mostGrowth = 1.2

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("Several partitions take half as much again as one.", of: "partitions") { points in
                let all = try points.map { point in try point.throughput("throughput (\(point.settings["topic.partitions"] ?? "?"))") }
                guard all.count >= 2 else { throw Unanswered.ours("only one number of partitions was measured") }
                let best = all.dropFirst().max { ($0.value ?? 0) < ($1.value ?? 0) }!
                let gain = try best.ratio(to: all[0], "best_to_one")
                return Answer(all + [gain], gain.verdict(atLeast: Self.leastGain, otherwise: "one partition is enough for this machine: the best number reaches \(ClaimText.figure(gain)) of it"))
            },
            evidence.finding("As many consumers as partitions read four fifths of so many times what one reads, or more.", of: "consumers") { points in
                let (one, equal) = (try Self.point(points) { consumers, _ in consumers == 1 }, try Self.point(points, Self.areEqual))
                let (byOne, byAll, count) = (try Self.read(one), try Self.read(equal), try Self.consumers(equal))
                let gain = try byAll.ratio(to: byOne, "gain")
                return Answer([byOne, byAll, gain], gain.verdict(atLeast: Self.leastShare * count, otherwise: "they read \(ClaimText.figure(gain)) of what one reads"))
            },
            evidence.finding("With as many consumers as partitions the group gives each of them some.", of: "consumers") { points in
                let equal = try Self.point(points, Self.areEqual)
                let (members, busy) = try Self.members(equal)
                return Answer([members, busy], busy.verdict(atLeast: members.value ?? 0, otherwise: "\(ClaimText.figure(busy)) of \(ClaimText.figure(members)) members have partitions"))
            },
            evidence.finding("Of twice as many only as many have partitions as there are: the others stay idle.", of: "consumers") { points in
                let beyond = try Self.point(points, Self.isTwice)
                let (members, busy) = try Self.members(beyond)
                let most = try Self.consumers(beyond) / 2
                return Answer([members, busy], busy.verdict(atMost: most, otherwise: "\(ClaimText.figure(busy)) of \(ClaimText.figure(members)) members have partitions"))
            },
            evidence.finding("Twice as many read at most a fifth more than as many as there are partitions.", of: "consumers") { points in
                let (equal, beyond) = (try Self.point(points, Self.areEqual), try Self.point(points, Self.isTwice))
                let (byAll, byTwice) = (try Self.read(equal), try Self.read(beyond))
                let growth = try byTwice.ratio(to: byAll, "growth")
                return Answer([byAll, byTwice, growth], growth.verdict(atMost: Self.mostGrowth, otherwise: "they read \(ClaimText.figure(growth)) of it"))
            },
        ]
    }

    private static func areEqual(_ consumers: Double, _ partitions: Double) -> Bool { consumers == partitions }
    private static func isTwice(_ consumers: Double, _ partitions: Double) -> Bool { consumers == 2 * partitions }

    private static func setting(_ path: String, _ point: Evidence.Point) -> Double { Double(point.settings[path] ?? "") ?? 0 }

    private static func point(_ points: [Evidence.Point], _ isAsked: (_ consumers: Double, _ partitions: Double) -> Bool) throws -> Evidence.Point {
        let found = points.first { isAsked(setting("consumers.count", $0), setting("topic.partitions", $0)) }
        guard let found else { throw Unanswered.ours("no such number of consumers was measured") }
        return found
    }

    private static func consumers(_ point: Evidence.Point) throws -> Double {
        let count = setting("consumers.count", point)
        guard count > 0 else { throw Unanswered.ours("\(point.run) has no number of consumers") }
        return count
    }

    /// Records that all of them read together.
    private static func read(_ point: Evidence.Point) throws -> Metric {
        let (count, rate) = (try consumers(point), try point.load.consumedPerSecond ?? 0)
        return .measured("read by \(Int(count))", rate, unit: "records/s", polarity: .higherIsBetter)
    }

    /// Of the group, and of them those that it had given partitions to when the phase ended.
    private static func members(_ point: Evidence.Point) throws -> (all: Metric, busy: Metric) {
        let all = Metric.measured("members", try point.counter("members"), unit: "count", polarity: .neutral)
        return (all, .measured("members_with_partitions", try point.counter("members_with_partitions"), unit: "count", polarity: .neutral))
    }
}
