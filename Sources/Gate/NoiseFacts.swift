// What the machine did while a group ran, and when that spoils the group.

/// Readings that know nothing of labels or values: a group is dropped by these alone.
package struct NoiseFacts: Codable, Equatable, Sendable {
    /// Share of CPU time that the hypervisor took, 0 to 1, over the group's slices.
    package let stealShare: Double
    /// Share of time in which others stalled: PSI `some` of CPU, memory or I/O, the largest, over the windows in which
    /// neither build was under load (our own load makes pressure by design); nil where the kernel has no PSI.
    package let foreignStallShare: Double?
    /// The group's calibration probe ÷ the campaign's first one: above 1 the machine was slower; nil without a probe.
    package let calibrationRatio: Double?

    package init(stealShare: Double, foreignStallShare: Double?, calibrationRatio: Double?) {
        // A reading that is no number is as bad as can be, and unlike it can be stored.
        self.stealShare = stealShare.isFinite ? stealShare : 1
        self.foreignStallShare = foreignStallShare.map { $0.isFinite ? $0 : 1 }
        self.calibrationRatio = calibrationRatio.map { $0.isFinite ? $0 : 0 }
    }
}

package enum DropReason: String, Codable, CaseIterable, Sendable {
    case steal, stall, calibration

    /// As printed behind the number of groups: `steal > 20 %`.
    package var text: String {
        switch self {
        case .steal: "steal > 20 %"
        case .stall: "others stalled > 20 %"
        case .calibration: "calibration probe off > 25 %"
        }
    }
}

/// Whole groups go, never single slices, never by value: both labels lose the same, so what is left stays exchangeable.
package enum DropRule {
    package static let stealShareMaximum = 0.20
    package static let foreignStallShareMaximum = 0.20
    /// Either way: a probe at 1.25 times the first, or its reciprocal.
    package static let calibrationRatioMaximum = 1.25
    /// A campaign that lost more of its groups is invalid.
    package static let droppedShareMaximum = 0.30
    /// Fewer groups don't end a running attempt early.
    package static let groupsBeforeEarlyEnd = 10

    package static func reason(for noise: NoiseFacts) -> DropReason? {
        if noise.stealShare > stealShareMaximum { return .steal }
        if let stall = noise.foreignStallShare, stall > foreignStallShareMaximum { return .stall }
        if let ratio = noise.calibrationRatio, !(ratio <= calibrationRatioMaximum && ratio >= 1 / calibrationRatioMaximum) {
            return .calibration
        }
        return nil
    }
}
