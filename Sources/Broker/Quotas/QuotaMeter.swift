// How many bytes a second went, over the last windows, and how long to hold off because of it.
internal import Synchronization

/// A rate over several windows, the oldest of which drop out: short bursts pass, the average holds.
///
/// - Source: Kafka's `SampledStat`, `Rate.windowSize` and `QuotaUtils.throttleTime`.
struct WindowedRate: Sendable {
    private struct Sample {
        let start: UInt64
        var bytes: Int64
    }

    let windowCount: Int
    let windowNanoseconds: UInt64
    /// Oldest first; at most `windowCount` and the one that has just begun.
    private var samples: [Sample] = []

    /// The longest time that a client is told to hold off: what one request can cost must end some day.
    static let longestThrottleMilliseconds: Double = 3_600_000

    init(windowCount: Int, windowNanoseconds: UInt64) {
        self.windowCount = windowCount
        self.windowNanoseconds = windowNanoseconds
    }

    /// - Parameters:
    ///   - bytes: negative to take back what was recorded a moment ago.
    ///   - now: CLOCK_MONOTONIC nanoseconds; loops' clocks may be some microseconds apart.
    mutating func record(_ bytes: Int64, at now: UInt64) {
        purge(now)
        if let last = samples.indices.last, age(samples[last], now) < windowNanoseconds {
            samples[last].bytes += bytes
        } else {
            samples.append(Sample(start: now, bytes: bytes))
        }
    }

    /// Bytes recorded in the windows that count.
    mutating func bytes(at now: UInt64) -> Int64 {
        purge(now)
        return samples.reduce(0) { $0 + $1.bytes }
    }

    /// How long to hold off until the average is `bytesPerSecond` again; 0 while it is not above it.
    mutating func throttleMilliseconds(limit bytesPerSecond: Int64, at now: UInt64) -> Int32 {
        let bytes = Double(bytes(at: now))
        let limit = Double(bytesPerSecond)
        let seconds = Double(elapsed(now)) / 1e9
        guard bytes / seconds > limit else { return 0 }
        return Int32(min((bytes / limit - seconds) * 1_000, Self.longestThrottleMilliseconds).rounded())
    }

    /// Since the oldest window began. Windows that there were none of yet count as passed, but for the last: a client
    /// that comes may use what a steady one would have.
    private func elapsed(_ now: UInt64) -> UInt64 {
        let elapsed = samples.first.map { age($0, now) } ?? 0
        let least = UInt64(windowCount - 1)
        let full = elapsed / windowNanoseconds
        return full < least ? elapsed + (least - full) * windowNanoseconds : elapsed
    }

    private mutating func purge(_ now: UInt64) {
        let longest = UInt64(windowCount) * windowNanoseconds
        while let first = samples.first, age(first, now) >= longest { samples.removeFirst() }
    }

    private func age(_ sample: Sample, _ now: UInt64) -> UInt64 { now > sample.start ? now - sample.start : 0 }
}

/// What one subject sent or took, on all loops together.
final class QuotaMeter: Sendable {
    private let rate: Mutex<WindowedRate>

    init(windowCount: Int, windowNanoseconds: UInt64) {
        rate = Mutex(WindowedRate(windowCount: windowCount, windowNanoseconds: windowNanoseconds))
    }

    /// Counts bytes that have come, whatever the limit.
    ///
    /// - Returns: how long to hold off, in milliseconds.
    func record(_ bytes: Int, limit: Int64, at now: UInt64) -> Int32 {
        rate.withLock { rate in
            rate.record(Int64(bytes), at: now)
            return rate.throttleMilliseconds(limit: limit, at: now)
        }
    }

    /// Counts bytes that are about to go, if they may. They may not when they lift the average above the limit, unless
    /// nothing else went in all the windows: a batch that is larger than they allow must go at some time.
    ///
    /// - Returns: whether they may go, and how long to hold off after that.
    func admit(_ bytes: Int, limit: Int64, at now: UInt64) -> (isAdmitted: Bool, throttleMilliseconds: Int32) {
        rate.withLock { rate in
            let before = rate.bytes(at: now)
            rate.record(Int64(bytes), at: now)
            let throttle = rate.throttleMilliseconds(limit: limit, at: now)
            guard throttle > 0, before > 0 else { return (true, throttle) }
            rate.record(-Int64(bytes), at: now)
            return (false, throttle)
        }
    }

    /// Whether nothing is remembered.
    func isIdle(at now: UInt64) -> Bool { rate.withLock { $0.bytes(at: now) == 0 } }
}
