// Where the time of the thread that appends went: what binds an engine is where it is.
internal import Synchronization

/// Seconds, summed over passes.
struct AppenderTime {
    private var elapsed = 0.0
    private var onCPU = 0.0
    private var inSync = 0.0

    /// - Parameters:
    ///   - seconds: of a pass.
    ///   - onCPU: in which the appending thread ran.
    ///   - inSync: in which a sync of what it had appended was under way, whether it waited for it or not.
    mutating func add(seconds: Double, onCPU: Double, inSync: Double) {
        elapsed += seconds
        self.onCPU += onCPU
        self.inSync += inSync
    }

    var cpuShare: Double { onCPU / elapsed }
    var syncShare: Double { inSync / elapsed }
}

/// Nanoseconds of fdatasync, told by the thread that makes it.
final class SyncClock: Sendable {
    private let total = Atomic<UInt64>(0)

    func add(_ nanoseconds: UInt64) { total.add(nanoseconds, ordering: .relaxed) }
    var nanoseconds: UInt64 { total.load(ordering: .relaxed) }
}
