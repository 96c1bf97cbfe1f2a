// A control group of memory for the children of one experiment.
internal import Glibc
internal import Host
internal import Topology

/// Made below the group that this process is in; removed by `remove`, when its processes have ended.
struct MemoryGroup {
    let path: String
    private let limitFile: String

    /// - Throws: `SetupFailure` that says what is missing, where such a group can't be made.
    init(limitBytes: Int) throws {
        let (parent, isUnified) = try Self.own()
        path = "\(parent)/tidemark-\(getpid())"
        limitFile = isUnified ? "memory.max" : "memory.limit_in_bytes"
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw SetupFailure(description: "no control group of memory may be made here: mkdir: \(String(cString: strerror(errno)))")
        }
        do {
            try Self.write("\(limitBytes)", to: "\(path)/\(limitFile)")
            // What is swapped out would be more than the limit.
            if isUnified { try? Self.write("0", to: "\(path)/memory.swap.max") } else { try? Self.write("\(limitBytes)", to: "\(path)/memory.memsw.limit_in_bytes") }
        } catch {
            rmdir(path)
            throw error
        }
    }

    /// Moves the calling process into the group at `path`.
    static func enter(_ path: String) throws { try write("\(getpid())", to: "\(path)/cgroup.procs") }

    /// A group whose last process has just ended is busy for a moment.
    func remove() {
        for _ in 0..<100 where rmdir(path) != 0 && errno == EBUSY { MonotonicClock.sleep(nanoseconds: 10_000_000) }
    }

    /// The directory of this process's memory group, and whether it is of version 2.
    private static func own() throws -> (path: String, isUnified: Bool) {
        var unified: String?
        for line in (LiveSystem().text("/proc/self/cgroup") ?? "").split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let place = fields[2] == "/" ? "" : String(fields[2])
            if fields[1].split(separator: ",").contains("memory") { return ("/sys/fs/cgroup/memory" + place, false) }
            if fields[1].isEmpty { unified = "/sys/fs/cgroup" + place }
        }
        guard let unified, access(unified + "/cgroup.controllers", R_OK) == 0 else {
            throw SetupFailure(description: "this process is in no control group of memory that could be read")
        }
        return (unified, true)
    }

    private static func write(_ text: String, to file: String) throws {
        let descriptor = open(file, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SetupFailure(description: "\(file): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else {
            throw SetupFailure(description: "\(file) took no ‘\(text)’: \(String(cString: strerror(errno)))")
        }
    }
}
