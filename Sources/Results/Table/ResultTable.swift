// The table at the end of a run: on one screen, or in full.
internal import Measurement

/// The terminal table, as a pure function of the record.
///
/// Rules of its own: units stand once, in a heading; a figure that has an interval shows it; what could not be
/// measured reads `n/a`, in full with a number whose reason stands below the section; nothing is coloured, so a
/// pasted table says what the screen said. Both forms are made of the same sections and the same cells, so they
/// cannot come to differ in a figure.
package enum ResultTable {
    package enum Form: Equatable, Sendable {
        /// What to see first: at most 50 lines for the quickstart. `inFull` is the command that prints the rest.
        case oneScreen(inFull: String)
        /// Every row, footnote and condition.
        case full

        /// Columns when nobody asks for another number of them.
        package var width: Int {
            switch self {
            case .oneScreen: 100
            case .full: 96
            }
        }
    }

    /// The table of `record`, lines of at most `width` characters (80 and more), ending with a newline.
    package static func text(_ record: RunRecord, _ form: Form, width: Int? = nil) -> String {
        let width = width ?? form.width
        precondition(width >= 80, "the table needs 80 columns, not \(width)")
        let rule = String(repeating: "─", count: width)
        let parts = sections(record).map { $0.lines(form, width) }.filter { !$0.isEmpty }
        let lines = TableHead(record: record).lines(form, width) + [rule] + Array(parts.joined(separator: [""])) + [rule]
            + TableFoot(record: record).lines(form, width)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether a phase found out what the generator itself can do: no cost of the broker, and nothing it promised.
    static func isCeiling(_ phase: String) -> Bool { phase.hasPrefix("ceiling") }

    /// Of the phase itself where others went before or after it.
    private static func isSaturated(_ load: LoadReading, _ record: RunRecord) -> Bool {
        let own = record.facts.filter { $0.phase == load.phase.name }
        if own.isEmpty || (record.verdict != nil && LoadReading.later(record).isEmpty) { return record.verdict?.outcome == .saturated }
        return own.contains { Verdict.judge($0).outcome == .saturated }
    }

    private static func sections(_ record: RunRecord) -> [any TableSection] {
        let load = LoadReading(record)
        let headlines = record.headlines
        // A profile that is all load, on one disk or several, did not ask for headlines; one that has neither is told what is missing.
        let parts: [(isThere: Bool, section: any TableSection)] = [
            (true, LimitsSection(disks: record.disks, calibration: record.calibration.before)), (true, DiskColumnsSection(disks: record.disks)),
            (record.search != nil, SearchSection(search: record.search)),
            (true, LoadSections(loads: ([load].compactMap { $0 } + LoadReading.later(record)).map { LoadSection(load: $0, isSaturated: isSaturated($0, record)) })),
            (true, CatchUpSection(phase: record.phases.first { $0.catchUp != nil }, before: load)),
            (headlines.append != nil, AppendSection(headline: headlines.append, ceiling: record.metrics.first { $0.name == AppendSection.ceilingName }, imported: record.disks.flatMap { $0.imported ?? [] })),
            (headlines.hitRate != nil, HitRateSection(headline: headlines.hitRate)), (headlines.zeroCopy != nil, ZeroCopySection(headline: headlines.zeroCopy)),
            (headlines.latency != nil, LatencySection(headline: headlines.latency)), (true, CostSection(tables: record.countedPhases.compactMap(\.costs))),
            (true, OtherFiguresSection(metrics: record.metrics)), (record.deviations != nil, DeviationSection(deviations: record.deviations ?? [])),
        ]
        let isMissing = load == nil && !record.disks.contains { $0.log != nil }
        return parts.filter { $0.isThere || isMissing }.map(\.section)
    }
}

/// The profile's own load, and what it went on with.
private struct LoadSections: TableSection {
    let loads: [LoadSection]

    func oneScreen(_ width: Int) -> [String] { Array(loads.map { $0.oneScreen(width) }.joined(separator: [""])) }
    func full(_ width: Int) -> [String] { Array(loads.map { $0.full(width) }.joined(separator: [""])) }
}

/// One part of the table. A part with nothing to say has no lines.
protocol TableSection {
    func oneScreen(_ width: Int) -> [String]
    func full(_ width: Int) -> [String]
}

extension TableSection {
    func lines(_ form: ResultTable.Form, _ width: Int) -> [String] {
        switch form {
        case .oneScreen: oneScreen(width)
        case .full: full(width)
        }
    }
}
