// k. Retention and compaction.
internal import Measurement
internal import Results

struct Cleanup: Claim {
    let letter = "k"
    let name = "cleanup"
    let sentence = "Retention by 7 days or 1 GB, and compaction to the latest value per key, do what they say, and cost little."
    let method = """
        Logs are written past each limit and cleaned: what is left is held to the rule. Then a log is compacted beside a C loop that does the same \
        work, and another log appended to meanwhile. Last a producer at a fixed rate, once with segments that are removed all the time, once \
        with none.
        """
    let experiments = ["record-life", "compaction", "retention"]

    /// What appends beside a compaction may lose.
    private static let leastRatio = 0.8

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("Of a log kept to 1 GB at least that is left, and at most a segment more.", of: "record-life") { points in
                let (limit, segment, left) = (try points[0].metric("retention_bytes_limit"), try points[0].metric("retention_segment_bytes"), try points[0].metric("retention_bytes_left"))
                let (most, bytes) = ((limit.value ?? 0) + (segment.value ?? 0), left.value ?? 0)
                let holds = bytes >= (limit.value ?? 0) && bytes <= most
                return Answer([limit, segment, left], holds ? .holds : .doesNotHoldHere("\(ClaimText.figure(left)) are left"))
            },
            evidence.finding("Of a log kept for 7 days no sealed segment is left with nothing but older records, and no younger record is gone.", of: "record-life") { points in
                try Self.none(points[0], ["retention_old_records_left", "retention_young_records_gone"], of: "retention_young_records_left")
            },
            evidence.finding("Behind a compaction each key has its latest value, and in what was compacted no other.", of: "record-life") { points in
                try Self.none(points[0], ["compaction_keys_without_latest", "compaction_stale_records"], of: "compaction_keys")
            },
            evidence.finding("Appends beside a compaction keep four fifths of their speed.", of: "compaction", isEssential: false) { points in
                let ratio = try points[0].metric("append_beside_compaction")
                let figures = try ["compaction_throughput", "compaction_of_c_limit"].map(points[0].metric) + [ratio]
                let found = ratio.verdict(atLeast: Self.leastRatio, otherwise: "they reach \(ClaimText.figure(ratio)) of it")
                guard case .doesNotHoldHere = found else { return Answer(figures, found) }
                let held = try points[0].metric("append_beside_held_compaction")
                guard case .holds = held.verdict(atLeast: Self.leastRatio, otherwise: "") else { return Answer(figures + [held], found) }
                return Answer(figures + [held], .holdsWhen("the cleaner's rate is limited (\(held.note ?? "as the profile says")): \(ClaimText.figure(held)), else \(ClaimText.figure(ratio))"))
            },
            evidence.finding("A producer's p99 is at most a quarter higher where retention removes segments all the time.", of: "retention", isEssential: false) { points in
                try RemovalOfFiles.latency(points, "response", "response_p99")
            },
        ]
    }

    private static func none(_ point: Evidence.Point, _ bad: [String], of all: String) throws -> Answer {
        let looked = try point.metric(all)
        guard (looked.value ?? 0) > 0 else { throw Unanswered.ours("there was nothing to look at") }
        let figures = try bad.map(point.metric)
        let wrong = figures.first { ($0.value ?? 0) > 0 }
        return Answer([looked] + figures, wrong.map { .doesNotHoldHere("\($0.label): \(ClaimText.figure($0))") } ?? .holds)
    }
}
