// What the figures rest on: disks, calibration, the machine as it was found, where the result came from.
internal import Host
internal import Measurement
internal import Results

extension RunChapters {
    var disks: Chapter? { DiskColumns(record.disks, id: id("disks")).chapter }

    // MARK: calibration

    var calibration: Chapter? {
        let part = record.calibration
        guard !part.before.isEmpty else { return nil }
        let columns = [
            DataColumn("item"), DataColumn("unit"), DataColumn("before the run"), DataColumn("after"), DataColumn("spread of its slices", "%"), DataColumn("drift", "%"), DataColumn("allowed", "%"),
            DataColumn("binding"),
        ]
        let rows = part.before.map { metric -> [DataCell] in
            let after = part.after.first { $0.name == metric.name }
            let drift = part.drift.first { $0.resource == metric.name }
            let spread = part.beforeSlices?[metric.name].flatMap(CalibrationDrift.spread)
            func text(_ metric: Metric?) -> DataCell { metric.map { .text($0.value.map { CellText.number($0, metric!.unit) } ?? CellText.metric($0)) } ?? .absent }
            return [
                .text(metric.name.replacing("_", with: " ")), .text(metric.unit == "ns" ? "" : metric.unit), text(metric), text(after), DataCell(spread.map { $0 * 100 }),
                DataCell(drift.map { $0.fraction * 100 }), DataCell(drift.map { $0.allowed * 100 }), .text(drift?.binding == true ? "yes" : ""),
            ]
        }
        return Chapter(
            id("calibration-chapter"), "Calibration",
            [
                .note("What this machine could do in the same run (\(part.tier == "quick" ? "quick: 0.5 s an item" : "3 s an item")). Afterwards the binding item is read again."),
                .markup(FigureMarkup.table("Calibration before and after", columns, rows)),
            ])
    }

    // MARK: the machine

    var machine: Chapter? { EnvironmentTables(record.environment).chapter(id("machine")) }

    // MARK: where it came from

    var provenance: Chapter? {
        let identity = record.identity
        var rows = [
            ["run", "\(identity.date)-\(identity.profileName)-\(identity.shortID)"], ["started", identity.startedAt], ["ended", identity.endedAt ?? "it did not"],
            ["broker", record.software.broker], ["broker's commit", record.software.brokerCommit ?? "–"], ["harness", "\(record.software.version) (\(record.software.commit))"],
            ["durability", record.profile.durability ?? "–"], ["seal", record.sha256 ?? "none"],
        ]
        rows += record.profile.seeds.sorted { $0.key < $1.key }.map { ["seed of \($0.key)", "\($0.value)"] }
        return Chapter(
            id("provenance"), "Where it came from",
            [
                .markup(FigureMarkup.table("Identity of the result", ["field", "value"], rows)),
                .markup(FigureMarkup.folded("The profile as it was read", [FigureMarkup.source(record.profile.text, "Profile")])),
                .markup(
                    FigureMarkup.folded(
                        "Thresholds of the verdict (\(record.thresholds.count))",
                        [
                            FigureMarkup.table(
                                "Every constant that the verdict used", [DataColumn("threshold"), DataColumn("value")],
                                record.thresholds.sorted { $0.key < $1.key }.map { [.text($0.key), DataCell($0.value)] })
                        ])),
            ])
    }
}

extension FigureMarkup {
    /// Lines as they are, scrolling by themselves.
    static func source(_ text: String, _ name: String) -> Markup {
        .element("pre", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": name], [.element("code", [:], text)])
    }
}
