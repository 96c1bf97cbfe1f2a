// Everything that a report says of one run, in its order.
internal import Measurement
internal import Results

struct RunChapters {
    let record: RunRecord
    /// Before the ids of this run's chapters and charts: empty where it is the only one.
    let prefix: String

    /// Chapters without data are left out.
    var all: [Chapter] {
        [append, throughput, search, latency, placements, hitRate, zeroCopy, cost, disks, calibration, others, phases, machine, provenance].compactMap { $0 }
    }

    func id(_ name: String) -> String { prefix + name }

    // MARK: phases

    /// The phases that count: neither set aside for what the machine did to them, nor of the generator alone.
    var counted: [PhaseRecord] {
        let setAside = Set(record.facts.filter { $0.setAside != nil }.map(\.phase))
        return record.phases.filter { !setAside.contains($0.name) && !$0.name.contains(", set aside") && !$0.name.hasPrefix("ceiling") }
    }

    /// Phases with response times; those that a schedule drove where there are any, because a closed loop waits for what it measures.
    var timed: [PhaseRecord] {
        let all = counted.filter { ($0.histograms["response"]?.count ?? 0) > 0 }
        let open = all.filter { $0.histograms["schedule_lag"] != nil }
        return open.isEmpty ? all : open
    }

    var isClosedLoop: Bool { timed.allSatisfy { $0.histograms["schedule_lag"] == nil } }

    /// `unpinned steady` is `unpinned` to a reader.
    func name(_ phase: PhaseRecord) -> String {
        let short = phase.name.hasSuffix(" steady") ? String(phase.name.dropLast(" steady".count)) : phase.name
        let isTaken = counted.contains { $0.name != phase.name && $0.name == short }
        return isTaken ? phase.name : short
    }

    // MARK: small chapters

    private var others: Chapter? {
        guard !record.metrics.isEmpty else { return nil }
        let rows = record.metrics.map { [$0.name.replacing("_", with: " "), CellText.metric($0, withUnit: true), $0.note ?? ""] }
        return Chapter(id("others"), "Other figures", [.markup(FigureMarkup.table("Figures that belong to no headline", ["figure", "value", "note"], rows))])
    }

    private var phases: Chapter? {
        guard let first = record.phases.map(\.startedNanoseconds).filter({ $0 > 0 }).min() else { return nil }
        let columns = [DataColumn("phase"), DataColumn("kind"), DataColumn("starts at", "s"), DataColumn("lasts", "s"), DataColumn("audit"), DataColumn("notes")]
        let rows = record.phases.map { phase -> [DataCell] in
            let facts = record.facts.first { $0.phase == phase.name }
            let notes = phase.notes + (phase.complete ? [] : ["incomplete"]) + [facts?.setAside.map { "set aside: \($0)" }].compactMap { $0 }
            return [
                .text(phase.name), .text(phase.kind), DataCell(phase.startedNanoseconds > 0 ? Double(phase.startedNanoseconds - first) / 1e9 : nil), DataCell(phase.seconds),
                .text(facts.map { Self.audit($0.audit, $0.auditExtent) } ?? ""), .text(notes.joined(separator: "; ")),
            ]
        }
        return Chapter(
            id("phases"), "Phases and audit",
            [.markup(FigureMarkup.folded("All \(rows.count) phases", [FigureMarkup.table("Phases of the run, in their order", columns, rows)]))])
    }

    private static func audit(_ outcome: AuditOutcome, _ extent: String?) -> String {
        switch outcome {
        case .passed: extent.map { "passed: \($0)" } ?? "every record accounted for"
        case .failed(let broken): "FAILED: \(broken.joined(separator: "; "))"
        case .notRun(let reason): "none: \(reason)"
        }
    }
}
