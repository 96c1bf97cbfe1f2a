// Two clocks of one machine at one instant, so that readings of two machines can be laid beside each other.
internal import CLinux
internal import Host

package struct ClockPair: Codable, Equatable, Sendable {
    /// CLOCK_MONOTONIC nanoseconds.
    package var monotonicNanoseconds: UInt64
    /// CLOCK_REALTIME nanoseconds.
    package var realtimeNanoseconds: UInt64
    /// How long it took to read both: they are of one instant but for so much.
    package var widthNanoseconds: UInt64
    /// The kernel's own bound on how far CLOCK_REALTIME is from true time (adjtimex(2)); nil: nothing keeps it in step, or the
    /// kernel does not tell.
    package var errorNanoseconds: UInt64?

    package init(monotonicNanoseconds: UInt64, realtimeNanoseconds: UInt64, widthNanoseconds: UInt64, errorNanoseconds: UInt64?) {
        self.monotonicNanoseconds = monotonicNanoseconds
        self.realtimeNanoseconds = realtimeNanoseconds
        self.widthNanoseconds = widthNanoseconds
        self.errorNanoseconds = errorNanoseconds
    }

    /// The pair of now: of five readings the one that took least.
    package static func read() -> ClockPair {
        let readings = (0..<5).map { _ -> ClockPair in
            let before = MonotonicClock.now()
            let realtime = clinux_realtime_ns()
            let width = MonotonicClock.now() - before
            return ClockPair(
                monotonicNanoseconds: before + width / 2, realtimeNanoseconds: realtime, widthNanoseconds: width, errorNanoseconds: nil)
        }
        var best = readings.min { $0.widthNanoseconds < $1.widthNanoseconds }!
        let error = clinux_clock_error_ns()
        best.errorNanoseconds = error >= 0 ? UInt64(error) : nil
        return best
    }

    /// CLOCK_REALTIME − CLOCK_MONOTONIC, nanoseconds.
    package var offset: Int64 { Int64(bitPattern: realtimeNanoseconds &- monotonicNanoseconds) }
}
