// CPU that other people's processes use while a run is timed.
internal import CLinux
internal import Glibc
internal import Host

/// All user processes outside the run at one instant.
package struct ForeignSample: Sendable {
    struct Key: Hashable {
        let pid: Int32
        let startTicks: UInt64
    }
    struct Entry {
        let name: String
        /// Of its own threads, exact.
        let ownSeconds: Double
        /// Of children that ended and were waited for, in ticks.
        let childSeconds: Double
    }

    let time: UInt64
    let processes: [Key: Entry]

    init(time: UInt64, processes: [Key: Entry]) {
        self.time = time
        self.processes = processes
    }

    /// Reads every process of the machine, about 20 µs each. Kernel threads are left out, and so are this
    /// process, `pids` and everything they started.
    package static func take(excludingTreeOf pids: [Int32] = []) -> ForeignSample {
        let time = MonotonicClock.now()
        var lines: [Int32: StatLine] = [:]
        for pid in ProcFile.numericEntries("/proc") {
            lines[pid] = StatLine.current(of: pid)
        }
        let ours = tree(of: Set(pids + [getpid()]), parents: lines.mapValues(\.parent))
        var processes: [Key: Entry] = [:]
        for (pid, line) in lines where !line.isKernelThread && !ours.contains(pid) {
            let cpu = clinux_process_cpu_ns(pid)
            guard cpu >= 0 else { continue }
            processes[Key(pid: pid, startTicks: line.startTicks)] = Entry(
                name: line.name, ownSeconds: Double(cpu) / 1e9, childSeconds: Double(line.childTicks) / ProcFile.ticksPerSecond)
        }
        return ForeignSample(time: time, processes: processes)
    }

    /// `roots` and all their descendants.
    static func tree(of roots: Set<Int32>, parents: [Int32: Int32]) -> Set<Int32> {
        var members = roots
        var grew = true
        while grew {
            grew = false
            for (pid, parent) in parents where members.contains(parent) && members.insert(pid).inserted { grew = true }
        }
        return members
    }

    /// What the foreign processes used between the two.
    ///
    /// A process that ended in between shows only in its parent's count of waited-for children, with its
    /// whole life. So children's time counts as far as it exceeds what the vanished had used before; what
    /// started and ended in between is then complete. Only processes whose parent ignores them are lost.
    package static func - (later: ForeignSample, earlier: ForeignSample) -> ForeignUsage {
        var used: [String: Double] = [:]
        var (total, children) = (0.0, 0.0)
        for (key, entry) in later.processes {
            let before = earlier.processes[key]
            let own = max(0, entry.ownSeconds - (before?.ownSeconds ?? 0))
            total += own
            used[entry.name, default: 0] += own
            children += max(0, entry.childSeconds - (before?.childSeconds ?? 0))
        }
        for (key, entry) in earlier.processes where later.processes[key] == nil {
            children -= entry.ownSeconds + entry.childSeconds
        }
        if children > 0 {
            total += children
            used["(ended children)"] = children
        }
        let top = used.filter { $0.value > 0 }.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(5)
        return ForeignUsage(
            seconds: Double(later.time &- earlier.time) / 1e9, cpuSeconds: total,
            top: top.map { ForeignUsage.Process(name: $0.key, cpuSeconds: $0.value) })
    }
}

/// Foreign CPU over a phase.
package struct ForeignUsage: Codable, Equatable, Sendable {
    package struct Process: Codable, Equatable, Sendable {
        package var name: String
        package var cpuSeconds: Double

        package init(name: String, cpuSeconds: Double) {
            self.name = name
            self.cpuSeconds = cpuSeconds
        }
    }
    package var seconds: Double
    package var cpuSeconds: Double
    /// The five that used most, by program name.
    package var top: [Process]

    package init(seconds: Double, cpuSeconds: Double, top: [Process]) {
        self.seconds = seconds
        self.cpuSeconds = cpuSeconds
        self.top = top
    }

    /// Share of a machine of `cpus` CPUs.
    package func fraction(cpus: Int) -> Double { seconds > 0 ? cpuSeconds / (seconds * Double(cpus)) : 0 }

    /// Adds the stretch that followed.
    package mutating func add(_ next: ForeignUsage) {
        seconds += next.seconds
        cpuSeconds += next.cpuSeconds
        var sums = Dictionary(top.map { ($0.name, $0.cpuSeconds) }, uniquingKeysWith: +)
        for process in next.top { sums[process.name, default: 0] += process.cpuSeconds }
        top = sums.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(5).map { Process(name: $0.key, cpuSeconds: $0.value) }
    }
}
