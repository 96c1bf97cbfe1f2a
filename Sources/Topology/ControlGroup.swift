// A control group of our own around a process that is measured: it bounds the page cache that the process fills, and the kernel
// accounts for its CPU there, which is a second instrument beside the process's own clock.
internal import CLinux
internal import Glibc
internal import Host

/// A child of a control group that this process may write to, version 1 or 2. Made empty, without a limit.
package struct ControlGroup: Sendable, CustomStringConvertible {
    /// 1 or 2.
    package let version: Int
    private let memory: String
    /// nil where nothing accounts for CPU.
    private let cpu: String?

    /// What the group holds and has used. Bytes and nanoseconds.
    package struct Reading: Equatable, Sendable {
        package var limitBytes: Int64?
        package var usedBytes: Int64
        /// Page cache charged to the group.
        package var cacheBytes: Int64
        /// nil where nothing accounts for CPU.
        package var cpuNanoseconds: Int64?
        /// Processes that the kernel killed because the group had no memory left.
        package var killed: Int64

        /// What is left for the page cache beside the processes' own memory.
        package var roomForCache: Int64? { limitBytes.map { max(0, $0 - (usedBytes - cacheBytes)) } }
    }

    /// Makes a group in the nearest place that lets us.
    ///
    /// - Parameter name: of the group's directory, one nobody else has.
    /// - Throws: `ControlGroupError`: why there is none. Most often that is a lack of rights.
    package static func make(_ name: String) throws(ControlGroupError) -> ControlGroup {
        let places = try ControlGroupPlaces.find(LiveSystem())
        var refusals: [String] = []
        guard let memory = directory(name, in: places.memory, &refusals) else {
            throw ControlGroupError("\(refusals.last ?? "nowhere to make a group"); root can, and so can an ordinary user in `systemd-run --user --scope -p Delegate=yes`")
        }
        let cpu = places.version == 2 ? memory : directory(name, in: places.cpu, &refusals)
        return ControlGroup(version: places.version, memory: memory, cpu: cpu)
    }

    private static func directory(_ name: String, in places: [String], _ refusals: inout [String]) -> String? {
        for place in places {
            let path = "\(place)/\(name)"
            if mkdir(path, 0o755) == 0 { return path }
            refusals.append("\(SystemError(call: "mkdir", errno: errno, subject: path))")
        }
        return nil
    }

    /// Moves a process in, all of its threads. What it had in memory before stays charged to where it was.
    package func admit(_ pid: Int32) throws(ControlGroupError) {
        for directory in unique { try Self.write("\(pid)", to: "\(directory)/cgroup.procs") }
    }

    /// Where the group that bounds memory is, for a process that is told to `join` it.
    package var memoryDirectory: String { memory }

    /// Moves the calling process into a group that another one made, which bounds its memory from here on.
    ///
    /// - Parameter directory: the other's `memoryDirectory`.
    package static func join(_ directory: String) throws(ControlGroupError) { try write("\(getpid())", to: "\(directory)/cgroup.procs") }

    package func holds(_ pid: Int32) -> Bool {
        (Self.text("\(memory)/cgroup.procs") ?? "").split(separator: "\n").contains { Int32($0) == pid }
    }

    /// Bounds the group's memory, page cache included. What it holds beyond goes at once, as far as it is clean.
    ///
    /// - Throws: when the kernel refuses, or keeps another limit than this one in whole pages.
    package func limit(to bytes: Int64) throws(ControlGroupError) {
        // A broker that is swapped out would be measured instead of its page cache; not every kernel has the switch.
        try? Self.write("0", to: version == 1 ? "\(memory)/memory.swappiness" : "\(memory)/memory.swap.max")
        try Self.write("\(bytes)", to: limitPath)
        let pages = bytes / PageCache.pageSize * PageCache.pageSize
        guard reading().limitBytes == pages else {
            throw ControlGroupError("\(limitPath) says \(Self.text(limitPath) ?? "nothing") after \(bytes) was written to it")
        }
    }

    private var limitPath: String { version == 1 ? "\(memory)/memory.limit_in_bytes" : "\(memory)/memory.max" }

    package func reading() -> Reading {
        let stat = Self.table("\(memory)/memory.stat")
        // Version 1 says "none" as the largest multiple of a page, version 2 as a word.
        let limit = Self.text(limitPath).flatMap { Int64($0) }.flatMap { $0 > 1 << 60 ? nil : $0 }
        let events = Self.table(version == 1 ? "\(memory)/memory.oom_control" : "\(memory)/memory.events")
        return Reading(
            limitBytes: limit, usedBytes: Self.integer(version == 1 ? "\(memory)/memory.usage_in_bytes" : "\(memory)/memory.current") ?? 0,
            cacheBytes: stat[version == 1 ? "cache" : "file"] ?? 0,
            cpuNanoseconds: cpu.flatMap { version == 1 ? Self.integer("\($0)/cpuacct.usage") : Self.table("\($0)/cpu.stat")["usage_usec"].map { $0 * 1_000 } },
            killed: events["oom_kill"] ?? 0)
    }

    /// Takes the group away once its processes have ended, which the kernel may notice a moment later.
    package func remove() {
        for directory in unique {
            var tries = 0
            while rmdir(directory) != 0, errno == EBUSY, tries < Self.removalTries {
                MonotonicClock.sleep(nanoseconds: 5_000_000)
                tries += 1
            }
        }
    }
    private static let removalTries = 100

    package var description: String { "control group of version \(version)" }

    private var unique: [String] { [memory] + (cpu.map { $0 == memory ? [] : [$0] } ?? []) }

    // MARK: files

    private static func write(_ text: String, to path: String) throws(ControlGroupError) {
        let descriptor = clinux_open(path, O_WRONLY, 0)
        guard descriptor >= 0 else { throw failure("open", -descriptor, path) }
        defer { _ = clinux_close(descriptor) }
        let count = text.withCString { clinux_pwrite(descriptor, $0, strlen($0), 0) }
        guard count >= 0 else { throw failure("write", Int32(-count), path) }
    }

    private static func failure(_ call: String, _ errno: Int32, _ path: String) -> ControlGroupError {
        ControlGroupError("\(SystemError(call: call, errno: errno, subject: path))")
    }

    private static func text(_ path: String) -> String? { LiveSystem().text(path) }
    private static func integer(_ path: String) -> Int64? { LiveSystem().integer(path) }

    /// Lines of a name and a number.
    private static func table(_ path: String) -> [String: Int64] {
        (text(path) ?? "").split(separator: "\n").reduce(into: [:]) { table, line in
            let words = line.split(separator: " ")
            if words.count == 2, let number = Int64(words[1]) { table[String(words[0])] = number }
        }
    }
}
