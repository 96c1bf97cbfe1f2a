// Appends through the C loop: the same batches, the same work, the same bytes on disk.
internal import CLinux
internal import CReference
internal import Glibc
internal import Host
internal import StorageEngine

struct ReferenceSide {
    let parent: ScratchDirectory
    let plan: AppendPlan

    /// Appends for a pass into a fresh log, and removes it untimed.
    func pass() throws -> Pass {
        let directory = try parent.make("reference")
        defer { ScratchDirectory.removeTree(directory) }
        var failed: Int32 = 0
        guard let log = creference_log_open(directory, UInt64(plan.segmentBytes), 4096, true, &failed) else {
            throw referenceFailure(failed, "creference_log_open")
        }
        var batches: [UnsafeMutableRawPointer?] = Array(repeating: nil, count: plan.gather)
        let sizes = [UInt32](repeating: UInt32(plan.ring.batchBytes), count: plan.gather)
        let syncs = plan.flush.policy == .everyAppend
        let cpu = clinux_process_cpu_ns(getpid())
        let start = MonotonicClock.now()
        let until = start + UInt64(plan.seconds * 1e9)
        var count = 0
        while MonotonicClock.now() < until, count * plan.ring.batchBytes < plan.mostBytes, failed == 0 {
            for n in 0..<plan.gather { batches[n] = plan.ring[count + n].baseAddress }
            failed = creference_log_append(log, &batches, sizes, Int32(plan.gather))
            if syncs, failed == 0 { failed = creference_log_sync(log) }
            count += plan.gather
        }
        let seconds = Double(MonotonicClock.now() - start) / 1e9
        let spent = clinux_process_cpu_ns(getpid()) - cpu
        let closed = creference_log_close(log)
        guard failed == 0, closed == 0 else { throw referenceFailure(failed == 0 ? closed : failed, "creference_log_append") }
        return Pass(
            bytes: UInt64(count * plan.ring.batchBytes), operations: UInt64(count * plan.ring.recordsPerBatch), seconds: seconds,
            cpuSeconds: Double(spent) / 1e9)
    }
}
