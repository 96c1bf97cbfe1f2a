// A tree of processes read again and again, its counts growing from the first reading on.
internal import Host

/// What a tree of processes has used since its reader was made, and what it holds now.
package struct ProcessTreeTotals: Codable, Equatable, Sendable {
    /// CLOCK_MONOTONIC nanoseconds.
    package var time: UInt64
    package var processes, threads: Int
    /// Exact, threads that ended included. Of a process that began and ended between two readings nothing is known.
    package var cpuNanoseconds: UInt64
    /// Sampled by the 10 ms tick: only good for the user share.
    package var userTicks, systemTicks: UInt64
    package var minorFaults, majorFaults: UInt64
    package var voluntarySwitches, involuntarySwitches: UInt64
    package var residentBytes: UInt64
    /// The highest that each process had (VmHWM), added up.
    package var peakResidentBytes: UInt64
    /// From the device; nil where /proc/PID/io of one of them may not be read, as the next three.
    package var deviceReadBytes: UInt64?
    /// Bytes dirtied, which may reach the device later or never.
    package var dirtiedBytes: UInt64?
    package var readCalls, writeCalls: UInt64?

    /// Nothing used yet.
    package init(at time: UInt64) {
        self.time = time
        (processes, threads) = (0, 0)
        (cpuNanoseconds, userTicks, systemTicks) = (0, 0, 0)
        (minorFaults, majorFaults, voluntarySwitches, involuntarySwitches) = (0, 0, 0, 0)
        (residentBytes, peakResidentBytes) = (0, 0)
        (deviceReadBytes, dirtiedBytes, readCalls, writeCalls) = (0, 0, 0, 0)
    }

    /// What the tree used from `earlier` to `later`, of one reader; its threads are not told apart.
    package static func - (later: ProcessTreeTotals, earlier: ProcessTreeTotals) -> ProcessUsage {
        func moved(_ field: KeyPath<ProcessTreeTotals, UInt64?>) -> UInt64? {
            guard let after = later[keyPath: field], let before = earlier[keyPath: field] else { return nil }
            return after &- before
        }
        let ticks = (later.userTicks &- earlier.userTicks, later.systemTicks &- earlier.systemTicks)
        return ProcessUsage(
            seconds: Double(later.time &- earlier.time) / 1e9, cpuSeconds: Double(later.cpuNanoseconds &- earlier.cpuNanoseconds) / 1e9,
            userShare: ticks.0 + ticks.1 > 0 ? Double(ticks.0) / Double(ticks.0 + ticks.1) : nil,
            minorFaults: later.minorFaults &- earlier.minorFaults, majorFaults: later.majorFaults &- earlier.majorFaults,
            residentBytes: later.residentBytes, peakResidentBytes: later.peakResidentBytes,
            voluntarySwitches: later.voluntarySwitches &- earlier.voluntarySwitches,
            involuntarySwitches: later.involuntarySwitches &- earlier.involuntarySwitches, deviceReadBytes: moved(\.deviceReadBytes),
            dirtiedBytes: moved(\.dirtiedBytes), readCalls: moved(\.readCalls), writeCalls: moved(\.writeCalls), threads: [])
    }

    /// Adds what the tree used between two readings, each as if it were one process.
    ///
    /// - Returns: what its threads did.
    fileprivate mutating func add(_ later: ProcessSample, since earlier: ProcessSample) -> [ThreadUsage] {
        let usage = later - earlier
        func sum(_ before: UInt64?, _ more: UInt64?) -> UInt64? { before.flatMap { before in more.map { before + $0 } } }
        time = later.time
        threads = later.threads.count
        cpuNanoseconds += later.cpuNanoseconds - earlier.cpuNanoseconds
        userTicks += later.userTicks &- earlier.userTicks
        systemTicks += later.systemTicks &- earlier.systemTicks
        minorFaults += usage.minorFaults
        majorFaults += usage.majorFaults
        voluntarySwitches += usage.voluntarySwitches
        involuntarySwitches += usage.involuntarySwitches
        residentBytes = usage.residentBytes
        peakResidentBytes = usage.peakResidentBytes
        deviceReadBytes = sum(deviceReadBytes, usage.deviceReadBytes)
        dirtiedBytes = sum(dirtiedBytes, usage.dirtiedBytes)
        readCalls = sum(readCalls, usage.readCalls)
        writeCalls = sum(writeCalls, usage.writeCalls)
        return usage.threads
    }
}

/// Reads a tree and everything that it started.
package struct ProcessTreeReader {
    package let root: Int32
    /// As the kernel calls the root: `java`.
    package let program: String
    private let rootStartTicks: UInt64
    private var before: ProcessTreeSample
    private var totals: ProcessTreeTotals

    /// What each thread did between the last two readings.
    package private(set) var threads: [ThreadUsage] = []

    /// - Returns: nil when there is no such process.
    package init?(root: Int32) {
        guard let line = StatLine.current(of: root), !line.isEnded, let first = ProcessTreeSample.take(root: root, descendants: true) else { return nil }
        self.root = root
        program = line.name
        rootStartTicks = line.startTicks
        before = first
        totals = ProcessTreeTotals(at: MonotonicClock.now())
    }

    /// Reads every process of the tree: 10 µs for each process of the machine, and 0.13 ms for each thread of the tree.
    ///
    /// - Returns: nil when the root has ended.
    package mutating func read() -> ProcessTreeTotals? {
        guard let line = StatLine.current(of: root), !line.isEnded, line.startTicks == rootStartTicks,
            let now = ProcessTreeSample.take(root: root, descendants: true), let ends = ProcessTreeSample.ends(from: before, to: now)
        else { return nil }
        threads = totals.add(ends.later, since: ends.earlier)
        totals.processes = now.processes.count
        before = now
        return totals
    }

    /// CPU of the processes that the last reading found, now, on the scale of `ProcessTreeTotals.cpuNanoseconds`: 0.3 µs a process.
    package func cpuNanoseconds() -> UInt64 {
        before.processes.reduce(totals.cpuNanoseconds) { sum, process in
            let now = ProcessSample.cpuNanoseconds(of: process.pid) ?? 0
            return sum + (now > process.cpuNanoseconds ? now - process.cpuNanoseconds : 0)
        }
    }
}
