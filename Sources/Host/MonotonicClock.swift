internal import CLinux

/// Time. Every measured instant is CLOCK_MONOTONIC nanoseconds; wall-clock time only names things.
package enum MonotonicClock {
    /// CLOCK_MONOTONIC in nanoseconds.
    package static func now() -> UInt64 { clinux_monotonic_ns() }

    /// Sleeps until an absolute time in nanoseconds.
    package static func sleep(until deadline: UInt64) { clinux_sleep_until_ns(deadline) }

    package static func sleep(nanoseconds: UInt64) { clinux_sleep_until_ns(clinux_monotonic_ns() + nanoseconds) }
}

/// The wall clock, for names, timestamps of records and file dates.
package enum WallClock {
    /// Milliseconds since 1970 (UTC), as record timestamps count them.
    package static func milliseconds() -> Int64 { Int64(clinux_realtime_ns() / 1_000_000) }
}
