// Appends through the C loop: the same batches, the same work, the same bytes on disk.
internal import CLinux
internal import CReference
internal import Glibc
internal import Host
internal import StorageEngine

struct ReferenceSide {
    let parent: ScratchDirectory
    let plan: AppendPlan

    /// Appends for a pass into fresh logs, and removes them untimed.
    func pass() throws -> Pass {
        let directory = try parent.make("reference")
        defer { ScratchDirectory.removeTree(directory) }
        let logs = try openLogs(in: directory)
        var failed: Int32 = 0
        var batches: [UnsafeMutableRawPointer?] = Array(repeating: nil, count: plan.gather)
        let sizes = [UInt32](repeating: UInt32(plan.ring.batchBytes), count: plan.gather)
        let syncs = plan.flush.policy == .everyAppend
        let touched = min(plan.gather, logs.count)
        let cpu = clinux_process_cpu_ns(getpid())
        let start = MonotonicClock.now()
        let until = start + UInt64(plan.seconds * 1e9)
        var count = 0
        while MonotonicClock.now() < until, count * plan.ring.batchBytes < plan.mostBytes, failed == 0 {
            let end = count + plan.gather
            for first in count..<(count + touched) where failed == 0 {
                // A log's share of the tick.
                var share = 0
                for n in stride(from: first, to: end, by: logs.count) {
                    batches[share] = plan.ring[n].baseAddress
                    share += 1
                }
                failed = creference_log_append(logs[first % logs.count], &batches, sizes, Int32(share))
            }
            if syncs { for n in count..<(count + touched) where failed == 0 { failed = creference_log_sync(logs[n % logs.count]) } }
            count = end
        }
        let seconds = Double(MonotonicClock.now() - start) / 1e9
        let spent = clinux_process_cpu_ns(getpid()) - cpu
        let closed = closeLogs(logs)
        guard failed == 0, closed == 0 else { throw referenceFailure(failed == 0 ? closed : failed, "creference_log_append") }
        return Pass(
            bytes: UInt64(count * plan.ring.batchBytes), operations: UInt64(count * plan.ring.recordsPerBatch), seconds: seconds,
            cpuSeconds: Double(spent) / 1e9)
    }

    /// One log a partition, each in a directory of its own.
    private func openLogs(in directory: String) throws -> [OpaquePointer] {
        var logs: [OpaquePointer] = []
        for partition in 0..<plan.partitions {
            var failed: Int32 = 0
            let path = "\(directory)/\(partition)"
            guard mkdir(path, 0o755) == 0 else {
                let error = SystemError(call: "mkdir", errno: errno, subject: path)
                _ = closeLogs(logs)
                throw error
            }
            guard let log = creference_log_open(path, UInt64(plan.segmentBytes), 4096, UInt64(plan.referenceStepBytes), &failed) else {
                _ = closeLogs(logs)
                throw referenceFailure(failed, "creference_log_open")
            }
            logs.append(log)
        }
        return logs
    }

    /// - Returns: the first failure, or 0.
    private func closeLogs(_ logs: [OpaquePointer]) -> Int32 {
        logs.reduce(Int32(0)) { first, log -> Int32 in
            let closed = creference_log_close(log)
            return first == 0 ? closed : first
        }
    }
}
