// j. Offsets.
internal import Measurement
internal import Results

struct ImmutableOffsets: Claim {
    let letter = "j"
    let name = "offsets"
    let sentence = "Offsets are unique, monotonic and immutable through restart, compaction and retention."
    let method = """
        A log is written, and what stands at each offset is noted. After a clean restart, a start after a crash, a compaction and a removal by retention all \
        that is left is read again, and appended to. In the engine.
        """
    let experiments = ["record-life"]

    private static let steps = ["restart", "crash", "compaction", "retention"]

    func findings(_ evidence: Evidence) -> [Finding] {
        Self.steps.map { step in
            evidence.finding(Self.statement(step), of: "record-life") { points in
                let names = ["read", "changed", "out_of_order", "reused"].map { "\(step)_offsets_\($0)" }
                let figures = try names.map(points[0].metric)
                guard (figures[0].value ?? 0) > 0 else { throw Unanswered.ours("nothing was left to read") }
                let wrong = figures.dropFirst().first { ($0.value ?? 0) > 0 }
                return Answer(figures, wrong.map { .doesNotHoldHere("\($0.label): \(ClaimText.figure($0))") } ?? .holds)
            }
        }
    }

    private static func statement(_ step: String) -> String {
        switch step {
        case "restart": "After a clean restart each offset has the record that it had, in order, and none is given again."
        case "crash": "So it is after a crash, in what the recovery found."
        case "compaction": "So it is after a compaction, in what it kept."
        default: "So it is after retention, in what it left."
        }
    }
}
