// d. Batches.
internal import Measurement
internal import Results

struct Batching: Claim {
    let letter = "d"
    let name = "batching"
    let sentence = "Batching cuts network round trips and disk operations, and so raises throughput."
    let method = "The same producers at full speed with batches from 2 KiB to 1 MiB: requests, writes to the log and writes of the device per record, and throughput."
    let experiments = ["batching"]

    private static let leastGain = 2.0

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("The largest batches need at most half the requests of the smallest.", of: "batching") { points in
                try Self.perRecord(points, "acknowledged_requests", "requests_per_1000_records")
            },
            evidence.finding("The largest batches need at most half the writes to the log.", of: "batching") { points in
                var found = try Self.perRecord(points, "log_appends", "log_writes_per_1000_records")
                found.figures += try Self.deviceWrites(points)
                return found
            },
            evidence.finding("The largest batches at least double the throughput of the smallest.", of: "batching") { points in
                let ordered = try Self.ordered(points)
                let all = try ordered.map { point in try point.throughput(Self.name("throughput", point)) }
                let gain = try all[all.count - 1].ratio(to: all[0], "gain")
                return Answer(all + [gain], gain.verdict(atLeast: Self.leastGain, otherwise: "the largest reach \(ClaimText.figure(gain)) of the smallest's"))
            },
        ]
    }

    private static func perRecord(_ points: [Evidence.Point], _ counter: String, _ name: String) throws -> Answer {
        let ordered = try ordered(points)
        let all = try ordered.map { point in try perThousandRecords(name, try point.counter(counter), point) }
        let gain = try all[0].ratio(to: all[all.count - 1], "fewer")
        return Answer(all + [gain], gain.verdict(atLeast: leastGain, otherwise: "the smallest need \(ClaimText.figure(gain)) of the largest's"))
    }

    /// Of the device under the data directory, where it has one of its own.
    private static func deviceWrites(_ points: [Evidence.Point]) throws -> [Metric] {
        try ordered(points).compactMap { point in
            guard let disk = try point.load.phase.host?.disks.values.first else { return nil }
            return try perThousandRecords("device_writes_per_1000_records", Double(disk.writes), point, note: "the kernel gathers what is written before the device has it")
        }
    }

    private static func perThousandRecords(_ name: String, _ count: Double, _ point: Evidence.Point, note: String? = nil) throws -> Metric {
        let records = try point.counter("acknowledged_records")
        return .measured(self.name(name, point), 1_000 * count / max(1, records), unit: "", polarity: .lowerIsBetter, note: note)
    }

    /// `throughput (64KiB)`
    private static func name(_ figure: String, _ point: Evidence.Point) -> String { "\(figure) (\(point.settings[axis] ?? "?"))" }

    private static let axis = "producers.batchBytes"

    /// As the profile has them: from the smallest batch to the largest.
    private static func ordered(_ points: [Evidence.Point]) throws -> [Evidence.Point] {
        guard points.count >= 2 else { throw Unanswered.ours("only one size of batches was measured") }
        return points
    }
}
