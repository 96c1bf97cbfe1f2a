// The NUMA matrix: which cells a machine has, and what is refused.
import Testing

@testable import Harness
@testable import Topology

private func read(_ numa: String) throws(ProfileError) -> NUMAHeadlinePlan? {
    try Profile.parse("question: Q?\nname: n\nproducers: {rate: 5}\nheadlines: {numa: \(numa)}\n", path: "n.yaml").headlines.numa
}

private func fault(_ numa: String) -> String {
    do {
        _ = try read(numa)
        return "accepted"
    } catch { return error.description }
}

@Suite struct NUMAPlanTests {
    private static func node(_ id: Int32, cpus: [Int32], mebibytes: Int64 = 1_024) -> NUMANode {
        NUMANode(id: id, cpus: CPUSet(cpus), memoryBytes: mebibytes << 20, freeBytes: mebibytes << 20, distances: [10, 20, 30])
    }
    /// Two sockets, and memory without CPUs.
    private let nodes = [node(0, cpus: [0, 1]), node(1, cpus: [2, 3]), node(2, cpus: [])]

    @Test func `every node with CPUs has the broker and the client, every node with memory its pages`() throws {
        let plan = try #require(try read("true"))
        let cells = try plan.cells(nodes)
        // Local, bound to each of three nodes, interleaved; four pairs of nodes.
        #expect(cells.count == 4 * 5)
        #expect(cells.prefix(5).map(\.memory) == [.local, .bind([0]), .bind([1]), .bind([2]), .interleave([0, 1, 2])])
        #expect(cells[5].broker.id == 0 && cells[5].client.id == 1)
        #expect(cells.map(\.memoryNodes)[0] == [0] && cells[3].memoryNodes == [2] && cells[4].memoryNodes == [0, 1, 2])
        #expect(try plan.cachedOn(nodes).map(\.id) == [0, 1, 2])
    }

    @Test func `one node has one pair, and nothing to interleave`() throws {
        let cells = try #require(try read("true")).cells([Self.node(0, cpus: [0, 1])])
        #expect(cells.map(\.memory) == [.local, .bind([0])] && cells.allSatisfy { $0.broker.id == 0 && $0.client.id == 0 })
    }

    @Test func `what is named is what is measured`() throws {
        let text = "{brokerNodes: [1], clientNodes: [0, 1], memory: [unpinned, 'bind:2', 'interleave:0-1'], cacheNodes: [], disks: {fast: /mnt/a, slow: /mnt/b}, steady: 2s, fetch: 500ms, logBytes: 8MiB}"
        let plan = try #require(try read(text))
        let cells = try plan.cells(nodes)
        #expect(cells.map(\.broker.id) == [1, 1, 1, 1, 1, 1] && cells.map(\.client.id) == [0, 0, 0, 1, 1, 1])
        #expect(cells.prefix(3).map(\.memory) == [.unpinned, .bind([2]), .interleave([0, 1])])
        #expect(try plan.cachedOn(nodes).isEmpty && plan.disks == [.init(name: "fast", path: "/mnt/a"), .init(name: "slow", path: "/mnt/b")])
        #expect(plan.steadyNanoseconds == 2_000_000_000 && plan.fetchNanoseconds == 500_000_000 && plan.logBytes == 8 << 20)
    }

    @Test(arguments: [
        ("{brokerNodes: [2]}", "brokerNodes’ names node 2, and the nodes of this machine with CPUs are 0-1"),
        ("{clientNodes: [7]}", "clientNodes’ names node 7"), ("{memory: ['bind:9']}", "memory’ names node 9, and the nodes of this machine with memory are 0-2"),
    ])
    func `nodes that are not there are refused with those that are`(numa: String, reason: String) throws {
        let plan = try #require(try read(numa))
        let refused = #expect(throws: HarnessError.self) { try plan.cells(self.nodes) }
        #expect(refused.map { "\($0)".contains(reason) } == true, "\(refused.map { "\($0)" } ?? "")")
    }

    @Test func `a disk of a known node is local or remote, named or not, and of one without a node only its name is told`() throws {
        let device = "/sys/devices/pci0000:20/0000:21:00.0/nvme/nvme0/nvme0n1"
        func text(_ name: String?, node: String?) throws -> String? {
            var files = ["/proc/self/mountinfo": "27 1 259:0 / / rw - ext4 /dev/nvme0n1 rw", "\(device)/dev": "259:0"]
            files["\(device)/device/numa_node"] = node
            let number = DeviceNumber(major: 259, minor: 0)
            let system = RecordedSystem(files: files, links: ["/sys/dev/block/259:0": device], devices: ["/": number])
            return NUMADisk(name: name, directory: try DataDirectory.identify("/", system), folder: nil).text(from: 1)
        }
        #expect(try text("fast", node: "1") == "disk fast (nvme, node 1, local)")
        #expect(try text(nil, node: "0") == "disk (nvme, node 0, remote)")
        #expect(try text("fast", node: "-1") == "disk fast (nvme)")
        #expect(try text(nil, node: nil) == nil)
    }

    @Test(arguments: [
        ("{memory: [near]}", "must be local, unpinned, bind, bind:N"), ("{brokerNodes: [-1]}", "the number of a memory node"), ("{steady: 10ms}", "at least 1s"),
        ("{nodes: [0]}", "unknown key ‘nodes’"), ("{fetch: 1ms}", "at least 100ms"),
    ])
    func `what cannot be is refused with its reason`(numa: String, reason: String) {
        #expect(fault(numa).contains(reason), "\(fault(numa))")
    }
}
