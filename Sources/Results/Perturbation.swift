// What a run did to its own broker on purpose, and how long it took until nothing of it was seen any more.
internal import Measurement

/// One deliberate disturbance within a phase.
package struct PerturbationRecord: Codable, Equatable, Sendable {
    /// `pause`: the broker's process was stopped and continued; `dropCache`: the page cache of its log was dropped; `kill`: its process
    /// was killed and started again, which ends when it serves; `churn`: connections came and went beside the load; `memberChurn`:
    /// members of a consumer group left and came back; `diskLimit`: the broker's disk was held to a rate; `freeze`: its file system took
    /// no write.
    package var kind: String
    /// CLOCK_MONOTONIC nanoseconds, as they happened.
    package var startedNanoseconds: UInt64
    package var endedNanoseconds: UInt64
    /// Of `kill`: when the process was started again. It took from here to the end to recover.
    package var restartedNanoseconds: UInt64?
    /// Of `churn`: connections that were opened and answered.
    package var connections: UInt64?
    /// Of `memberChurn`: members that left or came back.
    package var memberChanges: UInt64?
    /// By which means it was done, where there are several, and what they leave out.
    package var means: String?

    package init(kind: String, startedNanoseconds: UInt64, endedNanoseconds: UInt64) {
        self.kind = kind
        self.startedNanoseconds = startedNanoseconds
        self.endedNanoseconds = endedNanoseconds
    }
}

/// How a phase's seconds went on after a perturbation. Resolution: a second.
package struct Recovery: Equatable, Sendable {
    /// Median over the whole seconds before the first perturbation of the phase.
    package let p99BeforeNanoseconds: UInt64
    /// The worst second from the perturbation on, until the next one.
    package let worstP99Nanoseconds: UInt64
    /// From the end of the perturbation to the start of the first second that is as before: p99 at most twice what it was, and at
    /// least 95 % of the records; nil: none was, before the next perturbation or the end of the phase.
    package let seconds: Double?

    static let p99Factor: UInt64 = 2
    static let recordShare = 0.95
}

/// What the disturbances of a phase cost its clients, by the second.
package struct ErrorBudget: Equatable, Sendable {
    /// Whole seconds from the first disturbance on.
    package let seconds: Int
    /// Of these, such that were not as before it.
    package let spent: Int
    /// Records that failed, in the whole phase.
    package let failedRecords: UInt64

    /// Of the seconds.
    package var spentShare: Double { Double(spent) / Double(max(1, seconds)) }
}

extension PhaseRecord {
    /// nil where nothing was disturbed, or nothing is there to compare with.
    package var errorBudget: ErrorBudget? {
        guard let first = perturbations?.map(\.startedNanoseconds).min(), let usual = usual(before: first) else { return nil }
        let after = series.filter { endOf($0) > first }
        guard !after.isEmpty else { return nil }
        return ErrorBudget(seconds: after.count, spent: after.count { !isAsUsual($0, usual) }, failedRecords: counters["failed_records"] ?? 0)
    }

    /// Medians over the whole seconds before a time.
    private func usual(before time: UInt64) -> (p99: UInt64, records: UInt64)? {
        let before = series.filter { endOf($0) <= time }
        guard let p99 = Self.median(before.compactMap(\.responseP99Nanoseconds)), let records = Self.median(before.map(\.records)) else { return nil }
        return (p99, records)
    }

    private func isAsUsual(_ second: SecondRecord, _ usual: (p99: UInt64, records: UInt64)) -> Bool {
        (second.responseP99Nanoseconds ?? .max) <= usual.p99 * Recovery.p99Factor && Double(second.records) >= Double(usual.records) * Recovery.recordShare
    }

    /// nil where no whole second lies before the first perturbation, or none has a latency.
    package func recovery(after index: Int) -> Recovery? {
        guard let perturbations, index < perturbations.count, let first = perturbations.map(\.startedNanoseconds).min() else { return nil }
        guard let usual = usual(before: first) else { return nil }
        let here = perturbations[index]
        let next = index + 1 < perturbations.count ? perturbations[index + 1].startedNanoseconds : UInt64.max
        let after = series.filter { endOf($0) > here.startedNanoseconds && startOf($0) < next }
        guard let worst = after.compactMap(\.responseP99Nanoseconds).max() else { return nil }
        let well = after.first {
            startOf($0) >= here.endedNanoseconds && endOf($0) <= next && isAsUsual($0, usual)
        }
        return Recovery(
            p99BeforeNanoseconds: usual.p99, worstP99Nanoseconds: worst, seconds: well.map { Double(startOf($0) - here.endedNanoseconds) / 1e9 })
    }

    /// When the schedule began, from which a plan's times count: the cost measurement begins a moment later.
    package var scheduleStartedNanoseconds: UInt64 { seriesStartedNanoseconds ?? startedNanoseconds }

    private func startOf(_ second: SecondRecord) -> UInt64 { scheduleStartedNanoseconds + UInt64(second.second) * 1_000_000_000 }
    private func endOf(_ second: SecondRecord) -> UInt64 { startOf(second) + 1_000_000_000 }

    /// Marks each second with what was under way in it.
    package mutating func markSeconds() {
        guard let perturbations else { return }
        for index in series.indices {
            let (start, end) = (startOf(series[index]), endOf(series[index]))
            let kinds = perturbations.filter { $0.startedNanoseconds < end && $0.endedNanoseconds >= start }.map(\.kind)
            if !kinds.isEmpty { series[index].perturbations = unique(kinds) }
        }
    }

    private static func median(_ values: [UInt64]) -> UInt64? {
        let sorted = values.sorted()
        return sorted.isEmpty ? nil : sorted[sorted.count / 2]
    }
}
