// Latency: curves by percentile, seconds as a heat map, the table of what may be quoted.
internal import Host
internal import Measurement
internal import Results

extension RunChapters {
    var latency: Chapter? {
        let isSaturated = record.verdict?.outcome == .saturated
        return Chapter(
            id("latency-chapter"), "Latency",
            [
                isSaturated && !timed.isEmpty ? .note("The broker did not keep up with the schedule: these times say how far behind it was, not how fast it answers.") : nil,
                responses.map { .chart($0) }, heat.map { .chart($0) },
            ] + groups.map { .chart($0) } + clocks.map { .chart($0) })
    }

    private var closed: String { isClosedLoop ? " (closed loop: a slow answer delays the next request, so the tail is too short)" : "" }

    private func events(_ phase: PhaseRecord, _ histogram: LatencyHistogram) -> UInt64 {
        min(phase.counters["acknowledged_requests"] ?? .max, histogram.count)
    }

    private var responses: Chart? {
        guard !timed.isEmpty else { return nil }
        var curves = timed.map { PercentileCurves.Curve(name: name($0), histogram: $0.histograms["response"]!, events: events($0, $0.histograms["response"]!)) }
        let overshoot = timed.compactMap { $0.histograms["hiccup"] }.reduce(into: LatencyHistogram()) { $0.add($1) }
        curves.append(.init(name: "timer overshoot (machine floor)", histogram: overshoot, events: overshoot.count, muted: true))
        let words = timed.compactMap { phase in phase.histograms["response"]?.value(at: 0.99).map { "\(name(phase)) \(Duration.text(nanoseconds: $0))" } }
        return PercentileCurves(curves).chart(
            id: id("latency"), title: "Response time by percentile",
            summary: "From the scheduled send to the acknowledgement\(closed). p99 of all records: \(words.joined(separator: ", ")).")
    }

    private static let stations = [
        ("client_delay", "in the client, before its socket"), ("service", "socket to acknowledgement"), ("response", "response: scheduled send to acknowledgement"),
        ("end_to_end", "end to end: scheduled send to consumer"),
    ]

    /// Where the time goes, a chart a phase.
    private var clocks: [Chart] {
        timed.prefix(6).enumerated().compactMap { index, phase in
            let curves = Self.stations.compactMap { clock, words in
                phase.histograms[clock].map { PercentileCurves.Curve(name: words, histogram: $0, events: events(phase, $0)) }
            }
            guard curves.count > 1 else { return nil }
            return PercentileCurves(curves).chart(
                id: id("clocks-\(index + 1)"), title: "Where the time goes: \(name(phase))",
                summary: "One curve a clock. Each has its own samples, so they add up only roughly.")
        }
    }

    /// Groups of producers beside each other, a chart a phase that has several.
    private var groups: [Chart] {
        timed.prefix(6).enumerated().compactMap { index, phase in
            let curves = (phase.groups ?? []).filter { !$0.isSaturated }.compactMap { group in
                group.histograms["response"].map { histogram in
                    let name = group.mode == "open" ? group.name : "\(group.name) (\(group.mode) loop)"
                    return PercentileCurves.Curve(name: name, histogram: histogram, events: min(group.counters["acknowledged_requests"] ?? .max, histogram.count))
                }
            }
            guard curves.count > 1 else { return nil }
            return PercentileCurves(curves).chart(
                id: id("groups-\(index + 1)"), title: "Response time by group: \(name(phase))",
                summary: "One curve a named group of producers, each with its own records. A group that the broker did not keep up with makes no latency claim and is left out.")
        }
    }

    // MARK: over time

