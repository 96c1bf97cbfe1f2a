// The last lines of the table: notes, audit, verdict and why, limiter, and where the rest is.
internal import Measurement

struct TableFoot {
    /// What one screen shows of a list before it says how many are left.
    private static let shownAtMost = 4

    let record: RunRecord

    func lines(_ form: ResultTable.Form, _ width: Int) -> [String] {
        switch form {
        case .oneScreen(let inFull):
            // The command stays on one line, however long: half of it is of no use to whoever pastes it.
            lines(audited: record.facts.filter { !ResultTable.isCeiling($0.phase) }, atMost: Self.shownAtMost, width) + ["IN FULL   " + inFull]
        case .full: lines(audited: record.facts, atMost: .max, width)
        }
    }

    private func lines(audited: [VerdictFacts], atMost count: Int, _ width: Int) -> [String] {
        let notes = record.notes.filter { !$0.hasPrefix("plan:") }
        let reasons = (record.verdict?.reasons ?? []).map { reason in (reason.phase.map { "\($0): " } ?? "") + reason.text }
        return shown(notes, "NOTE      ", atMost: count, width) + hanging("AUDIT     ", AuditLine.text(audited), width) + hanging("VERDICT   ", verdict, width)
            + shown(reasons, "        · ", atMost: count, width) + hanging("LIMITER   ", record.limiter?.text ?? "not determined", width)
    }

    private func shown(_ texts: [String], _ prefix: String, atMost count: Int, _ width: Int) -> [String] {
        let left = texts.count - count
        return texts.prefix(count).flatMap { hanging(prefix, $0, width) } + (left > 0 ? hanging(prefix, "and \(left) more", width) : [])
    }

    private var flagged: String { record.verdict?.reasons.isEmpty == false ? ", with what is flagged below" : "" }

    private var verdict: String {
        switch record.verdict?.outcome {
        case .valid: "VALID: every rule held\(flagged) (\(record.thresholds.count) thresholds, listed in run.json)"
        case .saturated: "SATURATED: the load came on time, the broker did not keep up; no latency claim"
        case .invalid: "INVALID: the generator or the machine spoiled it; not to be compared"
        case nil: record.complete ? "none was reached" : "none: the run ended before its end (run.json is marked incomplete)"
        }
    }
}
