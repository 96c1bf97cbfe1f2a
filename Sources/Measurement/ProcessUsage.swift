// What one process used between two samples.

/// One thread over a phase.
package struct ThreadUsage: Codable, Equatable, Sendable {
    package var tid: Int32
    package var name: String
    package var onCPUSeconds, runDelaySeconds, wallSeconds: Double
    /// The CPU it ran on last.
    package var cpu: Int32

    /// (on-CPU + run-queue delay) / wall: how near the thread is to having no time left.
    package var saturation: Double { wallSeconds > 0 ? (onCPUSeconds + runDelaySeconds) / wallSeconds : 0 }
    /// On-CPU / wall.
    package var cpuShare: Double { wallSeconds > 0 ? onCPUSeconds / wallSeconds : 0 }
}

package struct ProcessUsage: Codable, Equatable, Sendable {
    package var seconds: Double
    /// Exact, dead threads included.
    package var cpuSeconds: Double
    /// User time over user + system, tick-sampled; nil when no tick hit the process.
    package var userShare: Double?
    package var minorFaults, majorFaults: UInt64
    package var residentBytes, peakResidentBytes: UInt64
    /// Summed over the threads that were alive at both ends (whole count of those born between).
    package var voluntarySwitches, involuntarySwitches: UInt64
    /// From the device, bytes; nil where /proc/PID/io could not be read, as the next three.
    package var deviceReadBytes: UInt64?
    package var dirtiedBytes: UInt64?
    package var readCalls: UInt64?
    package var writeCalls: UInt64?
    package var threads: [ThreadUsage]

    /// The busiest thread by CPU share.
    package var hottestThread: ThreadUsage? { threads.max { $0.cpuShare < $1.cpuShare } }
}

extension ProcessSample {
    /// What the process used from `earlier` to `later`. Both are of the same process.
    package static func - (later: ProcessSample, earlier: ProcessSample) -> ProcessUsage {
        precondition(later.pid == earlier.pid, "samples of processes \(later.pid) and \(earlier.pid)")
        let seconds = Double(later.time &- earlier.time) / 1e9
        let before = Dictionary(earlier.threads.map { ($0.tid, $0) }, uniquingKeysWith: { first, _ in first })
        var (voluntary, involuntary): (UInt64, UInt64) = (0, 0)
        var threads: [ThreadUsage] = []
        for thread in later.threads {
            // A smaller count under the same tid is another thread that got the number of a dead one.
            var start = before[thread.tid]
            if let known = start, known.onCPUNanoseconds > thread.onCPUNanoseconds { start = nil }
            voluntary += thread.voluntarySwitches - min(thread.voluntarySwitches, start?.voluntarySwitches ?? 0)
            involuntary += thread.involuntarySwitches - min(thread.involuntarySwitches, start?.involuntarySwitches ?? 0)
            threads.append(
                ThreadUsage(
                    tid: thread.tid, name: thread.name,
                    onCPUSeconds: Double(thread.onCPUNanoseconds - (start?.onCPUNanoseconds ?? 0)) / 1e9,
                    runDelaySeconds: Double(thread.runDelayNanoseconds - min(thread.runDelayNanoseconds, start?.runDelayNanoseconds ?? 0)) / 1e9,
                    wallSeconds: seconds, cpu: thread.cpu))
        }
        let ticks = (later.userTicks &- earlier.userTicks, later.systemTicks &- earlier.systemTicks)
        func moved(_ field: KeyPath<ProcessIO, UInt64>) -> UInt64? {
            guard let after = later.io, let before = earlier.io else { return nil }
            return after[keyPath: field] &- before[keyPath: field]
        }
        return ProcessUsage(
            seconds: seconds, cpuSeconds: Double(later.cpuNanoseconds &- earlier.cpuNanoseconds) / 1e9,
            userShare: ticks.0 + ticks.1 > 0 ? Double(ticks.0) / Double(ticks.0 + ticks.1) : nil,
            minorFaults: later.minorFaults &- earlier.minorFaults, majorFaults: later.majorFaults &- earlier.majorFaults,
            residentBytes: later.residentBytes, peakResidentBytes: later.peakResidentBytes,
            voluntarySwitches: voluntary, involuntarySwitches: involuntary, deviceReadBytes: moved(\.readBytes),
            dirtiedBytes: moved(\.dirtiedBytes), readCalls: moved(\.readCalls), writeCalls: moved(\.writeCalls), threads: threads)
    }
}
