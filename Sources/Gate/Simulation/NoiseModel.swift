// Machines that are known exactly: the noise models by which the gate's error rates were worked out.

/// Noise second by second, on a logarithmic scale where larger is slower.
package struct NoiseModel: Equatable, Sendable {
    package enum Hostility: String, CaseIterable, Sendable {
        case none
        /// 20 % slower from the first group to the last.
        case linearDrift
        /// 15 % slower from some moment of the first five minutes on, in the middle of a group as well as between two.
        case step
        /// Every second slice 4 % slower, whichever build it measures.
        case secondSlower
    }

    package let name: String
    /// Of a process's own luck.
    package var restartDeviation: Double
    /// Of the machine's wandering (Ornstein-Uhlenbeck), and how long it remembers.
    package var driftDeviation: Double
    package var driftSeconds = 60.0
    /// Seconds between bursts, each 1.3 to 2 times as slow.
    package var secondsBetweenBursts: Double
    /// Long enough to spoil whole slices.
    package var burstSeconds = 7
    /// Of each second by itself.
    package var whiteDeviation: Double
    package var hostility = Hostility.none

    package static let quiet = NoiseModel(
        name: "quiet-fine", restartDeviation: 0.015, driftDeviation: 0.02, secondsBetweenBursts: 1500, whiteDeviation: 0.06)
    package static let continuousIntegration = NoiseModel(
        name: "CI-fine", restartDeviation: 0.015, driftDeviation: 0.05, secondsBetweenBursts: 200, whiteDeviation: 0.12)
    package static let bad = NoiseModel(
        name: "bad-fine", restartDeviation: 0.015, driftDeviation: 0.09, secondsBetweenBursts: 60, whiteDeviation: 0.25)

    package func with(_ hostility: Hostility) -> NoiseModel {
        var model = self
        model.hostility = hostility
        return model
    }
}
