// `headlines.numa:` in a profile: on which memory nodes broker, client, memory, cached pages and disk are to be.
package import Topology

package struct NUMAHeadlinePlan: Equatable, Sendable {
    package enum Memory: Equatable, Sendable {
        case policy(MemoryPolicy)
        /// One cell for each node with memory.
        case bindEach
        /// Over all nodes with memory.
        case interleaveAll
    }
    package struct Disk: Equatable, Sendable {
        /// nil: nobody gave it one, and what it stands on names it.
        package let name: String?
        package let path: String
    }

    /// nil: every node that has CPUs.
    package var brokerNodes, clientNodes: [Int32]?
    /// Of the broker.
    package var memory: [Memory] = [.policy(.local), .bindEach, .interleaveAll]
    /// Of the pages that are fetched; nil: every node that has memory; empty: nothing is fetched.
    package var cacheNodes: [Int32]?
    /// Empty: the data directory.
    package var disks: [Disk] = []
    /// That is fetched.
    package var logBytes: Int64 = 64 << 20
    package var warmUpNanoseconds: UInt64 = 1_000_000_000
    package var steadyNanoseconds: UInt64 = 5_000_000_000
    package var fetchNanoseconds: UInt64 = 2_000_000_000
}

/// One broker and its client.
struct NUMACell: Equatable {
    let broker, client: NUMANode
    let memory: MemoryPolicy

    /// Nodes over which the broker's pages are to be spread evenly.
    var memoryNodes: [Int32] {
        switch memory {
        case .unpinned, .local: [broker.id]
        case .bind(let nodes), .interleave(let nodes): nodes
        }
    }

    var description: String { "broker on node \(broker.id), client on node \(client.id), memory \(memory)" }
}

extension NUMAHeadlinePlan {
    /// In the order in which they are measured.
    ///
    /// - Throws: `HarnessError` for nodes that this machine has not, or not with what they are asked for.
    func cells(_ nodes: [NUMANode]) throws(HarnessError) -> [NUMACell] {
        let withMemory = nodes.filter { $0.memoryBytes > 0 }
        let policies = memory.flatMap { choice -> [MemoryPolicy] in
            switch choice {
            case .policy(let policy): [policy]
            case .bindEach: withMemory.map { .bind([$0.id]) }
            case .interleaveAll: withMemory.count > 1 ? [.interleave(withMemory.map(\.id))] : []
            }
        }
        for case .bind(let asked) in policies { _ = try Self.chosen(asked, of: withMemory, "memory", "memory") }
        for case .interleave(let asked) in policies { _ = try Self.chosen(asked, of: withMemory, "memory", "memory") }
        let withCPUs = nodes.filter { !$0.cpus.isEmpty }
        let brokers = try Self.chosen(brokerNodes, of: withCPUs, "brokerNodes", "CPUs")
        let clients = try Self.chosen(clientNodes, of: withCPUs, "clientNodes", "CPUs")
        return brokers.flatMap { broker in clients.flatMap { client in policies.map { NUMACell(broker: broker, client: client, memory: $0) } } }
    }

    /// - Throws: as `cells`.
    func cachedOn(_ nodes: [NUMANode]) throws(HarnessError) -> [NUMANode] {
        try Self.chosen(cacheNodes, of: nodes.filter { $0.memoryBytes > 0 }, "cacheNodes", "memory")
    }

    private static func chosen(_ asked: [Int32]?, of nodes: [NUMANode], _ key: String, _ what: String) throws(HarnessError) -> [NUMANode] {
        guard let asked else { return nodes }
        var found: [NUMANode] = []
        for id in asked {
            guard let node = nodes.first(where: { $0.id == id }) else {
                throw .impossible("‘headlines.numa.\(key)’ names node \(id), and the nodes of this machine with \(what) are \(CPUSet(nodes.map(\.id)))")
            }
            found.append(node)
        }
        return found
    }
}

extension NUMAHeadlinePlan {
    private static let logMaximum: Int64 = 64 << 30

    /// nil when the key is absent.
    ///
    /// - Parameter phases: its durations hold where the headline names none.
    static func read(_ top: ProfileSection, _ phases: PhasesPlan) throws(ProfileError) -> NUMAHeadlinePlan? {
        let keys = ["brokerNodes", "clientNodes", "memory", "cacheNodes", "disks", "logBytes", "warmUp", "steady", "fetch"]
        guard let section = try top.section("numa", keys: keys) else { return nil }
        var plan = NUMAHeadlinePlan()
        plan.brokerNodes = try nodes(section, "brokerNodes")
        plan.clientNodes = try nodes(section, "clientNodes")
        plan.cacheNodes = try nodes(section, "cacheNodes")
        plan.memory = try section.list("memory") { (node, name) throws(ProfileError) in
            guard let text = node.text, let choice = Self.choice(text) else {
                throw node.place.error("‘\(name)’ must be local, unpinned, bind, bind:N, interleave or interleave:0-1")
            }
            return choice
        } ?? plan.memory
        if let disks = try section.section("disks", keys: nil) {
            for name in disks.keysInOrder { plan.disks.append(Disk(name: name, path: try disks.required(name, try disks.string(name)))) }
        }
        plan.logBytes = try section.bytes("logBytes", (1 << 20)...logMaximum) ?? plan.logBytes
        plan.warmUpNanoseconds = try section.duration("warmUp") ?? phases.warmUpNanoseconds
        plan.steadyNanoseconds = try section.duration("steady") ?? phases.steadyNanoseconds
        plan.fetchNanoseconds = try section.duration("fetch") ?? plan.fetchNanoseconds
        if plan.steadyNanoseconds < 1_000_000_000 { throw section.error("steady", "‘headlines.numa.steady’ must be at least 1s") }
        if plan.fetchNanoseconds < 100_000_000 { throw section.error("fetch", "‘headlines.numa.fetch’ must be at least 100ms") }
        return plan
    }

    private static func nodes(_ section: ProfileSection, _ key: String) throws(ProfileError) -> [Int32]? {
        try section.list(key) { (node, name) throws(ProfileError) in
            guard let text = node.text, let id = Int32(text), id >= 0 else { throw node.place.error("‘\(name)’ must be the number of a memory node, such as 0") }
            return id
        }
    }

    private static func choice(_ text: String) -> Memory? {
        switch text {
        case "bind": .bindEach
        case "interleave": .interleaveAll
        default: MemoryPolicy(text).map { .policy($0) }
        }
    }
}
