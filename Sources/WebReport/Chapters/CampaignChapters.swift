// Two builds compared in restart groups: the verdict of each metric, and what it was drawn from.
internal import Gate
internal import Host
internal import Results

struct CampaignChapters {
    let record: CampaignRecord
    let prefix: String

    var all: [Chapter] { [metrics, groups, conduct, EnvironmentTables(record.environment).chapter(prefix + "machine")].compactMap { $0 } }

    // MARK: summary

    func summary(heading: String?) -> Markup {
        let (kind, mark): (String, String) =
            switch record.report?.outcome {
            case .same, .improved: ("good", "✓")
            case .inconclusive: ("warn", "▲")
            case .regression, .notComparable, .invalid, nil: ("bad", "✕")
            }
        let result = record.report?.resultText ?? "unfinished: \(record.groups.count) groups so far, and nothing is concluded from them"
        return .element(
            "section", ["id": "\(prefix)summary", "class": "summary", "aria-label": "Summary of \(record.profile.name)"],
            [
                heading.map { Markup.element("h2", [:], $0) } ?? .nothing, record.profile.question.isEmpty ? .nothing : FigureMarkup.paragraph(record.profile.question, "question"),
                FigureMarkup.paragraph("base \(record.base.name) · head \(record.head.name)", "machine"),
                .element(
                    "div", ["class": "verdict \(kind)"],
                    [
                        .element("p", [:], [.element("strong", [:], [.element("span", ["aria-hidden": "true"], mark + " "), Markup(result)])]),
                        FigureMarkup.list((record.report.map { [effort($0), noise($0)] } ?? []) + record.notes),
                    ]),
            ])
    }

    private func effort(_ report: GateReport) -> String {
        let minutes = Int(report.elapsedSeconds.rounded())
        return "\(report.noise.groupsKept) restart groups × \(2 * report.plan.slicesPerSide) slices × \(threeDigits(report.plan.sliceSeconds)) s, seed \(report.plan.seed), "
            + "\(minutes / 60) min \(minutes % 60) s" + (report.attempts > 1 ? ", \(report.attempts) attempts pooled" : "")
    }

    private func noise(_ report: GateReport) -> String {
        let dropped = report.noise.dropped.map { "\($0.groups) (\($0.reason.text))" }
        return "steal \(percent(report.noise.stealShareMedian, decimals: 1)) (most \(percent(report.noise.stealShareMaximum, decimals: 1)))"
            + (report.noise.calibrationDrift.map { ", calibration drift \(percent($0, decimals: 1))" } ?? "")
            + ", " + (dropped.isEmpty ? "no group dropped" : "dropped \(dropped.joined(separator: ", "))")
    }

    // MARK: metrics

    private var metrics: Chapter? {
        guard let report = record.report, !report.rows.isEmpty else { return nil }
        let shown = report.rows.filter { $0.decides || $0.unavailable == nil }
        let rows = shown.map { row -> [DataCell] in
            [
                .text("\(name(row)): \(row.unavailable == nil ? row.verdictText : "n/a")"), DataCell(row.estimate?.ratio), DataCell(row.estimate?.lower), DataCell(row.estimate?.upper),
                DataCell(row.base), DataCell(row.head), .text(row.metric.unit), .text(row.unavailable.map { "n/a: \($0)" } ?? row.verdictText), .text(row.pText ?? ""),
                DataCell(row.smallestDetectable.map { $0 * 100 }), .text(row.decides ? "yes" : "no"), .number(Double(row.groups)),
            ]
        }
        let words = shown.filter(\.decides).map { "\($0.metric.name) \($0.unavailable == nil ? $0.verdictText : "n/a")" }
        let chart = Chart(
            id: prefix + "ratios", title: "Head ÷ base",
            summary: "Median ratio within restart groups with its 95 % interval; the arrow says which way is better. Deciding: \(words.joined(separator: ", ")).", kind: .intervals,
            columns: [
                DataColumn("metric"), DataColumn("head ÷ base", "x"), DataColumn("lower", "x"), DataColumn("upper", "x"), DataColumn("base"), DataColumn("head"), DataColumn("unit"),
                DataColumn("verdict"), DataColumn("p"), DataColumn("smallest detectable", "%"), DataColumn("decides"), DataColumn("groups"),
            ], rows: rows, x: .init(title: "head ÷ base", unit: "x", log: true), series: [.init(name: "head ÷ base", x: 1, y: 0, low: 2, high: 3)],
            reference: .init(value: 1, name: "no difference"))
        return Chapter(prefix + "metrics", "Metrics and verdicts", [.chart(chart)])
    }

