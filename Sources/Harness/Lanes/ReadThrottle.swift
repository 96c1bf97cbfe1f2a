// A reader that is slow on purpose.
internal import Measurement

/// When a lane may read again, so that it reads at most so many records a second. Answers bring whole batches: after each it waits
/// as long as its records are worth, less what it was late.
struct ReadThrottle {
    private let nanosecondsPerRecord: Double
    /// CLOCK_MONOTONIC nanoseconds.
    private(set) var mayReadAt: UInt64 = 0
    /// What it may catch up on: more would be a burst after a pause.
    private static let creditNanoseconds: UInt64 = 100_000_000

    /// - Parameter recordsPerSecond: of the lane, above 0.
    init(recordsPerSecond: Double) { nanosecondsPerRecord = Double(nanosecondsPerSecond) / recordsPerSecond }

    mutating func took(_ records: Int, at now: UInt64) {
        let earliest = now - min(now, Self.creditNanoseconds)
        mayReadAt = max(mayReadAt, earliest) &+ UInt64(Double(records) * nanosecondsPerRecord)
    }

    /// Bytes to ask for at once: what it reads in a tenth of a second, so that it neither takes a minute's worth at once nor
    /// nothing at all; a first batch comes whole anyway.
    ///
    /// - Parameter recordBytes: on average.
    func fetchBytes(recordBytes: Double) -> Int32 {
        let bytes = recordBytes * Double(Self.creditNanoseconds) / nanosecondsPerRecord
        return Int32(min(max(bytes, Self.leastBytes), Self.mostBytes))
    }

    private static let leastBytes = 1_024.0
    private static let mostBytes = 1_048_576.0
}
