// What the broker cost in each phase.
internal import Measurement
internal import Results

extension RunChapters {
    var cost: Chapter? {
        let tables = counted.compactMap { phase in phase.costs.map { (name: name(phase), costs: $0) } }
        guard !tables.isEmpty else { return nil }
        return Chapter(id("cost-chapter"), "Cost", [perGB(tables).map { .chart($0) }, .chart(shares(tables)), figures(tables).map { .markup($0) }])
    }

    private typealias Named = (name: String, costs: CostTable)

    private func value(_ table: Named, _ name: String) -> Metric? { table.costs.metrics.first { $0.name == name } }

    private func perGB(_ tables: [Named]) -> Chart? {
        let shown = tables.filter { table in ["cpu_s_per_gb_in", "cpu_s_per_gb_out"].contains { value(table, $0)?.value != nil } }
        guard !shown.isEmpty else { return nil }
        let rows = shown.map { table -> [DataCell] in
            let reservations = unique(["cpu_s_per_gb_in", "cpu_s_per_gb_out", "cpu_ns_per_record"].compactMap { value(table, $0)?.note })
            return [.text(table.name)] + (value(table, "cpu_s_per_gb_in")?.cells ?? [.absent, .absent, .absent]) + (value(table, "cpu_s_per_gb_out")?.cells ?? [.absent, .absent, .absent])
                + [DataCell(value(table, "cpu_ns_per_record")?.value), .text(reservations.joined(separator: "; "))]
        }
        return Chart(
            id: id("cost-per-gb"), title: "Broker CPU per GB",
            summary: "CPU seconds of the broker's process for each GB (10⁹ bytes) in and out, on a logarithmic axis, less is better: small batches at a low rate cost many times what large ones do.",
            kind: .intervals,
            columns: [
                DataColumn("phase"), DataColumn("per GB in", "CPU-s/GB"), DataColumn("lower", "CPU-s/GB"), DataColumn("upper", "CPU-s/GB"), DataColumn("per GB out", "CPU-s/GB"),
                DataColumn("lower", "CPU-s/GB"), DataColumn("upper", "CPU-s/GB"), DataColumn("CPU per record", "ns"), DataColumn("reservation"),
            ], rows: rows, x: .init(title: "broker CPU-s/GB", unit: "CPU-s/GB", log: true),
            series: [.init(name: "per GB in", x: 1, y: 0, low: 2, high: 3), .init(name: "per GB out", x: 4, y: 0, low: 5, high: 6)])
    }

    private func shares(_ tables: [Named]) -> Chart {
        let rows = tables.map { table -> [DataCell] in
            let rows = table.costs.rows
            let seconds = [rows.broker, rows.clients, rows.unattributed, rows.idle]
            return [.text(table.name)] + seconds.map { seconds in DataCell(rows.capacity > 0 ? seconds.map { $0 / rows.capacity * 100 } : nil) } + seconds.map { DataCell($0) }
        }
        let owners = ["broker", "clients", "unattributed", "idle"]
        return Chart(
            id: id("cpu-shares"), title: "Where the machine's CPU went",
            summary: "Share of all CPUs in each phase, read from outside: broker, clients, unattributed (kernel threads, interrupts) and idle.", kind: .stacked,
            columns: [DataColumn("phase")] + owners.map { DataColumn($0, "%") } + owners.map { DataColumn($0, "s") }, rows: rows,
            x: .init(title: "% of all CPUs", unit: "%", range: [0, 100]), series: owners.indices.map { .init(name: owners[$0], x: $0 + 1, y: 0, muted: owners[$0] == "idle") })
    }

    /// Everything that was counted, a row a figure.
    private func figures(_ tables: [Named]) -> Markup? {
        let names = unique(tables.flatMap { $0.costs.metrics.map(\.name) })
        guard !names.isEmpty else { return nil }
        let rows = names.map { name in
            [name.replacing("_", with: " ")] + tables.map { table in
                guard let metric = value(table, name), let number = metric.value else { return "–" }
                return CellText.withUnit(number, metric.unit) + (metric.note.map { " (\($0))" } ?? "")
            }
        }
        return FigureMarkup.folded("All counters of the phases", [FigureMarkup.table("Costs by phase", ["figure"] + tables.map(\.name), rows)])
    }
}
