import Testing

@testable import Topology

@Suite struct InterruptTableTests {
    private let early = """
                   CPU0       CPU1       CPU3
          0:         45          0          0   IO-APIC   2-edge      timer
         25:        100         10          0   PCI-MSI 49152-edge      virtio0-req.0
        LOC:       1000       2000       3000   Local timer interrupts
        ERR:          7
        """
    private let late = """
                   CPU0       CPU1       CPU3
          0:         45          0          0   IO-APIC   2-edge      timer
         25:        900         10          5   PCI-MSI 49152-edge      virtio0-req.0
         26:          0          0         40   PCI-MSI 49153-edge      nvme0q1
        LOC:       1100       2010       3300   Local timer interrupts
        ERR:          9
        """

    @Test func `a line has a count for each CPU that the head names, and one for all is left out`() throws {
        let table = try #require(InterruptTable.parse(early))
        #expect(table.sources.map(\.id) == ["0", "25", "LOC"])
        #expect(table.sources[1].counts == [0: 100, 1: 10, 3: 0] && table.sources[1].name == "PCI-MSI 49152-edge virtio0-req.0")
        for broken in ["", "interrupts?", "  CPU0\n 1: many timer"] { #expect(InterruptTable.parse(broken)?.sources.isEmpty != false) }
    }

    @Test func `what came meanwhile counts by whose CPUs it came to, the most first, also of a source that is new`() throws {
        let (before, after) = (try #require(InterruptTable.parse(early)), try #require(InterruptTable.parse(late)))
        let grown = after.since(before, on: [CPUSet([0]), CPUSet([1, 3])], most: 3)
        #expect(grown.map(\.id) == ["25", "LOC", "26"] && grown.map(\.counts) == [[800, 5], [100, 310], [0, 40]], "\(grown)")
        #expect(after.since(before, on: [CPUSet([0])], most: 1).map(\.id) == ["25"])
    }

    @Test func `a count that fell is none, and nothing that came is nothing`() throws {
        let (before, after) = (try #require(InterruptTable.parse(early)), try #require(InterruptTable.parse(late)))
        #expect(before.since(after, on: [CPUSet([0, 1, 3])], most: 9).isEmpty)
        #expect(after.since(after, on: [CPUSet([0])], most: 9).isEmpty)
    }

    @Test func `an interrupt with a number says where it may go, one of the CPUs' own does not`() {
        let system = RecordedSystem(files: ["/proc/irq/25/smp_affinity_list": "0-3", "/proc/interrupts": early])
        #expect(InterruptTable.affinity(of: "25", system) == "0-3" && InterruptTable.affinity(of: "LOC", system) == nil && InterruptTable.affinity(of: "26", system) == nil)
        #expect(InterruptTable.read(system)?.sources.count == 3 && InterruptTable.read(RecordedSystem()) == nil)
    }
}
