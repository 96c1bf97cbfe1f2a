// A search for the highest sustainable rate: latency against load, how sure it is, and every window.
internal import Host
internal import Measurement
internal import Results

extension RunChapters {
    var search: Chapter? {
        guard let search = record.search else { return nil }
        let notes = [search.doubt.map { "How sure: \($0)." }, search.knee.map { "The knee is \($0.text)." }].compactMap { $0 }
        return Chapter(
            id("search"), "Search: latency against load",
            [.note("\(search.objectiveText), to \(percent(search.precision)): \(search.text)."), .notes(notes), curve(search).map { .chart($0) }, windows(search)])
    }

    /// A point a rate; the ends of the intervals are lines of their own, so that the table below has them too.
    private func curve(_ search: SearchRecord) -> Chart? {
        let points = search.curve.filter { $0.reading(0.5)?.nanoseconds != nil }
        guard !points.isEmpty else { return nil }
        let rows = points.map { trial -> [DataCell] in
            let interval = trial.interval(0.99)
            return [
                .number(trial.offeredPerSecond), DataCell(trial.reading(0.5)?.nanoseconds), DataCell(trial.reading(0.99)?.nanoseconds),
                DataCell(interval?.lowerNanoseconds), DataCell(interval?.upperNanoseconds), DataCell(trial.reading(0.999)?.nanoseconds),
                .number(trial.achievedPerSecond), .text(trial.outcome.rawValue),
            ]
        }
        var series: [Chart.Series] = [.init(name: "p50", x: 0, y: 1), .init(name: "p99", x: 0, y: 2), .init(name: "p99.9", x: 0, y: 5)]
        if points.contains(where: { $0.interval(0.99) != nil }) {
            series += [.init(name: "95 % interval of p99, from", x: 0, y: 3, muted: true), .init(name: "to", x: 0, y: 4, muted: true)]
        }
        let bends = search.knee.map { " They begin to grow faster than the load at \(grouped($0.recordsPerSecond)) records/s." } ?? ""
        return Chart(
            id: id("search-curve"), title: "Response time by load",
            summary: "Of each rate the last window that the machine left alone: from the scheduled send to the acknowledgement.\(bends) An interval's end that is missing lies beyond what the window sampled.",
            kind: .lines,
            columns: [
                DataColumn("asked", "records/s"), DataColumn("p50", "ns"), DataColumn("p99", "ns"), DataColumn("95 % of p99, from", "ns"), DataColumn("to", "ns"),
                DataColumn("p99.9", "ns"), DataColumn("acknowledged", "records/s"), DataColumn("outcome"),
            ], rows: rows, x: .init(title: "records/s asked for", unit: "records/s", log: true), y: .init(title: "response time", unit: "ns", log: true), series: series)
    }

    private func windows(_ search: SearchRecord) -> Chapter.Piece? {
        guard !search.trials.isEmpty else { return nil }
        let rows = search.trials.map { trial -> [String] in
            let read = search.endToEndAsked.compactMap { name in trial.endToEndBrief(name).map { "· e2e \(name) \($0)" } }
            let response: [String?] = [trial.reading(0.99).map { "\($0)" }, trial.interval(0.99)?.text]
            let p99 = (response.compactMap { $0 } + read).joined(separator: " ")
            return [
                grouped(trial.offeredPerSecond), trial.kind == .confirm ? "final" : "trial", "\(fixed(trial.seconds, 0)) s", p99.isEmpty ? "–" : p99,
                trial.outcome.rawValue + (trial.isSure == false ? ", within its doubt" : ""), trial.reasons.joined(separator: "; "),
            ]
        }
        return .markup(
            FigureMarkup.folded(
                "All \(rows.count) windows", [FigureMarkup.table("Windows of the search, in their order", ["asked, records/s", "kind", "lasted", "p99", "outcome", "why"], rows)]))
    }
}
