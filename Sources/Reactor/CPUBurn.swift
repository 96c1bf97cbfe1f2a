// A stated slow-down, for proving that a comparison catches one.
internal import CLinux

/// Burns a share of the CPU that its loop's thread uses, where the tick's requests have been worked on and not yet answered:
/// a request that took 10 µs of CPU takes 11 at 10 %. What a burn takes too much, reading the clock included, the next ones
/// take less, so the thread's own CPU account shows the share.
///
/// Belongs to the loop's thread, as every tick handler. Never made where nobody asked for it.
package final class CPUBurn: TickHandler {
    private let share: Double
    private var mark: Int64?
    /// CPU nanoseconds still to burn; below zero: burnt too early.
    private var owed = 0.0
    /// CPU nanoseconds burnt so far.
    package private(set) var burntNanoseconds: UInt64 = 0

    /// - Parameter percent: of the CPU used otherwise; above 0.
    package init(percent: Double) {
        precondition(percent > 0 && percent.isFinite, "a burn of \(percent) %")
        share = percent / 100
    }

    package func endOfTick() {
        let start = clinux_thread_cpu_ns()
        // What the thread did before its first tick was no request.
        guard let mark else {
            self.mark = start
            return
        }
        owed += Double(start - mark) * share
        guard owed > 0 else {
            self.mark = start
            return
        }
        let end = start + Int64(owed)
        var now = clinux_thread_cpu_ns()
        while now < end { now = clinux_thread_cpu_ns() }
        owed -= Double(now - start)
        burntNanoseconds &+= UInt64(now - start)
        self.mark = now
    }
}
