// i. Order.
internal import Measurement
internal import Results

struct Ordering: Claim {
    let letter = "i"
    let name = "ordering"
    let sentence = "Order holds within a partition, the same key goes to the same partition, and total order needs one partition, which costs throughput."
    let method = """
        Keyed records at a fixed rate while the broker is killed and started again; every one of them is read back and held to its place. Then every key of \
        a keyed load is looked for in every partition. What one partition costs is told by producers at full speed into one and into several.
        """
    let experiments = ["restart", "keys", "partitions"]

    private static let costShare = 0.9

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("No record is behind one that was sent later to the same partition, restarts included.", of: "restart", acceptsInvalid: true) { points in
                try AuditCount.answer(points[0], "reordered", of: "seen")
            },
            evidence.finding("No key is found in two partitions.", of: "keys") { points in
                let (keys, several) = (try points[0].metric("keys"), try points[0].metric("keys_in_several_partitions"))
                guard (keys.value ?? 0) > 0 else { throw Unanswered.ours("no key was read") }
                return Answer([keys, several], several.verdict(atMost: 0, otherwise: "\(ClaimText.figure(several)) keys are"))
            },
            evidence.finding("One partition, as total order needs it, takes less than nine tenths of what several take.", of: "partitions", isEssential: false) { points in
                let all = try points.map { point in try point.throughput("throughput (\(point.settings["topic.partitions"] ?? "?"))") }
                guard all.count >= 2 else { throw Unanswered.ours("only one number of partitions was measured") }
                let best = all.max { ($0.value ?? 0) < ($1.value ?? 0) }!
                let share = try all[0].ratio(to: best, "one_to_best")
                return Answer(all + [share], share.verdict(atMost: Self.costShare, otherwise: "total order costs nothing on this machine: one partition takes \(ClaimText.figure(share)) of the best"))
            },
        ]
    }
}

/// What the audit of a run counted.
enum AuditCount {
    /// Holds where there are none of `bad` among at least some of `all`.
    static func answer(_ point: Evidence.Point, _ bad: String, of all: String) throws -> Answer {
        let found = Metric.measured("records_\(bad)", try point.counter("audit_\(bad)"), unit: "count", polarity: .lowerIsBetter)
        let looked = Metric.measured("records_\(all)", try point.counter("audit_\(all)"), unit: "count", polarity: .neutral)
        guard (looked.value ?? 0) > 0 else { throw Unanswered.ours("\(point.run) audited no record") }
        let kills = Double(try point.load.phase.perturbations?.count { $0.kind == "kill" } ?? 0)
        let restarts = Metric.measured("restarts", kills, unit: "count", polarity: .neutral)
        return Answer([restarts, looked, found], found.verdict(atMost: 0, otherwise: "\(ClaimText.figure(found)) records are \(bad)"))
    }
}
