// A perturbation in words, with how the seconds after it went.
internal import Host
internal import Measurement

extension PhaseRecord {
    /// A sentence a perturbation, in their order, and one on the error budget; empty where nothing was disturbed.
    package var perturbationTexts: [String] {
        (perturbations ?? []).enumerated().map { index, each in
            let at = "\(fixed(Double(each.startedNanoseconds &- scheduleStartedNanoseconds) / 1e9, 1)) s"
            let length = each.kind == "dropCache" ? "" : " for \(Duration.text(nanoseconds: each.endedNanoseconds &- each.startedNanoseconds))\(each.detail)"
            return "\(each.kind) at \(at)\(length): \(recoveryText(index))"
        } + budgetText
    }

    private var budgetText: [String] {
        guard let budget = errorBudget else { return [] }
        let failed = budget.failedRecords > 0 ? "; \(grouped(Double(budget.failedRecords))) records failed" : ""
        return ["error budget: \(budget.spent) of \(budget.seconds) s not as before, \(percent(budget.spentShare, decimals: 1))\(failed)"]
    }

    private func recoveryText(_ index: Int) -> String {
        guard let recovery = recovery(after: index) else { return "no second before it to compare with" }
        let back = recovery.seconds.map { "as before \(fixed($0, 1)) s after it" } ?? "not as before until the next one, or the end"
        return "worst second's p99 \(Duration.text(nanoseconds: recovery.worstP99Nanoseconds)), "
            + "\(Duration.text(nanoseconds: recovery.p99BeforeNanoseconds)) before; \(back)"
    }
}

extension PerturbationRecord {
    fileprivate var detail: String {
        if let restartedNanoseconds { return " (ready \(Duration.text(nanoseconds: endedNanoseconds &- restartedNanoseconds)) after its start)" }
        if let means { return " (\(means))" }
        if let memberChanges { return " (\(grouped(Double(memberChanges))) changes of members)" }
        return connections.map { " (\(grouped(Double($0))) connections)" } ?? ""
    }
}
