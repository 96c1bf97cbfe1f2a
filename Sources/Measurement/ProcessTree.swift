// A process with everything that it started, as one: a broker behind a start script, or one that has helpers.
internal import Host

/// One reading; two of them subtracted are what the tree used.
package struct ProcessTreeSample: Sendable {
    package let root: Int32
    package let processes: [ProcessSample]

    init(root: Int32, processes: [ProcessSample]) {
        self.root = root
        self.processes = processes
    }

    /// - Parameter descendants: whether to look for them: every process of the machine is read for it, about 10 µs each.
    /// - Returns: nil when the root is gone.
    package static func take(root: Int32, descendants: Bool) -> ProcessTreeSample? {
        guard let first = ProcessSample.take(pid: root) else { return nil }
        let others = descendants ? members(of: root).subtracting([root]).sorted() : []
        return ProcessTreeSample(root: root, processes: [first] + others.compactMap { ProcessSample.take(pid: $0) })
    }

    /// The process and all that it, and they, have started and that still run.
    package static func members(of root: Int32) -> Set<Int32> {
        var parents: [Int32: Int32] = [:]
        for pid in ProcFile.numericEntries("/proc") {
            if let line = StatLine.current(of: pid), !line.isEnded { parents[pid] = line.parent }
        }
        return ForeignSample.tree(of: [root], parents: parents)
    }

    /// What the tree used between the two. A process that began in between counts whole. What one that ended in between has used since
    /// the first reading is not known, and left out.
    ///
    /// - Returns: nil when the root of the second is another process; else with the number of those that ended.
    package static func used(from earlier: ProcessTreeSample, to later: ProcessTreeSample) -> (usage: ProcessUsage, ended: Int)? {
        ends(from: earlier, to: later).map { ($0.later - $0.earlier, $0.ended) }
    }

    /// Both as if each were one process: all of the second, and of the first those that are in both.
    static func ends(
        from earlier: ProcessTreeSample, to later: ProcessTreeSample
    ) -> (earlier: ProcessSample, later: ProcessSample, ended: Int)? {
        let now = Dictionary(later.processes.map { ($0.pid, $0.cpuNanoseconds) }, uniquingKeysWith: { first, _ in first })
        // A smaller count under the same number is another process that got it.
        let survivors = earlier.processes.filter { before in now[before.pid].map { $0 >= before.cpuNanoseconds } ?? false }
        guard survivors.contains(where: { $0.pid == later.root }), let end = later.processes.first, let start = earlier.processes.first else { return nil }
        return (sum(survivors, like: start), sum(later.processes, like: end), earlier.processes.count - survivors.count)
    }

    /// As if they were one process, whose number and time are `first`'s.
    private static func sum(_ processes: [ProcessSample], like first: ProcessSample) -> ProcessSample {
        func total(_ field: KeyPath<ProcessSample, UInt64>) -> UInt64 { processes.reduce(0) { $0 + $1[keyPath: field] } }
        let io = processes.compactMap(\.io)
        return ProcessSample(
            time: first.time, pid: first.pid, cpuNanoseconds: total(\.cpuNanoseconds), userTicks: total(\.userTicks),
            systemTicks: total(\.systemTicks), minorFaults: total(\.minorFaults), majorFaults: total(\.majorFaults),
            residentBytes: total(\.residentBytes), peakResidentBytes: total(\.peakResidentBytes),
            io: io.count == processes.count ? ProcessIO(sum: io) : nil, threads: processes.flatMap(\.threads))
    }
}

extension ProcessIO {
    fileprivate init(sum: [ProcessIO]) {
        readBytes = sum.reduce(0) { $0 + $1.readBytes }
        dirtiedBytes = sum.reduce(0) { $0 + $1.dirtiedBytes }
        cancelledBytes = sum.reduce(0) { $0 + $1.cancelledBytes }
        readCalls = sum.reduce(0) { $0 + $1.readCalls }
        writeCalls = sum.reduce(0) { $0 + $1.writeCalls }
    }
}
