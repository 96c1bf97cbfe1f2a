// What a run came to: verdict, limiter, and the figures that one asks for first.
internal import Host
internal import Measurement
internal import Results

extension RunChapters {
    /// Name, machine, verdict and first figures. A single run's stand below the page's own heading.
    func summary(heading: String?) -> Markup {
        .element(
            "section", ["id": id("summary"), "class": "summary", "aria-label": "Summary of \(record.identity.profileName) \(record.identity.shortID)"],
            [
                heading.map { Markup.element("h2", [:], $0) } ?? .nothing, record.profile.question.isEmpty ? .nothing : FigureMarkup.paragraph(record.profile.question, "question"),
                FigureMarkup.paragraph(machineLine, "machine"), verdict, cards,
            ])
    }

    private var machineLine: String {
        let known = ["cpu_model", "cpus", "memory", "kernel", "hypervisor", "filesystem"].compactMap { record.environment.hard[$0] }
        let tier = record.profile.tier == "quick" ? ["quick tier: a first impression, never a gate"] : []
        let modelled = record.environment.hard["modelled"].map { ["MODELLED, no figure of hardware: \($0)"] } ?? []
        return ([record.software.broker] + known.filter { $0 != "unknown" && $0 != "none" } + tier + modelled).joined(separator: " · ")
    }

    // MARK: verdict

    private var verdict: Markup {
        let (kind, mark, word, meaning): (String, String, String, String) =
            switch record.verdict?.outcome {
            case .valid: ("good", "✓", "VALID", record.verdict?.reasons.isEmpty == false ? "every rule held, with what is flagged below" : "every rule held")
            case .saturated: ("warn", "▲", "SATURATED", "the load came on time, the broker did not keep up; no latency claim")
            case .invalid: ("bad", "✕", "INVALID", "the generator or the machine spoiled it; not to be compared")
            case nil: ("bad", "✕", "NO VERDICT", record.complete ? "none was reached" : "the run ended before its end")
            }
        let reasons = (record.verdict?.reasons ?? []).map { reason in (reason.phase.map { "\($0): " } ?? "") + reason.text }
        let notes = record.notes.filter { !$0.hasPrefix("plan:") }
        return .element(
            "div", ["class": "verdict \(kind)"],
            [
                .element("p", [:], [.element("strong", [:], [.element("span", ["aria-hidden": "true"], mark + " "), Markup(word)]), Markup(": \(meaning)")]),
                FigureMarkup.list(reasons),
                .element("p", [:], [.element("strong", [:], "Limiter"), Markup(": \(record.limiter?.text ?? "not determined")")]), FigureMarkup.list(notes),
            ])
    }

    // MARK: figures

    private struct Card {
        let name, value, unit, condition: String
    }

    private var cards: Markup {
        let all = [appendCard, costCard, hitRateCard, zeroCopyCard] + latencyCards
        let shown = all.compactMap { $0 }
        guard !shown.isEmpty else { return .nothing }
        return .element("dl", ["class": "cards"], shown.map { card in
            .element(
                "div", [:],
                [
                    .element("dt", [:], card.name), .element("dd", ["class": "value"], [Markup(card.value), Markup(card.unit.isEmpty ? "" : " "), .element("small", [:], card.unit)]),
                    .element("dd", ["class": "condition"], card.condition),
                ])
        })
    }

    private var appendCard: Card? {
        let rows = (record.headlines.append?.rows ?? []).filter { $0.height == .broker && $0.accepted.value != nil }
        guard let best = rows.max(by: { $0.accepted.value! < $1.accepted.value! }) else { return nil }
        let share = best.fractionOfBelow.map { ", \(percent($0)) of the engine" } ?? ""
        return Card(
            name: "Append, acknowledged by the broker", value: CellText.number(best.accepted.value!, "MB/s"), unit: best.accepted.unit,
            condition: "\(best.sustained ? "sustained" : "burst"), durability \(best.durability)\(share)")
    }

    private var costCard: Card? {
        for phase in counted {
            for (metric, words) in [("cpu_s_per_gb_in", "in"), ("cpu_s_per_gb_out", "out")] {
                guard let found = phase.costs?.metrics.first(where: { $0.name == metric }), let value = found.value, found.note == nil else { continue }
                return Card(name: "Broker CPU per GB \(words)", value: CellText.number(value, "s"), unit: "CPU-s/GB", condition: name(phase))
            }
        }
        return nil
    }

    private var hitRateCard: Card? {
        let rows = (record.headlines.hitRate?.rows ?? []).filter { $0.byBroker.value != nil }
        guard let first = rows.first else { return nil }
        let texts = unique(rows.map { "\(CellText.number($0.byBroker.value!, "%")) % \($0.state)" })
        return Card(name: "Page-cache hit rate", value: CellText.number(first.byBroker.value!, "%"), unit: "% \(first.state)", condition: texts.dropFirst().joined(separator: ", "))
    }

    private var zeroCopyCard: Card? {
        let all = (record.headlines.zeroCopy?.comparisons ?? []).filter { $0.saving.value != nil }
        let honest = all.filter { $0.baselineKind == "best" }
        guard let best = (honest.isEmpty ? all : honest).max(by: { $0.saving.value! < $1.saving.value! }) else { return nil }
        let range = best.saving.interval.map { " [\(CellText.number($0.lower, "%")), \(CellText.number($0.upper, "%"))]" } ?? ""
        return Card(
            name: "Broker CPU saved by \(best.zeroCopy)", value: CellText.number(best.saving.value!, "%"), unit: "%\(range)",
            condition: "against \(best.baseline), the \(best.baselineKind) copy")
    }

    private var latencyCards: [Card?] {
        guard record.verdict?.outcome != .saturated else { return [] }
        return (record.headlines.latency?.rows ?? []).filter(\.valid).prefix(2).map { row in
            let shown = row.cells.filter { $0.quantile <= 0.99 && $0.reading.nanoseconds != nil }.max { $0.quantile < $1.quantile }
            guard let shown else { return nil }
            let (value, remark) = Self.split(shown.reading.description)
            return Card(
                name: "\(row.clock) \(CellText.quantile(shown.quantile)), \(row.placement)", value: value, unit: "",
                condition: ["at \(figure(row.eventsPerSecond, unit: "count")) records/s", remark].filter { !$0.isEmpty }.joined(separator: ", "))
        }
    }

    /// `≤ 80.1 µs (machine floor)` in its value and its remark.
    private static func split(_ text: String) -> (String, String) {
        guard let mark = text.firstIndex(of: "("), text.hasSuffix(")") else { return (text, "") }
        return (String(text[..<mark].dropLast()), String(text[text.index(after: mark)...].dropLast()))
    }
}
