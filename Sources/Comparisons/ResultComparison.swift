// Any number of results, judged against the first and laid out: what `tidemark compare` prints and stores.
internal import Host
package import Results

package struct PivotOptions: Equatable, Sendable {
    package enum Order: String, CaseIterable, Codable, Sendable {
        /// As the result's own table.
        case table
        /// The worst change first.
        case ratio
        case name
    }

    package var row = Axis.metric
    package var column = Axis.result
    /// Parts of names of figures; all of them where there are none.
    package var metrics: [String] = []
    package var onlyChanged = false
    /// A ratio this far from one is a change, where nothing can be proven.
    package var changeMinimum = 0.05
    package var order = Order.table
    /// The figures relative to each machine's own limits, on one machine too.
    package var showsNormalised = false
    /// Whoever asks for a comparison across machines is not refused one.
    package var acceptsOtherMachines = false

    package init() {}
}

package struct ResultComparison: Sendable {
    package static let schemaName = "tidemark.compare"
    package static let schemaVersion = 1
    /// Fewer a side prove nothing.
    package static let resultsForInterval = PivotBuilder.resultsForInterval

    /// The base first.
    package let sides: [ComparisonSide]
    package let options: PivotOptions
    /// Of each side but the first against the first.
    package let judged: [Comparability]
    /// The lowest of all.
    package let rung: Rung
    /// Empty on the rung `invalid`.
    package let tables: [PivotTable]

    /// - Parameter results: at least two, the base first.
    package init(_ results: [StoredResult], _ options: PivotOptions = PivotOptions()) {
        precondition(results.count >= 2, "a comparison needs two results, not \(results.count)")
        sides = results.enumerated().map { ComparisonSide($0.element, index: $0.offset) }
        self.options = options
        let axes = Set([options.row.excusedField, options.column.excusedField].compactMap { $0 })
        let base = sides[0].comparand
        judged = sides.dropFirst().map { RefusalLadder.judge(base, $0.comparand, axes: axes) }
        rung = judged.map(\.rung).max() ?? .invalid
        tables = Self.tables(sides, options, rung)
    }

    private static func tables(_ sides: [ComparisonSide], _ options: PivotOptions, _ rung: Rung) -> [PivotTable] {
        func build(_ kind: PivotTable.Kind) -> [PivotTable] {
            PivotBuilder(sides: sides, row: options.row, column: options.column, kind: kind).tables(matching: options.metrics)
                .map { arranged($0, options) }.filter { !$0.rows.isEmpty }
        }
        switch rung {
        case .same, .similar: return build(.absolute) + (options.showsNormalised ? build(.normalised) : [])
        case .different: return build(.normalised) + build(.absoluteAcrossMachines)
        case .invalid: return []
        }
    }

    private static func arranged(_ table: PivotTable, _ options: PivotOptions) -> PivotTable {
        var table = table
        if options.onlyChanged { table.rows = table.rows.filter { $0.isChanged(by: options.changeMinimum) } }
        switch options.order {
        case .table: break
        case .name: table.rows.sort { ($0.group.rawValue, $0.label) < ($1.group.rawValue, $1.label) }
        // Within its group, so that the headings still stand once each.
        case .ratio:
            table.rows = ResultFigure.Group.allCases.flatMap { group in table.rows.filter { $0.group == group }.sorted { badness($0) > badness($1) } }
        }
        // A mean over rows that are not shown would look like one over those that are.
        if options.onlyChanged { table.means = [] }
        return table
    }

    /// How much worse the worst column is: above one is worse.
    private static func badness(_ row: PivotRow) -> Double {
        row.cells.compactMap { $0?.ratio }.map { row.polarity == .higherIsBetter ? 1 / max($0, 1e-12) : $0 }.max() ?? 0
    }

    package var isSpoiled: Bool { judged.contains { $0.isSpoiled } }
    package var isRefused: Bool { rung == .invalid || rung == .different && !options.acceptsOtherMachines }

    /// 0 compared; 4 refused: two experiments, or two machines where nobody asked for that; 5 a run that does not count.
    package var exitCode: Int32 { isSpoiled ? 5 : isRefused ? 4 : 0 }
}

extension PivotRow {
    /// Whether a difference is proven, a figure is there on one side only, or a ratio is further from one than `minimum`.
    package func isChanged(by minimum: Double) -> Bool {
        cells.dropFirst().contains { cell in
            if cell?.mark != nil { return true }
            if (cell?.value == nil) != (cells.first??.value == nil) { return true }
            return (cell?.ratio).map { $0 > 1 + minimum || $0 < 1 / (1 + minimum) } ?? (cell?.points).map { abs($0) > minimum * 100 } ?? false
        }
    }
}