    private func name(_ row: MetricRow) -> String { "\(row.metric.name) \(row.metric.polarity == .higherIsBetter ? "↑" : "↓")" }

    // MARK: groups

    /// Each group's own ratio, dropped ones marked: drift and outliers show here.
    private var groups: Chapter? {
        let names = (record.report?.rows.filter { $0.decides || $0.unavailable == nil }.map(\.metric.name)) ?? record.campaign.plan.metrics.map(\.name)
        let present = names.filter { name in record.groups.contains { $0.group.values[name] != nil } }
        guard !present.isEmpty, record.groups.count > 1 else { return nil }
        let rows = record.groups.map { group -> [DataCell] in
            [.number(Double(group.group.index + 1))] + present.map { DataCell(ratio(group.group.values[$0])) }
                + [.text(group.group.dropped.map { "dropped: \($0.text)" } ?? ""), .text(group.startedAt), DataCell(group.group.noise.stealShare * 100)]
        }
        let chart = Chart(
            id: prefix + "groups", title: "Ratio of each restart group", summary: "One point a group and metric: median of head's slices ÷ median of base's. A trend here would be drift of the machine.",
            kind: .points,
            columns: [DataColumn("group")] + present.map { DataColumn($0, "x") } + [DataColumn("dropped"), DataColumn("started"), DataColumn("steal", "%")], rows: rows,
            x: .init(title: "restart group, in the order in which they ran"), y: .init(title: "head ÷ base", unit: "x", log: true),
            series: present.indices.map { .init(name: present[$0], x: 0, y: $0 + 1) }, reference: .init(value: 1, name: "no difference"))
        return Chapter(prefix + "groups-chapter", "Restart groups", [.chart(chart)])
    }

    private func ratio(_ values: SliceValues?) -> Double? {
        guard let base = values.flatMap({ median($0.base) }), let head = values.flatMap({ median($0.head) }), base > 0, head > 0 else { return nil }
        return head / base
    }

    private func median(_ values: [Double]) -> Double? {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return nil }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    // MARK: how it was done

    private var conduct: Chapter? {
        var facts = [
            ["base", "\(record.base.name) · \(record.base.version ?? record.base.identity)"], ["head", "\(record.head.name) · \(record.head.version ?? record.head.identity)"],
            ["started", record.identity.startedAt], ["durability", record.profile.durability ?? "–"], ["reproduce", record.reproduce],
        ]
        if let rate = record.rate {
            facts.append(["pinned rate", "\(figure(rate.recordsPerSecond, unit: "count")) records/s" + (rate.saturationRecordsPerSecond.map { ", of \(figure($0, unit: "count")) that base carries" } ?? "")])
        }
        let looks = (record.report?.looks ?? []).flatMap { look in
            look.metrics.map { metric -> [DataCell] in
                [
                    .number(Double(look.look + 1)), .number(Double(look.groups)), .text(metric.metric), .text(metric.decision.rawValue), DataCell(metric.ratio), DataCell(metric.worseP),
                    DataCell(metric.failLimit), DataCell(metric.thresholdP), DataCell(metric.passLimit),
                ]
            }
        }
        let columns = ["look", "groups", "metric", "decision"].map { DataColumn($0) } + [DataColumn("head ÷ base", "ratio")]
            + ["p of worse", "fails at", "p of the threshold", "passes at"].map { DataColumn($0) }
        return Chapter(
            prefix + "conduct", "How it was done",
            [
                .markup(FigureMarkup.table("The comparison", ["field", "value"], facts)),
                looks.isEmpty ? nil : .markup(FigureMarkup.folded("Looks (\(looks.count) rows)", [FigureMarkup.table("What each look saw and spent", columns, looks)])),
                .markup(FigureMarkup.folded("The profile as it was read", [FigureMarkup.source(record.profile.text, "Profile")])),
            ])
    }
}
