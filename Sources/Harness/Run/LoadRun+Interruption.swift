// A load that is told to stop before its time: what was measured until then is kept.
internal import Host
internal import Measurement

extension LoadRun {
    var isInterrupted: Bool { interruption != nil }

    /// `interrupted by signal 2`
    var interruptedText: String { "interrupted by signal \(interruption?.signal ?? 0)" }

    /// How long a barrier that begins now waits.
    var drainLimitSeconds: Double { isInterrupted ? Self.interruptedDrainSeconds : Self.drainSeconds }

    /// - Throws: `.interrupted`, where what was under way has been brought to its end.
    func requireUninterrupted() throws(HarnessError) {
        if let interruption { throw .interrupted(signal: interruption.signal) }
    }

    /// Looks for what ends the load every 20 ms. Returns at `deadline`, and sooner where it was told to stop.
    func sleep(until deadline: UInt64) throws {
        while true {
            try check()
            let now = MonotonicClock.now()
            guard now < deadline, !isInterrupted else { return }
            MonotonicClock.sleep(until: min(deadline, now + 20_000_000))
        }
    }
}
