// How a value of the calibration changed over a run, and how much of that may be noise.

package struct CalibrationDrift: Codable, Equatable, Sendable {
    package var resource: String
    /// Whether the run was limited by it: only then does its drift spoil the run.
    package var binding: Bool
    package var beforeValue, afterValue: Double
    /// Relative spread that selftest saw on this machine; nil where it never ran.
    package var selftestSpread: Double?
    /// Relative spread of the slices of the two readings, the larger one: stands in for selftest's. It sees the noise of tenths
    /// of a second, not that of minutes, and errs low where the machine wanders slowly.
    package var sliceSpread: Double?

    package init(
        resource: String, binding: Bool, beforeValue: Double, afterValue: Double, selftestSpread: Double? = nil, sliceSpread: Double? = nil
    ) {
        self.resource = resource
        self.binding = binding
        self.beforeValue = beforeValue
        self.afterValue = afterValue
        self.selftestSpread = selftestSpread
        self.sliceSpread = sliceSpread
    }

    /// |after − before| / before.
    package var fraction: Double { beforeValue != 0 ? abs(afterValue - beforeValue) / abs(beforeValue) : .infinity }
    package var allowed: Double {
        max(VerdictThresholds.calibrationDriftMaximum, VerdictThresholds.calibrationSpreadFactor * (selftestSpread ?? sliceSpread ?? 0))
    }
    package var isExcessive: Bool { fraction > allowed }

    /// (largest − smallest) / median of the slices of one reading; nil for fewer than two.
    package static func spread(of slices: [Double]) -> Double? {
        let sorted = slices.sorted()
        guard sorted.count > 1, sorted[sorted.count / 2] > 0 else { return nil }
        return (sorted[sorted.count - 1] - sorted[0]) / sorted[sorted.count / 2]
    }
}
