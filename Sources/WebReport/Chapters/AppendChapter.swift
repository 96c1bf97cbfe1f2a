// Append throughput at its heights, and over the seconds of the run.
internal import Host
internal import Measurement
internal import Results

extension RunChapters {
    var append: Chapter? {
        guard let part = record.headlines.append, !part.rows.isEmpty else { return nil }
        let rows = part.rows.map { row -> [DataCell] in
            [
                .text("\(row.height.rawValue) · \(row.label)"), DataCell(row.accepted.value), DataCell(row.durable.value), .text(row.durability),
                .text(row.accepted.value == nil ? "" : row.sustained ? "sustained" : "burst"), DataCell(row.fractionOfBelow.map { $0 * 100 }),
                .text([row.bindingResource, row.note].compactMap { $0 }.joined(separator: "; ")),
            ]
        }
        let best = part.rows.filter { $0.height == .broker }.compactMap(\.accepted.value).max()
        let words = best.map { "The broker acknowledged \(CellText.number($0, "MB/s")) MB/s (10⁶ bytes) into \(part.directory)." } ?? "MB/s (10⁶ bytes) into \(part.directory)."
        let chart = Chart(
            id: id("append"), title: "Append throughput at three heights",
            summary: words + " Each height does the same work: the disk by itself, the engine in a process of its own, the broker over loopback.",
            kind: .bars,
            columns: [
                DataColumn("height"), DataColumn("accepted", "MB/s"), DataColumn("durable", "MB/s"), DataColumn("durability"), DataColumn("length"),
                DataColumn("of height below", "%"), DataColumn("limited by"),
            ], rows: rows, x: .init(title: "MB/s", unit: "MB/s"), series: [.init(name: "accepted", x: 1, y: 0), .init(name: "durable", x: 2, y: 0)])
        let absent = part.rows.flatMap { row in [row.accepted, row.durable].compactMap { metric in metric.unavailable.map { "\(row.height.rawValue), \(metric.name): \($0)" } } }
        return Chapter(id("append-chapter"), "Append throughput", [.chart(chart), .notes(unique(part.notes + absent))])
    }

    var throughput: Chapter? {
        let measured = counted.filter { !$0.series.isEmpty }
        guard let first = record.phases.map(\.startedNanoseconds).filter({ $0 > 0 }).min(), !measured.isEmpty else { return nil }
        func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds >= first ? nanoseconds - first : 0) / 1e9 }
        var rows: [[DataCell]] = []
        for phase in measured {
            // An empty row ends the line, so that none crosses the time between two phases.
            if !rows.isEmpty { rows.append([DataCell](repeating: .absent, count: 7)) }
            rows += phase.series.sorted { $0.second < $1.second }.map { second in
                [
                    DataCell(seconds(phase.startedNanoseconds) + Double(second.second)), .text(phase.name), DataCell(Double(second.bytes) / 1e6), DataCell(second.records),
                    DataCell(second.consumedRecords), DataCell(second.queued), DataCell(second.lagRecords),
                ]
            }
        }
        let rates = measured.flatMap { $0.series.map { Double($0.bytes) / 1e6 } }.filter { $0 > 0 }
        guard let least = rates.min(), let most = rates.max() else { return nil }
        let bands = counted.filter { $0.startedNanoseconds > 0 && $0.seconds > 0 }.map { phase in
            Chart.Band(from: seconds(phase.startedNanoseconds), to: seconds(phase.endedNanoseconds), name: phase.name, measured: !phase.series.isEmpty || phase.costs != nil)
        }
        let marks = measured.flatMap { phase in
            (phase.perturbations ?? []).map { Chart.Mark(from: seconds($0.startedNanoseconds), to: seconds($0.endedNanoseconds), name: $0.kind) }
        }
        let done = measured.flatMap { phase in phase.perturbationTexts.map { measured.count == 1 ? $0 : "\(phase.name): \($0)" } }
        let chart = Chart(
            id: id("throughput"), title: "Throughput over time",
            summary: "Acknowledged MB in each second of \(measured.count) measured phase\(measured.count == 1 ? "" : "s"), from \(CellText.number(least, "MB/s")) to "
                + "\(CellText.number(most, "MB/s")) MB/s. Shaded bands are phases; the last second of a phase may be a part of one."
                + (marks.isEmpty ? "" : " Outlined: what was done to the broker on purpose, in words below."),
            kind: .lines,
            columns: [
                DataColumn("second of the run", "s"), DataColumn("phase"), DataColumn("acknowledged", "MB/s"), DataColumn("records acknowledged"),
                DataColumn("records consumed"), DataColumn("requests queued at its end"), DataColumn("records the readers were behind"),
            ], rows: rows, x: .init(title: "seconds since the first phase", unit: "s"), y: .init(title: "MB/s", unit: "MB/s", log: most > 30 * least),
            series: [.init(name: "acknowledged MB/s", x: 0, y: 2)], bands: bands, marks: marks)
        return Chapter(id("throughput-chapter"), "Throughput over time", [.chart(chart), .notes(done)])
    }
}
