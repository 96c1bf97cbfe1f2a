import Glibc
import Testing
@testable import Topology

@Suite(.serialized) struct PlacementCheckTests {
    private func node(_ id: Int32, cpus: [Int32], memory: Int64 = 1 << 30, free: Int64 = 1 << 30) -> NUMANode {
        NUMANode(id: id, cpus: CPUSet(cpus), memoryBytes: memory, freeBytes: free, distances: [10])
    }

    @Test func `on this machine every node that has CPUs and memory holds what it is given`() throws {
        let own = try CPUSet.allowed()
        let nodes = NUMA.nodes().filter { !$0.cpus.isEmpty }.map { node($0.id, cpus: $0.cpus.cpus.filter(own.contains), memory: $0.memoryBytes) }
        let cells = PlacementCheck.run(directory: "/var/tmp", nodes: nodes)
        #expect(PlacementCheck.holds(cells), "\(cells)")
        #expect(cells.contains { $0.subject == .thread && $0.verifiedShare == 1 })
        #expect(cells.contains { $0.subject == .memory && $0.policy == "local" })
        #expect(cells.contains { $0.subject == .pageCache && $0.outcome == .verified })
        #expect(try CPUSet.allowed() == own)
    }

    @Test func `a node that is not there fails, whatever the calls answer`() throws {
        let own = try CPUSet.allowed()
        let cells = PlacementCheck.run(directory: "/var/tmp", nodes: [node(0, cpus: own.cpus), node(7, cpus: own.cpus)])
        #expect(!PlacementCheck.holds(cells))
        let failed = cells.filter { $0.outcome == .failed }
        #expect(failed.contains { $0.subject == .memory && $0.policy == "bind:7" && $0.verifiedShare == nil })
        // The thread runs where it was sent; its memory is elsewhere.
        #expect(failed.contains { $0.subject == .memory && $0.cpuNode == 7 && $0.policy == "local" && $0.verifiedShare == 0 })
        #expect(failed.contains { $0.subject == .pageCache && $0.cpuNode == 7 && $0.verifiedShare == 0 })
    }

    @Test func `CPUs that are not there fail by name`() throws {
        let cells = PlacementCheck.run(directory: "/var/tmp", nodes: [node(0, cpus: [1023])])
        let thread = try #require(cells.first { $0.subject == .thread })
        #expect(thread.outcome == .failed && thread.evidence.contains("sched_setaffinity"))
    }

    @Test func `a node without CPUs and one without free memory are skipped with the reason`() throws {
        let own = try CPUSet.allowed()
        let cells = PlacementCheck.run(directory: "/var/tmp", nodes: [node(0, cpus: own.cpus), node(2, cpus: [], free: 1 << 20)])
        #expect(cells.contains { $0.cpuNode == 2 && $0.outcome == .skipped && $0.evidence == "the node has no CPUs" })
        #expect(cells.contains { $0.policy == "bind:2" && $0.outcome == .skipped && $0.evidence.contains("only 1 MiB free") })
        #expect(PlacementCheck.holds(cells))
    }

    @Test func `a directory that takes no file fails the page cache alone`() throws {
        let cells = PlacementCheck.run(directory: "/nowhere", nodes: [node(0, cpus: try CPUSet.allowed().cpus)])
        #expect(cells.filter { $0.outcome == .failed }.map(\.subject) == [.pageCache])
    }

    @Test func `no cell at all is no placement that holds`() { #expect(!PlacementCheck.holds([])) }

    @Test func `an interleaved share counts only what is evenly spread`() {
        func share(_ pages: [Int32: Int], _ nodes: [Int32]) -> Double? { PagePlacement(pagesByNode: pages, unplaced: 0).share(evenlyOn: nodes) }
        #expect(share([0: 50, 1: 50], [0, 1]) == 1)
        #expect(share([0: 51, 1: 50], [0, 1]) == 1)
        #expect(share([0: 100], [0, 1]) == 0.5)
        #expect(share([2: 100], [0, 1]) == 0)
        #expect(share([:], [0]) == nil && share([0: 1], []) == nil)
    }

    @Test func `a cell reads as a sentence`() {
        let cell = PlacementCell(
            subject: .memory, cpuNode: 0, policy: "bind:2", intendedNodes: [2], outcome: .verified, verifiedShare: 1, evidence: "node 2: 4096 pages")
        #expect("\(cell)" == "verified memory written on node 0 under bind:2: 100 % on node 2 (node 2: 4096 pages)")
    }
}
