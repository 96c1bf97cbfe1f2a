// The first lines of the table: which run, of what, on which machine.

struct TableHead: TableSection {
    let record: RunRecord

    func oneScreen(_ width: Int) -> [String] {
        wrapped(([title] + (isQuick ? ["quick tier: never a gate"] : [])).joined(separator: " · "), width: width) + wrapped(machine, width: width)
            + modelled(width)
    }

    func full(_ width: Int) -> [String] {
        var lines = wrapped(title, width: width)
        if !record.profile.question.isEmpty { lines += wrapped(record.profile.question, width: width) }
        lines += wrapped(machine, width: width) + modelled(width)
        if isQuick {
            lines += wrapped("quick tier: short passes, one calibration of 0.5 s an item; a first impression, never a gate", width: width)
        }
        return lines
    }

    /// Above every figure, because not one of them is hardware's.
    private func modelled(_ width: Int) -> [String] {
        record.environment.hard["modelled"].map { wrapped("MODELLED, no figure of hardware: \($0)", width: width) } ?? []
    }

    private var isQuick: Bool { record.profile.tier == "quick" }

    private var title: String {
        let identity = record.identity
        let started = identity.startedAt.replacing("T", with: " ").replacing("Z", with: " UTC")
        return "tidemark · \(identity.profileName) · \(started) · run \(identity.shortID)"
    }

    /// Only what a reader needs to place the figures; all the rest is in run.json.
    private var machine: String {
        let known = ["cpu_model", "cpus", "memory", "kernel", "hypervisor"].compactMap { record.environment.hard[$0] }
        return ([record.software.broker] + known.filter { $0 != "unknown" }).joined(separator: " · ")
    }
}
