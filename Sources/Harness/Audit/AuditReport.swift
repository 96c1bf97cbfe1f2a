// What the audit found.
package import Measurement

/// The audit of one run, or of one measurement of it.
package struct AuditReport: Codable, Equatable, Sendable {
    /// What was looked at.
    package enum Extent: String, Codable, Sendable {
        /// Every record, as tail consumers got it.
        case everyRecord = "every record, by the tail consumers"
        /// Every record, read back after the load.
        case readBack = "every record, read back"
        /// Every record that retention had left, read back; those it had removed by their number, which cannot be more than
        /// there were offsets below the start of the log.
        case retained = "what retention left, read back, and the number of the rest"
        /// Clients that drop records in the kernel check the lengths of answers; some fetches were read in full,
        /// after one pass in which every record was.
        case lengthsAndSamples = "lengths + sampled full reads"
        case none = "nothing was read"
    }

    package var outcome: AuditOutcome
    package var extent: Extent
    /// Records that the broker acknowledged.
    package var acknowledged: UInt64 = 0
    /// Different sound records that were read.
    package var seen: UInt64 = 0
    /// Acknowledged and not there.
    package var lost: UInt64 = 0
    /// Acknowledged and below the start of the log: retention removed them, as it was told to.
    package var retired: UInt64 = 0
    /// Copies beyond the first.
    package var duplicated: UInt64 = 0
    /// Behind a record that was sent after them.
    package var reordered: UInt64 = 0
    /// Magic, checksum, partition or framing is wrong, or nobody sent them.
    package var corrupt: UInt64 = 0
    /// Of transactions that were aborted on purpose.
    package var aborted: UInt64 = 0
    /// Of those, read by who is promised committed records only.
    package var exposed: UInt64 = 0
    /// Handed over and never acknowledged: they may be there or not.
    package var unknown: UInt64 = 0
    /// Of producers that are not of this run.
    package var foreign: UInt64 = 0
    /// One sentence a finding, with the first examples; also of what the contract permits.
    package var text: [String] = []

    package init(outcome: AuditOutcome = .passed, extent: Extent) {
        self.outcome = outcome
        self.extent = extent
    }
}

extension AuditReport {
    /// Sentences that name a topic, at most: a broken broker has as many as topics.
    private static let sentencesMaximum = 8

    /// The reports of a load's topics as one, at least one; what was found says in which of several.
    static func joined(_ reports: [(topic: String, report: AuditReport)]) -> AuditReport {
        guard reports.count > 1 else { return reports[0].report }
        var whole = AuditReport(extent: extent(of: reports.map(\.report.extent)))
        var (broken, notRun): ([String], [String]) = ([], [])
        for (topic, report) in reports {
            for count in [
                \AuditReport.acknowledged, \.seen, \.lost, \.retired, \.duplicated, \.reordered, \.corrupt, \.aborted, \.exposed, \.unknown, \.foreign,
            ] {
                whole[keyPath: count] += report[keyPath: count]
            }
            whole.text += report.text.map { "\(topic): \($0)" }
            switch report.outcome {
            case .passed: break
            case .failed(let texts): broken += texts.map { "\(topic): \($0)" }
            case .notRun(let why): notRun.append(why)
            }
        }
        whole.text = bounded(whole.text)
        if !broken.isEmpty { whole.outcome = .failed(bounded(broken)) } else if let why = notRun.first { whole.outcome = .notRun(why) }
        return whole
    }

    /// What can be said of all of them.
    private static func extent(of extents: [Extent]) -> Extent {
        for weak in [Extent.none, .retained, .readBack] where extents.contains(weak) { return weak }
        return extents[0]
    }

    private static func bounded(_ texts: [String]) -> [String] {
        let left = texts.count - sentencesMaximum
        return texts.prefix(sentencesMaximum) + (left > 0 ? ["and \(left) more"] : [])
    }
}
