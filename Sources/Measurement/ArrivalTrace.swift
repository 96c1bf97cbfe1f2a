// Arrivals as they were seen somewhere: when, one after the other.

/// Bursts, pauses and all, of which a schedule keeps the shape at whatever rate it is told.
package struct ArrivalTrace: Codable, Equatable, Sendable {
    /// Nanoseconds from the first arrival on, ascending, the first of them 0.
    package let offsets: ContiguousArray<UInt64>
    /// From one first arrival to the next, when the trace is gone through again: its length and a mean gap.
    package let periodNanoseconds: UInt64

    /// - Parameter times: seconds since any moment.
    /// - Returns: nil unless there are two of them at least, ascending, over some time.
    package init?(seconds times: [Double]) {
        guard times.count > 1, zip(times, times.dropFirst()).allSatisfy({ $0 <= $1 }) else { return nil }
        let length = times[times.count - 1] - times[0]
        guard length > 0, length * 1e9 < Self.longestNanoseconds else { return nil }
        offsets = ContiguousArray(times.map { UInt64(($0 - times[0]) * 1e9) })
        periodNanoseconds = UInt64(length * 1e9 * Double(times.count) / Double(times.count - 1))
    }

    /// As a number that is still exact to the nanosecond: 104 days.
    private static let longestNanoseconds = 0x1p53

    /// Over a whole period.
    package var eventsPerSecond: Double { Double(offsets.count) * 1e9 / Double(periodNanoseconds) }
}
