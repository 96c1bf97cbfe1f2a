// NUMA nodes and memory policies, through libnuma.
internal import CLinux
internal import CNuma
internal import Glibc
package import Host

/// One NUMA node.
package struct NUMANode: Equatable, Sendable, Codable {
    package let id: Int32
    /// Empty for a node of memory alone.
    package let cpus: CPUSet
    package let memoryBytes: Int64
    package let freeBytes: Int64
    /// To each node, in ascending order of their ids; 10 is local.
    package let distances: [Int32]
}

/// Where a thread's new pages go.
package enum MemoryPolicy: Hashable, Sendable, Codable {
    /// The kernel's default: the node the thread runs on, others when it is full.
    case unpinned
    /// Preferred: the local node.
    case local
    /// These nodes or none.
    case bind([Int32])
    /// Page by page over these nodes.
    case interleave([Int32])

    /// Reads `unpinned`, `local`, `bind:0,1` or `interleave:0-1`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let nodes = parts.count == 2 ? CPUSet(list: parts[1])?.cpus : nil
        switch (parts[0], nodes) {
        case ("unpinned", nil) where parts.count == 1: self = .unpinned
        case ("local", nil) where parts.count == 1: self = .local
        case ("bind", .some(let nodes)) where !nodes.isEmpty: self = .bind(nodes)
        case ("interleave", .some(let nodes)) where !nodes.isEmpty: self = .interleave(nodes)
        default: return nil
        }
    }
}

extension MemoryPolicy: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unpinned: "unpinned"
        case .local: "local"
        case .bind(let nodes): "bind:\(CPUSet(nodes))"
        case .interleave(let nodes): "interleave:\(CPUSet(nodes))"
        }
    }
}

/// Placement by node.
package enum NUMA {
    /// Whether the kernel has NUMA calls (numa_available(3)); without them everything is one node.
    package static var isAvailable: Bool { available }
    private static let available = numa_available() >= 0

    /// The nodes, ascending; where the kernel knows none, one that holds everything.
    package static func nodes(_ system: any SystemSource = LiveSystem()) -> [NUMANode] {
        let root = "/sys/devices/system/node"
        let ids = system.text("\(root)/online").flatMap { CPUSet(list: $0) }?.cpus ?? []
        let nodes = ids.map { id in
            let memory = system.text("\(root)/node\(id)/meminfo") ?? ""
            return NUMANode(
                id: id, cpus: system.text("\(root)/node\(id)/cpulist").flatMap { CPUSet(list: $0) } ?? CPUSet([]),
                memoryBytes: kibibytes("MemTotal", memory) ?? 0, freeBytes: kibibytes("MemFree", memory) ?? 0,
                distances: (system.text("\(root)/node\(id)/distance") ?? "10").split(separator: " ").compactMap { Int32($0) })
        }
        if !nodes.isEmpty { return nodes }
        let memory = system.text("/proc/meminfo") ?? ""
        return [NUMANode(
            id: 0, cpus: CPUSet(CPUTopology.read(system).cpus.map(\.id)), memoryBytes: kibibytes("MemTotal", memory) ?? 0,
            freeBytes: kibibytes("MemFree", memory) ?? 0, distances: [10])]
    }

    /// Lets the calling thread run on the CPUs of `node` only.
    ///
    /// - Throws: EINVAL for a node without CPUs, ENOSYS where the kernel has no NUMA calls.
    package static func runOnNode(_ node: Int32) throws(SystemError) {
        guard available else { throw SystemError(call: "numa_run_on_node", errno: ENOSYS, subject: "node \(node)") }
        guard numa_run_on_node(node) == 0 else {
            throw SystemError(call: "numa_run_on_node", errno: errno, subject: "node \(node)")
        }
    }

    /// Sets the memory policy of the calling thread, which threads and processes it starts inherit.
    ///
    /// - Throws: EINVAL for a node that does not exist, ENOSYS where the kernel has no NUMA calls (`.unpinned` is
    ///   always possible).
    package static func setMemoryPolicy(_ policy: MemoryPolicy) throws(SystemError) {
        guard available else {
            if policy == .unpinned { return }
            throw SystemError(call: "set_mempolicy", errno: ENOSYS, subject: policy.description)
        }
        let result: Int
        switch policy {
        case .unpinned: result = set_mempolicy(MPOL_DEFAULT, nil, 0)
        case .local: result = set_mempolicy(MPOL_LOCAL, nil, 0)
        case .bind(let nodes): result = try setPolicy(MPOL_BIND, nodes, policy)
        case .interleave(let nodes): result = try setPolicy(MPOL_INTERLEAVE, nodes, policy)
        }
        guard result == 0 else { throw SystemError(call: "set_mempolicy", errno: errno, subject: policy.description) }
    }

    private static func setPolicy(_ mode: Int32, _ nodes: [Int32], _ policy: MemoryPolicy) throws(SystemError) -> Int {
        guard nodes.allSatisfy({ (0...numa_max_node()).contains($0) }) else {
            throw SystemError(call: "set_mempolicy", errno: EINVAL, subject: policy.description)
        }
        return set_mempolicy(mode, mask(nodes), UInt(CPUSet.capacity))
    }

    private static func mask(_ nodes: [Int32]) -> [UInt] {
        var mask: [UInt] = Array(repeating: 0, count: Int(CPUSet.capacity) / UInt.bitWidth)
        for node in nodes { mask[Int(node) / UInt.bitWidth] |= 1 << UInt(Int(node) % UInt.bitWidth) }
        return mask
    }

    /// Moves what this process has in memory on other nodes to one (migrate_pages(2)), as far as there is room; where the kernel has no
    /// NUMA calls, or one node, nothing. A page that somebody holds at the moment stays where it is, so it is asked a few times.
    package static func moveOwnMemory(to node: Int32) throws(SystemError) {
        let others = nodes().map(\.id).filter { $0 != node }
        guard available, !others.isEmpty else { return }
        for attempt in 1...moveAttempts {
            let left = migrate_pages(0, UInt(CPUSet.capacity), mask(others), mask([node]))
            guard left >= 0 || attempt < moveAttempts else { throw SystemError(call: "migrate_pages", errno: errno, subject: "to node \(node)") }
            if left == 0 { return }
            usleep(10_000)
        }
    }

    private static let moveAttempts = 5

    /// Runs `start`, which spawns a process or thread, with the calling thread placed so that what it starts
    /// inherits the placement, then gives this thread its own placement back.
    ///
    /// - Parameter cpus: nil leaves the CPUs alone.
    package static func inheriting<Started>(
        cpus: CPUSet?, memory: MemoryPolicy, _ start: () throws(SystemError) -> Started
    ) throws(SystemError) -> Started {
        let own = try CPUSet.allowed()
        if let cpus { try Affinity.pin(thread: 0, to: cpus) }
        defer {
            try? Affinity.pin(thread: 0, to: own)
            try? setMemoryPolicy(.unpinned)
        }
        try setMemoryPolicy(memory)
        return try start()
    }
}

/// A `Name:  123 kB` line in bytes, wherever it stands in its line (node files put `Node 0` before it).
func kibibytes(_ name: String, _ text: String) -> Int64? {
    for line in text.split(separator: "\n") {
        let words = line.split { $0 == " " || $0 == ":" || $0 == "\t" }
        if let at = words.firstIndex(of: Substring(name)), at + 1 < words.count, let value = Int64(words[at + 1]) {
            return value * 1024
        }
    }
    return nil
}
