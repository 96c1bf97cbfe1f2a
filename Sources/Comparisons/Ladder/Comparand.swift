// What is known of one result's experiment and machine: all that the ladder looks at.

/// One figure of the calibration.
package struct CalibrationValue: Equatable, Sendable {
    package let value: Double
    package let unit: String
    /// Smallest and largest slice of the reading; nil where it was not sliced.
    package let slices: ClosedRange<Double>?

    package init(value: Double, unit: String, slices: ClosedRange<Double>? = nil) {
        self.value = value
        self.unit = unit
        self.slices = slices
    }
}

/// One side of a comparison. `unknown` and an absent field are the same.
package struct Comparand: Equatable, Sendable {
    /// As a person calls the result.
    package let name: String
    /// What was asked for, field by field: the profile's keys by path, the suite's version, the profile's name.
    package var experiment: [String: String]
    package var hard: [String: String]
    package var soft: [String: String]
    package var runState: [String: String]
    /// By the item's name.
    package var calibration: [String: CalibrationValue]
    /// Why the run does not count; empty where it does.
    package var spoiled: [String]
    /// What does not spoil it and yet keeps it from a gate.
    package var reservations: [String]

    package init(
        name: String, experiment: [String: String] = [:], hard: [String: String] = [:], soft: [String: String] = [:],
        runState: [String: String] = [:], calibration: [String: CalibrationValue] = [:], spoiled: [String] = [], reservations: [String] = []
    ) {
        self.name = name
        self.experiment = experiment
        self.hard = hard
        self.soft = soft
        self.runState = runState
        self.calibration = calibration
        self.spoiled = spoiled
        self.reservations = reservations
    }

    /// Every field of a tier, present on at least one of two sides, sorted.
    static func fields(_ first: [String: String], _ second: [String: String]) -> [String] { Set(first.keys).union(second.keys).sorted() }
}
