// Which class a disk behaves like: figures of disks that were measured, and both sides of every threshold.
import Measurement
import Results
import Testing
import Topology

@testable import Harness

@Suite struct DiskBehaviourTests {
    /// - Parameters:
    ///   - random: microseconds.
    ///   - sequential: MB/s.
    ///   - sync: microseconds.
    private func disk(_ random: Double, _ sequential: Double?, sync: Double? = nil) -> DiskBehaviour {
        DiskBehaviour(randomRead: random * 1e3, sequential: sequential.map { $0 * 1e6 }, sync: sync.map { $0 * 1e3 })
    }

    @Test(arguments: [
        // The modelled HDD in the guest and on the host, and one that only has its requests counted.
        (15_000, 93, DiskBehaviour.Likeness.like(.hdd)), (8_400, 144, .like(.hdd)), (9_400, 105, .like(.hdd)),
        // The modelled SSD in both, whose link is SATA's; a file in memory behind a loop device.
        (298, 516, .like(.ssd)), (95, 525, .like(.ssd)), (27, 8_100, .like(.nvme)),
        // A virtio disk of which only its random reads are known.
        (204, nil, .between(.ssd, .nvme)),
    ] as [(Double, Double?, DiskBehaviour.Likeness)])
    func `disks that were measured are what they were made to be`(random: Double, sequential: Double?, expected: DiskBehaviour.Likeness) {
        #expect(disk(random, sequential).likeness == expected)
    }

    @Test func `between flash and NVMe the rate in sequence decides, and between both rates nothing does`() {
        #expect(disk(95, 599).likeness == .like(.ssd) && disk(95, 1_001).likeness == .like(.nvme))
        for rate in [600.0, 800, 1_000] { #expect(disk(95, rate).likeness == .between(.ssd, .nvme)) }
        #expect(disk(499, 3_000).likeness == .like(.nvme))
        #expect(disk(500, 500).likeness == .like(.ssd) && disk(1_999, nil).likeness == .like(.ssd))
        #expect(disk(500, 3_000).likeness == .unlike("answers as late as no NVMe, moves more than SATA"))
    }

    @Test func `a head is slow to find a place and then reads on; what does one of them alone is none`() {
        #expect(disk(2_000, 150).likeness == .like(.hdd) && disk(2_000, 400).likeness == .like(.hdd))
        #expect(disk(2_000, 401).likeness == .unlike("answers as late as a head, moves more than one"))
        // 35 times 4 KiB in 10 ms are 14.3 MB/s.
        #expect(disk(10_000, 14.4).likeness == .like(.hdd))
        #expect(disk(10_000, 14.3).likeness == .unlike("as slow in sequence as at random"))
        guard case .unlike = disk(10_000, nil).likeness else { return #expect(Bool(false), "nothing says how fast it reads on") }
    }

    @Test func `what answers like memory is memory, unless its syncs go further`() {
        #expect(disk(9.9, 9_000, sync: 2).likeness == .like(.memory) && disk(9.9, nil).likeness == .like(.memory))
        #expect(disk(9.9, 9_000, sync: 50).likeness == .unlike("reads like memory, syncs like none"))
        #expect(disk(10, 9_000, sync: 2).likeness == .like(.nvme))
    }

    @Test func `a name is confirmed by its own bound, and nothing is expected of a virtual disk`() {
        #expect(disk(2_001, nil).confirms(.hdd) == true && disk(2_000, nil).confirms(.hdd) == false)
        #expect(disk(1_999, nil).confirms(.ssd) == true && disk(499, nil).confirms(.nvme) == true && disk(500, nil).confirms(.nvme) == false)
        for diskClass in [DiskClass.virtual, .network, .unknown] { #expect(disk(95, 525).confirms(diskClass) == nil) }
    }

    @Test func `a calibration tells it, in words with what they were judged by`() throws {
        func item(_ name: String, _ value: Double?, _ unit: String) -> Metric {
            value.map { .measured(name, $0, unit: unit, polarity: .neutral) } ?? .unavailable(name, unit: unit, polarity: .neutral, reason: "no O_DIRECT here")
        }
        let sync = item("append_fdatasync_p50", 171_000, "ns"), random = item("random_read_p50", 95_000, "ns")
        let whole = try #require(DiskBehaviour([sync, random, item("read_direct", 0.525, "GB/s"), item("write_direct", 2, "GB/s")])).record
        #expect(whole == DiskBehaviourRecord(like: "ssd", words: "behaves like ssd", figures: "random read 95.0 µs, sequential 525 MB/s, sync 171 µs"))
        // Where no direct read can be had, the direct write stands for it.
        #expect(try #require(DiskBehaviour([random, item("read_direct", nil, "GB/s"), item("write_direct", 2, "GB/s")])).record.like == "nvme")
        let open = try #require(DiskBehaviour([random])).record
        #expect(open.like == nil && open.words == "between ssd and nvme" && open.figures == "random read 95.0 µs")
        #expect(DiskBehaviour([item("random_read_p50", nil, "ns"), sync]) == nil)
    }
}
