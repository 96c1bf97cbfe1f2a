// One of OMB's samples: a few seconds of a phase.
internal import Measurement
internal import Results

struct OMBSample {
    let seconds: Int
    let sent, consumed, failed: UInt64
    /// Acknowledged and not read when it ended, each subscription by itself.
    let backlog: UInt64
    let clocks: [String: IntervalQuantiles]

    var publishRate: Double { Double(sent) / Double(seconds) }
    var publishErrorRate: Double { Double(failed) / Double(seconds) }
    var consumeRate: Double { Double(consumed) / Double(seconds) }

    /// The phases whose times count.
    static func measured(_ phases: [PhaseRecord]) -> [PhaseRecord] { phases.filter { ["steady", "catch-up"].contains($0.kind) } }

    /// Of the test and, behind it, of a backlog and its readers' catching up, in the order of the run.
    static func all(_ phases: [PhaseRecord]) -> [OMBSample] {
        phases.filter { ["steady", "backlog", "catch-up"].contains($0.kind) }.flatMap { phase in
            (phase.intervals ?? []).compactMap { interval in
                let seconds = phase.series.filter { ($0.second - interval.firstSecond) >= 0 && $0.second < interval.firstSecond + interval.seconds }
                // A phase that was over within its first second has none.
                guard let last = seconds.last else { return nil }
                return OMBSample(
                    seconds: seconds.count, sent: seconds.reduce(0) { $0 + $1.records }, consumed: seconds.reduce(0) { $0 + ($1.consumedRecords ?? 0) },
                    failed: seconds.reduce(0) { $0 + ($1.failedRecords ?? 0) }, backlog: last.unreadRecords ?? last.lagRecords ?? 0, clocks: interval.clocks)
            }
        }
    }
}