    private var heat: Chart? {
        let phases = timed.filter { $0.series.contains { $0.responseP50Nanoseconds != nil } }
        let length = phases.flatMap { $0.series.map { $0.second + 1 } }.max() ?? 0
        guard length > 1 else { return nil }
        typealias Line = (name: String, value: (Int) -> UInt64?)
        let lines = phases.flatMap { phase -> [Line] in
            let seconds = Dictionary(phase.series.map { ($0.second, $0) }, uniquingKeysWith: { first, _ in first })
            let windows = phase.histograms["hiccup"]?.windows ?? []
            return [
                ("\(name(phase)) · p50", { seconds[$0]?.responseP50Nanoseconds }), ("\(name(phase)) · p99", { seconds[$0]?.responseP99Nanoseconds }),
                ("\(name(phase)) · max", { seconds[$0]?.responseMaximumNanoseconds }),
            ] + (windows.isEmpty ? [] : [("\(name(phase)) · timer overshoot, max", { $0 < windows.count && windows[$0].count > 0 ? windows[$0].maximumNanoseconds : nil })])
        }
        let marks = phases.flatMap { phase in
            (phase.perturbations ?? []).map { each in
                func second(_ nanoseconds: UInt64) -> Double { (Double(nanoseconds) - Double(phase.scheduleStartedNanoseconds)) / 1e9 }
                // A column is centred on its second's number.
                return Chart.Mark(from: second(each.startedNanoseconds) - 0.5, to: second(each.endedNanoseconds) - 0.5, name: phases.count == 1 ? each.kind : "\(name(phase)): \(each.kind)")
            }
        }
        return Chart(
            id: id("latency-heat"), title: "Response time over time",
            summary: "One column a second of the phase, one row a percentile; p50 and p99 of a second are coarse (3 %). A stall shows as one dark column, a stall of the whole machine in the timer's row too.",
            kind: .heat, columns: [DataColumn("second", "s")] + lines.map { DataColumn($0.name, "ns") },
            rows: (0..<length).map { second in [DataCell(Double(second))] + lines.map { DataCell($0.value(second)) } },
            x: .init(title: "second of the phase", unit: "s"), y: .init(title: "response time", unit: "ns"), marks: marks)
    }

    // MARK: by placement

    var placements: Chapter? {
        guard let part = record.headlines.latency, !part.rows.isEmpty else { return nil }
        let quantiles = Set(part.rows.flatMap(\.cells).map(\.quantile)).sorted()
        let rows = part.rows.map { row -> [DataCell] in
            [.text(row.placement)] + quantiles.map { quantile in DataCell(row.cells.first { $0.quantile == quantile }?.reading.nanoseconds) } + [DataCell(row.maximum)]
        }
        let names = quantiles.map(CellText.quantile) + ["max"]
        let chart = Chart(
            id: id("placements"), title: part.nodes > 1 ? "Latency by NUMA placement" : "Latency by placement",
            summary: "One column a placement of broker and client, one row a percentile. Empty: too few samples above it.", kind: .heat,
            columns: [DataColumn("placement")] + names.map { DataColumn($0, "ns") }, rows: rows, x: .init(title: ""), y: .init(title: "latency", unit: "ns"))
        return Chapter(
            id("placements-chapter"), "Placement of broker and client",
            [PlacementMatrix(part, id: id("matrix")).chart.map { .chart($0) }, .chart(chart), .markup(readings(part, quantiles)), .notes(part.notes)])
    }

    /// As they may be quoted, with their reservations.
    private func readings(_ part: LatencyHeadline, _ quantiles: [Double]) -> Markup {
        var rows = quantiles.map { quantile in
            [CellText.quantile(quantile)] + part.rows.map { row in row.cells.first { $0.quantile == quantile }?.reading.description ?? "–" }
                + (part.hiccup.isEmpty ? [] : [part.hiccup.first { $0.quantile == quantile }?.reading.description ?? "–"])
        }
        func add(_ name: String, _ text: (LatencyRow) -> String) { rows.append([name] + part.rows.map(text) + (part.hiccup.isEmpty ? [] : [""])) }
        add("max") { $0.maximum.map { Duration.text(nanoseconds: $0) } ?? "–" }
        add("records/s offered") { figure($0.eventsPerSecond, unit: "count") }
        add("requests") { figure(Double($0.samples), unit: "count") }
        add("placement verified") { $0.verifiedShare.map(decidingPercent) ?? "–" }
        if part.rows.contains(where: { $0.placed != nil }) {
            add("where things were") { ($0.placed ?? []).map(\.text).joined(separator: "; ") }
            add("interrupts to broker's and client's CPUs") { ($0.interrupts ?? []).map(\.text).joined(separator: "; ") }
        }
        add("remarks") { ($0.valid ? [] : ["INVALID"] + ($0.note == nil ? ["the placement could not be verified"] : [])).joined() + ($0.note ?? "") }
        let heads = [unique(part.rows.map(\.clock)).joined(separator: ", ")] + part.rows.map(\.placement) + (part.hiccup.isEmpty ? [] : ["timer overshoot"])
        return FigureMarkup.table("Latency as it may be quoted. ≤: the machine's timer or the generator allows no closer reading.", heads, rows)
    }
}
