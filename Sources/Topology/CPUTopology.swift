// Cores, sockets and SMT siblings.

/// Which CPUs share a core, a socket, a node.
package struct CPUTopology: Equatable, Sendable, Codable {
    package struct CPU: Equatable, Sendable, Codable {
        package let id: Int32
        package let package: Int32
        package let core: Int32
        package let node: Int32
        /// The CPUs of the same core, this one among them.
        package let siblings: CPUSet
    }

    /// Online CPUs in ascending order.
    package let cpus: [CPU]

    /// How far apart two CPUs are.
    package enum Distance: String, Sendable, Codable { case same, smtSibling, otherCore, otherNode }

    package static func read(_ system: any SystemSource = LiveSystem()) -> CPUTopology {
        let root = "/sys/devices/system/cpu"
        let online = system.text("\(root)/online").flatMap { CPUSet(list: $0) } ?? CPUSet([0])
        return CPUTopology(cpus: online.cpus.map { id in
            let directory = "\(root)/cpu\(id)"
            let node = system.entries(directory).first { $0.hasPrefix("node") }.flatMap { Int32($0.dropFirst(4)) }
            return CPU(
                id: id,
                package: system.integer("\(directory)/topology/physical_package_id").map(Int32.init(truncatingIfNeeded:)) ?? 0,
                core: system.integer("\(directory)/topology/core_id").map(Int32.init(truncatingIfNeeded:)) ?? id,
                node: node ?? 0,
                siblings: system.text("\(directory)/topology/thread_siblings_list").flatMap { CPUSet(list: $0) } ?? CPUSet([id]))
        })
    }

    /// nil when either CPU is not online.
    package func distance(from: Int32, to: Int32) -> Distance? {
        guard let one = cpus.first(where: { $0.id == from }), let other = cpus.first(where: { $0.id == to }) else { return nil }
        if one.id == other.id { return .same }
        if one.siblings.contains(other.id) { return .smtSibling }
        return one.node == other.node ? .otherCore : .otherNode
    }

    package var coreCount: Int { Set(cpus.map(\.siblings)).count }
    package var socketCount: Int { Set(cpus.map(\.package)).count }
}
