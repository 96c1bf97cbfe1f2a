// How Kafka's tools hold a rate.

/// Compares the average since the start with the target and waits where it is ahead. After a stall it sends without waiting until the
/// average is right again, which no figure shows. Kafka's looks at whole milliseconds and lets everything go in its first one, in which its
/// producer still connects; this one looks at nanoseconds.
struct ThroughputThrottle {
    private let recordsPerSecond: Double
    private let start: UInt64
    /// Nanoseconds between two records at the target.
    private let gap: UInt64
    private var owed: UInt64 = 0

    /// Shorter waits are saved up.
    private static let shortestWait: UInt64 = 2_000_000

    /// - Parameters:
    ///   - recordsPerSecond: not 0; negative: as fast as it goes.
    ///   - start: nanoseconds, on the clock of `wait`.
    init(recordsPerSecond: Double, start: UInt64) {
        precondition(recordsPerSecond.isFinite && recordsPerSecond != 0, "\(recordsPerSecond) records/s")
        self.recordsPerSecond = recordsPerSecond
        self.start = start
        gap = recordsPerSecond > 0 ? UInt64(min(1e9 / recordsPerSecond, Self.longestGap)) : 0
    }

    /// A year.
    private static let longestGap = 31_536_000e9

    /// - Parameters:
    ///   - number: of the record just sent, from 0.
    ///   - sentAt: when, in nanoseconds; not before the start.
    /// - Returns: nanoseconds to wait before the next one.
    mutating func wait(behind number: Int64, sentAt: UInt64) -> UInt64 {
        guard recordsPerSecond > 0, sentAt > start, Double(number) / (Double(sentAt - start) / 1e9) > recordsPerSecond else { return 0 }
        owed += gap
        guard owed >= Self.shortestWait else { return 0 }
        defer { owed = 0 }
        return owed
    }
}
