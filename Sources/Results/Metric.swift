// One figure: value, unit, which way is better, how sure; or why there is none.
package import Measurement

/// A figure of the result. It has either a value or a reason why not, never both and never neither.
package struct Metric: Codable, Equatable, Sendable {
    package enum Polarity: String, Codable, Sendable { case higherIsBetter, lowerIsBetter, neutral }

    package let name: String
    /// In `unit`; nil exactly when `unavailable` says why.
    package let value: Double?
    /// As printed: `MB/s` (10⁶ bytes), `CPU-s/GB`, `%`, `ns`, …
    package let unit: String
    package let polarity: Polarity
    /// In the unit of the value.
    package let interval: ConfidenceInterval?
    /// Events or repetitions behind the value.
    package let samples: UInt64?
    /// A reservation that belongs beside the value.
    package let note: String?
    package let unavailable: String?

    /// A value. One that is not finite is turned into its own reason: it was computed from nothing.
    package static func measured(
        _ name: String, _ value: Double, unit: String, polarity: Polarity, interval: ConfidenceInterval? = nil,
        samples: UInt64? = nil, note: String? = nil
    ) -> Metric {
        guard value.isFinite else { return unavailable(name, unit: unit, polarity: polarity, reason: "computed as \(value)") }
        return Metric(
            name: name, value: value, unit: unit, polarity: polarity, interval: interval, samples: samples, note: note, unavailable: nil)
    }

    /// No value, and why: printed as `n/a` with the reason below the table.
    package static func unavailable(_ name: String, unit: String, polarity: Polarity, reason: String) -> Metric {
        Metric(
            name: name, value: nil, unit: unit, polarity: polarity, interval: nil, samples: nil, note: nil,
            unavailable: reason.isEmpty ? "no reason given" : reason)
    }
}
