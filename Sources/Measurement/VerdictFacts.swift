// What was seen in one measured phase, as far as the verdict asks.

/// What became of the audit of a phase's records.
package enum AuditOutcome: Codable, Equatable, Sendable {
    case passed
    /// One sentence per broken promise.
    case failed([String])
    /// Not applicable in this phase, and why.
    case notRun(String)

    private enum CodingKeys: String, CodingKey { case outcome, broken, reason }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        switch try fields.decode(String.self, forKey: .outcome) {
        case "passed": self = .passed
        case "failed": self = .failed(try fields.decode([String].self, forKey: .broken))
        case "notRun": self = .notRun(try fields.decode(String.self, forKey: .reason))
        case let other: throw DecodingError.dataCorruptedError(forKey: .outcome, in: fields, debugDescription: "`\(other)` is no outcome of an audit")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .passed: try fields.encode("passed", forKey: .outcome)
        case .failed(let broken):
            try fields.encode("failed", forKey: .outcome)
            try fields.encode(broken, forKey: .broken)
        case .notRun(let reason):
            try fields.encode("notRun", forKey: .outcome)
            try fields.encode(reason, forKey: .reason)
        }
    }
}

/// Who decides when the next request goes out.
package enum LoadKind: String, Codable, Sendable { case openLoop, closedLoop, maxRate }

/// The facts of one phase, outside marked perturbation windows. A nil was not measured, and its rule is
/// not applied.
package struct VerdictFacts: Codable, Equatable, Sendable {
    package var phase: String
    /// The group of producers whose own schedule these are the facts of; nil: the whole phase.
    package var group: String?
    package var load: LoadKind
    package var seconds: Double?

    // Schedule.
    package var scheduledEvents: UInt64?
    /// Entered a lane's queue, or its late counter, on time.
    package var handedOverEvents: UInt64?
    /// Acknowledged by the end of the phase.
    package var acknowledgedEvents: UInt64?
    package var scheduleLagP99Nanoseconds: UInt64?
    package var hiccupP99Nanoseconds: UInt64?
    package var responseP50Nanoseconds: UInt64?
    package var responseP99Nanoseconds: UInt64?
    /// (on-CPU + run-queue delay) / wall of the busiest lane.
    package var laneSaturation: Double?

    // Readers.
    /// Records that the readers of the furthest partition were behind by at most; nil without readers.
    package var lagMaximumRecords: UInt64?
    /// Records a second that the readers fell behind by, all partitions together: the lower end of the slope's interval.
    package var lagSlopeAtLeast: Double?

    // Payload.
    /// How many times smaller a codec made the batches of the phase, and how many the profile asked for; nil: there was no codec.
    package var compressionRatio: Double?
    package var compressionRatioAsked: Double?

    // Correctness.
    /// Errors outside the profile's `expect:` list, by name.
    package var unexpectedErrors: [String: UInt64] = [:]
    package var audit: AuditOutcome = .notRun("no records in this phase")
    /// Why the phase was measured again and does not count: what the machine did to it. nil: it counts.
    package var setAside: String?
    /// True of a phase that could not have produced or fetched a record, such as a question to the engine alone.
    package var hasNoRecords: Bool?
    /// What the audit looked at, where that was less than every record.
    package var auditExtent: String?
    /// Negative latencies, counters that ran backwards, and the like.
    package var impossibleSamples: UInt64 = 0

    // Machine.
    package var foreignCPUFraction: Double?
    package var stealFraction: Double?
    package var calibrationDrift: [CalibrationDrift] = []
    /// Page-cache states that were asked for and could not be reached, one sentence each.
    package var unreachedStates: [String] = []
    /// Share of threads, pages and samples verified to be where the placement says.
    package var placementVerifiedShare: Double?

    package init(phase: String, load: LoadKind) {
        self.phase = phase
        self.load = load
    }

    /// `steady`, or `steady, bulk` of one group.
    var place: String { group.map { "\(phase), \($0)" } ?? phase }
}
