// One clock of one phase, and which of a run's are meant.
package import Measurement
package import Results

/// A histogram of a run with where it was recorded.
package struct RecordedHistogram: Sendable {
    package let phase: PhaseRecord
    /// `response`, `service`, `end_to_end`, …; of one named group `bulk.response`.
    package let clock: String
    package let histogram: LatencyHistogram

    /// Phase and clock in one word, as a tag of a histogram log must be: no blanks, no commas.
    var tag: String { "\(phase.name).\(clock)".map { $0 == " " || $0 == "," || $0.isNewline ? "-" : String($0) }.joined() }

    /// What a run recorded, in the order of its phases, clocks by name; only samples, no empty histograms.
    ///
    /// - Parameters:
    ///   - phase: only the phase of that name; nil for all.
    ///   - clock: only that clock; nil for all.
    /// - Throws: `ExportError` when nothing fits, with what there would be.
    package static func list(_ record: RunRecord, phase: String?, clock: String?) throws(ExportError) -> [RecordedHistogram] {
        let all = record.phases.flatMap { phase in
            sampled(phase.histograms).map { RecordedHistogram(phase: phase, clock: $0.key, histogram: $0.value) }
                + (phase.groups ?? []).flatMap { group in
                    sampled(group.histograms).map { RecordedHistogram(phase: phase, clock: "\(group.name).\($0.key)", histogram: $0.value) }
                }
        }
        guard !all.isEmpty else { throw ExportError("the result holds no histogram: no phase of it measured latencies") }
        let found = all.filter { (phase == nil || $0.phase.name == phase) && (clock == nil || $0.clock == clock) }
        guard found.isEmpty else { return found }
        throw ExportError("no histogram of \([phase.map { "phase ‘\($0)’" }, clock.map { "clock ‘\($0)’" }].compactMap { $0 }.joined(separator: " and ")); there is \(choices(all))")
    }

    private static func sampled(_ histograms: [String: LatencyHistogram]) -> [(key: String, value: LatencyHistogram)] {
        histograms.sorted { $0.key < $1.key }.filter { $0.value.count > 0 }
    }

    /// The one that is meant, for formats that hold one.
    ///
    /// - Throws: `ExportError` when several fit.
    package static func one(_ record: RunRecord, phase: String?, clock: String?) throws(ExportError) -> RecordedHistogram {
        let found = try list(record, phase: phase, clock: clock)
        guard found.count == 1 else { throw ExportError("this format holds one histogram; name it with --phase and --clock: \(choices(found))") }
        return found[0]
    }

    private static func choices(_ recorded: [RecordedHistogram]) -> String {
        recorded.map { "--phase '\($0.phase.name)' --clock \($0.clock)" }.joined(separator: ", ")
    }
}

/// Why a result cannot be written in a form.
package struct ExportError: Error, Equatable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
