// n. What survives.
internal import Measurement
internal import Results

struct Durability: Claim {
    let letter = "n"
    let name = "durability"
    let sentence = "Data survive a restart of the broker and of the machine, and a consumer's committed position survives its death."
    let method = """
        The broker is killed outright in the midst of a load and started again, and every acknowledged record looked for. A member of a \
        consumer group reads, commits and is cut off, and another takes its place, several times over. A group's positions are committed, the broker \
        killed, and asked for again. The machine is the lab's, a modelled one: its power is cut under produce, its disk's write cache \
        dies with it, and what was acknowledged is read back when it has booted again.
        """
    let experiments = ["restart", "committed"]

    func findings(_ evidence: Evidence) -> [Finding] { ofBroker(evidence) + PowerCuts.findings(evidence.powerCut) }

    private func ofBroker(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("No acknowledged record is lost when the broker's process is killed.", of: "restart", acceptsInvalid: true) { points in
                try AuditCount.answer(points[0], "lost", of: "acknowledged")
            },
            evidence.finding("No record is there twice.", of: "restart", isEssential: false, acceptsInvalid: true) { points in
                try AuditCount.answer(points[0], "duplicated", of: "seen")
            },
            evidence.finding("Where a member of a group dies, its successor reads on from what it had committed.", of: "committed") { points in
                let figures = try ["members_died", "positions_resumed", "positions_resumed_elsewhere"].map(points[0].metric)
                guard (figures[1].value ?? 0) > 0 else { throw Unanswered.ours("nothing was committed") }
                return Answer(figures, figures[2].verdict(atMost: 0, otherwise: "\(ClaimText.figure(figures[2])) partitions were read on from elsewhere"))
            },
            evidence.finding("A committed position is there after the broker was killed, and nobody of the group was left.", of: "committed") { points in
                let (committed, changed) = (try points[0].metric("positions_committed"), try points[0].metric("positions_changed"))
                guard (committed.value ?? 0) > 0 else { throw Unanswered.ours("nothing was committed") }
                return Answer([committed, changed], changed.verdict(atMost: 0, otherwise: "\(ClaimText.figure(changed)) positions are not what was committed"))
            },
        ]
    }
}
