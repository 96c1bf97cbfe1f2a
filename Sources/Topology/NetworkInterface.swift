// Network interfaces and the memory nodes that they hang on.

package struct NetworkInterface: Equatable, Sendable {
    package let name: String
    /// False of what the kernel makes by itself, such as `lo`.
    package let isDevice: Bool
    /// nil where it hangs on none that the kernel knows.
    package let numaNode: Int32?

    /// By name.
    package static func all(_ system: any SystemSource = LiveSystem()) -> [NetworkInterface] {
        let root = "/sys/class/net"
        return system.entries(root).filter { system.text("\(root)/\($0)/address") != nil }.map { name in
            guard let device = system.resolved("\(root)/\(name)/device") else { return NetworkInterface(name: name, isDevice: false, numaNode: nil) }
            // A virtio device does not say, the PCI device below it does.
            let parent = device.lastIndex(of: "/").map { String(device[..<$0]) }
            let node = [device, parent].compactMap { $0 }.lazy.compactMap { system.integer("\($0)/numa_node") }.first
            return NetworkInterface(name: name, isDevice: true, numaNode: node.flatMap { $0 >= 0 ? Int32(truncatingIfNeeded: $0) : nil })
        }
    }
}

extension NetworkInterface: CustomStringConvertible {
    /// `eth0 on node 1`, `eth0 on no known node`, `lo, no device`.
    package var description: String {
        guard isDevice else { return "\(name), no device" }
        return "\(name) on \(numaNode.map { "node \($0)" } ?? "no known node")"
    }
}
