// Where a control group of our own could be made: told by the files of /proc and /sys alone.

/// The groups that a new one may stand in, the nearest to this process first.
struct ControlGroupPlaces: Equatable {
    /// 1 or 2, by who controls memory.
    let version: Int
    /// Directories, each of which may still refuse.
    let memory: [String]
    /// Of the controller that accounts for CPU; in version 2 every group does, and these are the same.
    let cpu: [String]

    private static let root = "/sys/fs/cgroup"

    /// - Throws: `ControlGroupError` with the reason why there is no such place.
    static func find(_ system: any SystemSource) throws(ControlGroupError) -> ControlGroupPlaces {
        let own = (system.text("/proc/self/cgroup") ?? "").split(separator: "\n").map {
            $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        }.filter { $0.count == 3 }
        func path(of controller: String) -> String? { own.first { $0[1].split(separator: ",").contains(Substring(controller)) }?[2] }
        if let memory = path(of: "memory") {
            let groups = upwards(memory, "\(root)/memory").filter { system.exists("\($0)/memory.limit_in_bytes") }
            guard !groups.isEmpty else { throw ControlGroupError("the memory controller's groups are not mounted at \(root)/memory") }
            return ControlGroupPlaces(
                version: 1, memory: groups,
                cpu: path(of: "cpuacct").map { upwards($0, "\(root)/cpuacct") }?.filter { system.exists("\($0)/cpuacct.usage") } ?? [])
        }
        guard let unified = own.first(where: { $0[0] == "0" })?[2], system.exists("\(root)/cgroup.controllers") else {
            throw ControlGroupError("no control groups are mounted at \(root)")
        }
        // A group with processes in it can't hand a controller on, so ours becomes a sibling of this process's group or of one above.
        let groups = upwards(unified, root).filter { words(system.text("\($0)/cgroup.subtree_control")).contains("memory") }
        guard !groups.isEmpty else {
            throw ControlGroupError("no control group above this process hands the memory controller on to its children (cgroup.subtree_control)")
        }
        return ControlGroupPlaces(version: 2, memory: groups, cpu: groups)
    }

    /// `path` below `mount` and everything above it. In a container a path may begin outside of what is mounted.
    private static func upwards(_ path: String, _ mount: String) -> [String] {
        var at = path == "/" ? "" : path
        var groups: [String] = []
        while true {
            groups.append(mount + at)
            guard let slash = at.lastIndex(of: "/") else { return groups }
            at = String(at[..<slash])
        }
    }
}

/// Why a process can't have a control group of its own.
package struct ControlGroupError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
