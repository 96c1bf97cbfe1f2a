// Latency percentiles, one column a placement, the machine's own timer beside them.
internal import Host
internal import Measurement

struct LatencySection: TableSection {
    /// What is seen first.
    private static let firstQuantiles = [0.5, 0.99, 0.999]
    /// Beyond so many placements each has a line, not a column.
    private static let columnsMaximum = 4

    let headline: LatencyHeadline?

    func oneScreen(_ width: Int) -> [String] {
        guard let headline else { return ["LATENCY   not measured"] }
        let columns = columns(headline)
        guard headline.rows.count <= Self.columnsMaximum else { return lines(headline, quantiles(headline).filter(Self.firstQuantiles.contains), isFull: false, width) }
        var grid = TextGrid([.left] + columns.map { _ in .right })
        grid.addHead("LATENCY \(clocks(headline))", columns.map(\.title))
        addQuantiles(quantiles(headline).filter(Self.firstQuantiles.contains), columns, to: &grid)
        let verified = columns.map(\.verified).filter { !["", "–"].contains($0) }
        let conditions = unique(columns.map(\.rate).filter { !$0.isEmpty }.map { "\($0) records/s" })
            + (verified.isEmpty ? [] : ["placement verified: \(verified.joined(separator: ", "))"]) + [remoteCells(headline)].compactMap { $0 }
        return grid.lines(width: width) + faults(headline, width) + listed("  ", conditions, width)
    }

    func full(_ width: Int) -> [String] {
        guard let headline else { return ["LATENCY   not measured"] }
        let title = "\(clocks(headline)): from the scheduled send to the acknowledgement; one column a placement"
        let columns = columns(headline)
        guard headline.rows.count <= Self.columnsMaximum else { return lines(headline, quantiles(headline), isFull: true, width) }
        var grid = TextGrid([.left] + columns.map { _ in .right })
        grid.add([""] + columns.map(\.title))
        grid.add(["records/s"] + columns.map(\.rate))
        grid.add(["requests"] + columns.map(\.samples))
        addQuantiles(quantiles(headline), columns, to: &grid)
        grid.add(["placement verified"] + columns.map(\.verified))
        let remote = remoteCells(headline).flatMap { headline.notes.contains($0) ? nil : $0 }
        return hanging("LATENCY   ", title, width) + grid.lines(width: width) + faults(headline, width) + details(headline, width)
            + notes(headline.notes + [remote].compactMap { $0 }, width)
    }

    /// One line a placement, by clock.
    private func lines(_ headline: LatencyHeadline, _ quantiles: [Double], isFull: Bool, _ width: Int) -> [String] {
        let grids = unique(headline.rows.map(\.clock)).flatMap { clock -> [String] in
            let heads = quantiles.map(quantileName) + (isFull ? ["max", "samples"] : []) + ["verified"]
            var grid = TextGrid([.left] + heads.map { _ in .right })
            grid.addHead("LATENCY \(clock)", heads)
            for row in headline.rows where row.clock == clock {
                let readings = quantiles.map { quantile in row.cells.first { $0.quantile == quantile }?.reading.description ?? "–" }
                let more = isFull ? [row.maximum.map { Duration.text(nanoseconds: $0) } ?? "–", grouped(Double(row.samples))] : []
                grid.add([row.placement] + readings + more + [row.valid ? row.verifiedShare.map(decidingPercent) ?? "–" : "INVALID"])
            }
            return grid.lines(width: width)
        }
        let rates = unique(headline.rows.filter { $0.eventsPerSecond > 0 }.map { "\(grouped($0.eventsPerSecond)) records/s" })
        let more = isFull ? details(headline, width) : []
        return grids + faults(headline, width) + more + listed("  ", rates + unique(headline.notes + [remoteCells(headline)].compactMap { $0 }), width)
    }

    /// One placement from top to bottom.
    private struct Column {
        let title, rate, samples, maximum, verified: String
        let cells: [QuantileCell]
    }

    private func columns(_ headline: LatencyHeadline) -> [Column] {
        let placements = headline.rows.map { row in
            Column(
                title: row.placement, rate: grouped(row.eventsPerSecond), samples: grouped(Double(row.samples)),
                maximum: row.maximum.map { Duration.text(nanoseconds: $0) } ?? "–",
                verified: row.verifiedShare.map(decidingPercent) ?? (row.valid || row.note != nil ? "–" : "no"), cells: row.cells)
        }
        guard !headline.hiccup.isEmpty else { return placements }
        return placements + [Column(title: "timer overshoot", rate: "", samples: "", maximum: "", verified: "", cells: headline.hiccup)]
    }

    private func addQuantiles(_ quantiles: [Double], _ columns: [Column], to grid: inout TextGrid) {
        for quantile in quantiles {
            grid.add([quantileName(quantile)] + columns.map { column in column.cells.first { $0.quantile == quantile }?.reading.description ?? "–" })
        }
        grid.add(["max"] + columns.map(\.maximum))
    }

    private func quantiles(_ headline: LatencyHeadline) -> [Double] {
        Set((headline.rows.flatMap(\.cells) + headline.hiccup).map(\.quantile)).sorted()
    }

    private func clocks(_ headline: LatencyHeadline) -> String { Set(headline.rows.map(\.clock)).sorted().joined(separator: ", ") }

    /// What is wrong with a placement's column.
    private func faults(_ headline: LatencyHeadline, _ width: Int) -> [String] {
        headline.rows.flatMap { row -> [String] in
            if let note = row.note { return hanging("  ", "\(row.placement): \(row.valid ? "" : "INVALID, ")\(note)", width) }
            return row.valid ? [] : hanging("  ", "\(row.placement): INVALID, the placement could not be verified", width)
        }
    }

    /// Part by part where things were, and the interrupts meanwhile.
    private func details(_ headline: LatencyHeadline, _ width: Int) -> [String] {
        headline.rows.flatMap { row -> [String] in
            guard let placed = row.placed, !placed.isEmpty else { return [] }
            return hanging("  ", "\(row.placement), \(row.clock):", width) + listed("    ", placed.map(\.text), width)
                + listed("    interrupts to the broker's CPUs and to the client's: ", (row.interrupts ?? []).map(\.text), width)
        }
    }

    private func remoteCells(_ headline: LatencyHeadline) -> String? {
        headline.nodes <= 1 ? headline.notes.first { $0.contains("remote cells") } ?? "1 node: remote cells not measurable" : nil
    }
}
