// What a run did to its own broker on purpose, and how long it took until nothing of it was seen any more.
internal import Measurement

/// One deliberate disturbance within a phase.
package struct PerturbationRecord: Codable, Equatable, Sendable {
    /// `pause`: the broker's process was stopped and continued; `dropCache`: the page cache of its log was dropped; `kill`: its process
    /// was killed and started again, which ends when it serves; `churn`: connections came and went beside the load.
    package var kind: String
    /// CLOCK_MONOTONIC nanoseconds, as they happened.
    package var startedNanoseconds: UInt64
    package var endedNanoseconds: UInt64
    /// Of `kill`: when the process was started again. It took from here to the end to recover.
    package var restartedNanoseconds: UInt64?
    /// Of `churn`: connections that were opened and answered.
    package var connections: UInt64?

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

extension PhaseRecord {
    /// nil where no whole second lies before the first perturbation, or none has a latency.
    package func recovery(after index: Int) -> Recovery? {
        guard let perturbations, index < perturbations.count, let first = perturbations.map(\.startedNanoseconds).min() else { return nil }
        let before = series.filter { endOf($0) <= first }
        guard let p99 = Self.median(before.compactMap(\.responseP99Nanoseconds)), let records = Self.median(before.map(\.records)) else { return nil }
        let here = perturbations[index]
        let next = index + 1 < perturbations.count ? perturbations[index + 1].startedNanoseconds : UInt64.max
        let after = series.filter { endOf($0) > here.startedNanoseconds && startOf($0) < next }
        guard let worst = after.compactMap(\.responseP99Nanoseconds).max() else { return nil }
        let well = after.first {
            startOf($0) >= here.endedNanoseconds && endOf($0) <= next && ($0.responseP99Nanoseconds ?? .max) <= p99 * Recovery.p99Factor
                && Double($0.records) >= Double(records) * Recovery.recordShare
        }
        return Recovery(
            p99BeforeNanoseconds: p99, worstP99Nanoseconds: worst, seconds: well.map { Double(startOf($0) - here.endedNanoseconds) / 1e9 })
    }

    private func startOf(_ second: SecondRecord) -> UInt64 { startedNanoseconds + UInt64(second.second) * 1_000_000_000 }
    private func endOf(_ second: SecondRecord) -> UInt64 { startOf(second) + 1_000_000_000 }

    private static func median(_ values: [UInt64]) -> UInt64? {
        let sorted = values.sorted()
        return sorted.isEmpty ? nil : sorted[sorted.count / 2]
    }
}
