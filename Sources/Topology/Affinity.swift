// Threads of any process: where they run, where they may, and putting them there.
internal import CLinux
internal import Glibc
package import Host

/// One thread, as seen from outside.
package struct ThreadPlacement: Equatable, Sendable, Codable {
    package let tid: Int32
    package let name: String
    /// The CPU it ran on last.
    package let lastCPU: Int32
    package let allowed: CPUSet
}

/// Whether a process is where it was meant to be.
package struct AffinityReport: Equatable, Sendable, Codable {
    package let intended: CPUSet
    package let threads: [ThreadPlacement]

    /// The share of threads that may run nowhere else; 0 when there is no thread.
    package var pinnedShare: Double { share { $0.allowed.isSubset(of: intended) } }
    /// The share of threads that last ran on an intended CPU.
    package var onTargetShare: Double { share { intended.contains($0.lastCPU) } }

    private func share(_ holds: (ThreadPlacement) -> Bool) -> Double {
        threads.isEmpty ? 0 : Double(threads.count(where: holds)) / Double(threads.count)
    }
}

package enum Affinity {
    /// The threads of a process, ascending; those that end meanwhile are left out.
    package static func threads(of pid: Int32, _ system: any SystemSource = LiveSystem()) -> [ThreadPlacement] {
        system.entries("/proc/\(pid)/task").compactMap { entry -> ThreadPlacement? in
            guard let tid = Int32(entry), let line = system.text("/proc/\(pid)/task/\(tid)/stat"),
                let stat = ThreadStat(line), let allowed = allowed(tid, pid, system)
            else { return nil }
            return ThreadPlacement(tid: tid, name: stat.name, lastCPU: stat.processor, allowed: allowed)
        }.sorted { $0.tid < $1.tid }
    }

    // From the status file, so that a recording serves too.
    private static func allowed(_ tid: Int32, _ pid: Int32, _ system: any SystemSource) -> CPUSet? {
        let status = system.text("/proc/\(pid)/task/\(tid)/status") ?? ""
        for line in status.split(separator: "\n") where line.hasPrefix("Cpus_allowed_list:") {
            return CPUSet(list: line.dropFirst("Cpus_allowed_list:".count).filter { $0 != "\t" && $0 != " " })
        }
        return nil
    }

    /// Pins one thread; 0 is the calling one.
    package static func pin(thread tid: Int32, to cpus: CPUSet) throws(SystemError) {
        _ = try checked(clinux_set_affinity(tid, cpus.cpus, Int32(cpus.count)), "sched_setaffinity", "thread \(tid) to CPUs \(cpus)")
    }

    /// Pins every thread of a process, again until no new one has appeared.
    ///
    /// - Throws: EINVAL when no CPU of the set is online, ESRCH when the process is gone.
    package static func pin(process pid: Int32, to cpus: CPUSet) throws(SystemError) {
        var done = Set<Int32>()
        while true {
            let fresh = LiveSystem().entries("/proc/\(pid)/task").compactMap { Int32($0) }.filter { !done.contains($0) }
            if fresh.isEmpty { break }
            for tid in fresh {
                do { try pin(thread: tid, to: cpus) } catch where error.errno == ESRCH {}
                done.insert(tid)
            }
        }
        guard !done.isEmpty else { throw SystemError(call: "sched_setaffinity", errno: ESRCH, subject: "process \(pid)") }
    }

    /// Where the threads of a process are, against where they should be.
    package static func verify(process pid: Int32, on cpus: CPUSet) -> AffinityReport {
        AffinityReport(intended: cpus, threads: threads(of: pid))
    }
}

/// The fields of /proc/PID/task/TID/stat that placement needs.
struct ThreadStat: Equatable {
    let name: String
    let processor: Int32

    /// `42 (a name) with (brackets)) S 1 …`: the name ends at the last bracket; the processor is field 39.
    init?(_ line: String) {
        guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")"), open < close else { return nil }
        name = String(line[line.index(after: open)..<close])
        let rest = line[line.index(after: close)...].split(separator: " ")
        // Field 3 (state) is rest[0].
        guard rest.count > 36, let cpu = Int32(rest[36]) else { return nil }
        processor = cpu
    }
}
