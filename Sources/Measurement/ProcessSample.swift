// What one process has used so far, read from outside.
internal import CLinux
internal import Host

/// /proc/PID/io. None of it sees splice, send or recv.
package struct ProcessIO: Codable, Equatable, Sendable {
    /// Bytes fetched from the device.
    package var readBytes: UInt64
    /// Bytes dirtied (the kernel calls them write_bytes); they may reach the device later or never.
    package var dirtiedBytes: UInt64
    /// Dirtied bytes that were truncated away before they were written.
    package var cancelledBytes: UInt64
    package var readCalls, writeCalls: UInt64

    init?(_ text: String) {
        let table = ProcText.table(text)
        guard let read = table["read_bytes"], let dirtied = table["write_bytes"] else { return nil }
        readBytes = read
        dirtiedBytes = dirtied
        cancelledBytes = table["cancelled_write_bytes"] ?? 0
        readCalls = table["syscr"] ?? 0
        writeCalls = table["syscw"] ?? 0
    }
}

/// One thread of a process.
package struct ThreadSample: Codable, Equatable, Sendable {
    package var tid: Int32
    package var name: String
    /// Exact, from /proc/PID/task/TID/schedstat.
    package var onCPUNanoseconds: UInt64
    /// Time it was ready and waited for a CPU.
    package var runDelayNanoseconds: UInt64
    /// The CPU it last ran on.
    package var cpu: Int32
    package var voluntarySwitches, involuntarySwitches: UInt64

    init?(tid: Int32, stat: String, schedstat: String, status: String) {
        guard let line = StatLine(stat) else { return nil }
        let times = ProcText.numbers(schedstat.split(separator: "\n").first ?? "")
        guard times.count >= 2 else { return nil }
        let table = ProcText.table(status)
        self.tid = tid
        name = line.name
        onCPUNanoseconds = times[0]
        runDelayNanoseconds = times[1]
        cpu = line.cpu
        voluntarySwitches = table["voluntary_ctxt_switches"] ?? 0
        involuntarySwitches = table["nonvoluntary_ctxt_switches"] ?? 0
    }
}

/// One reading of a process; two of them subtracted are a `ProcessUsage`.
package struct ProcessSample: Codable, Equatable, Sendable {
    /// CLOCK_MONOTONIC nanoseconds.
    package var time: UInt64
    package var pid: Int32
    /// All threads, dead ones included, to the nanosecond (clock_getcpuclockid).
    package var cpuNanoseconds: UInt64
    /// Sampled by the 10 ms tick: only good for the user share.
    package var userTicks, systemTicks: UInt64
    package var minorFaults, majorFaults: UInt64
    package var residentBytes: UInt64
    /// The highest so far (VmHWM).
    package var peakResidentBytes: UInt64
    /// nil where /proc/PID/io may not be read (another user's process).
    package var io: ProcessIO?
    package var threads: [ThreadSample]

    /// Reads the process, about 0.13 ms a thread; nil when it is gone.
    package static func take(pid: Int32) -> ProcessSample? {
        let base = "/proc/\(pid)"
        let time = MonotonicClock.now()
        let cpu = clinux_process_cpu_ns(pid)
        guard cpu >= 0, let stat = StatLine.current(of: pid) else { return nil }
        let status = ProcText.table(ProcFile.text(base + "/status") ?? "")
        let threads = ProcFile.numericEntries(base + "/task").sorted().compactMap { tid -> ThreadSample? in
            let task = "\(base)/task/\(tid)"
            guard let stat = ProcFile.text(task + "/stat"), let schedstat = ProcFile.text(task + "/schedstat") else { return nil }
            return ThreadSample(tid: tid, stat: stat, schedstat: schedstat, status: ProcFile.text(task + "/status") ?? "")
        }
        return ProcessSample(
            time: time, pid: pid, cpuNanoseconds: UInt64(cpu), userTicks: stat.userTicks, systemTicks: stat.systemTicks,
            minorFaults: stat.minorFaults, majorFaults: stat.majorFaults,
            residentBytes: stat.residentPages * ProcFile.pageBytes, peakResidentBytes: (status["VmHWM"] ?? 0) * 1024,
            io: ProcFile.text(base + "/io").flatMap { ProcessIO($0) }, threads: threads)
    }

    /// CPU time of a process right now in nanoseconds; the cheap reading (0.3 µs), nil when it is gone.
    package static func cpuNanoseconds(of pid: Int32) -> UInt64? {
        let cpu = clinux_process_cpu_ns(pid)
        return cpu >= 0 ? UInt64(cpu) : nil
    }

    /// What of a process is in memory right now, in bytes: one small file; nil when it is gone.
    package static func residentBytes(of pid: Int32) -> UInt64? {
        let fields = ProcFile.text("/proc/\(pid)/statm").map { ProcText.numbers($0.prefix { $0 != "\n" }) } ?? []
        return fields.count > 1 ? fields[1] * ProcFile.pageBytes : nil
    }
}
