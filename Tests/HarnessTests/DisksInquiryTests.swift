// One disk against several: what they come to, and whether directories are on several at all.
import Measurement
import Results
import Testing
import Topology
@testable import Harness

@Suite struct DisksInquiryTests {
    /// A disk with two partitions, and another.
    private static func machine(modelled: Bool = false) -> RecordedSystem {
        let (first, second) = ("/sys/devices/pci0000:00/block/sda", "/sys/devices/pci0000:00/block/sdb")
        var files = [
            "/proc/self/mountinfo": "30 1 8:1 / /a rw - ext4 /dev/sda1 rw\n31 1 8:2 / /b rw - ext4 /dev/sda2 rw\n32 1 8:16 / /c rw - ext4 /dev/sdb rw",
            "\(first)/dev": "8:0", "\(first)/size": "2000000", "\(second)/dev": "8:16", "\(second)/size": "2000000",
        ]
        for number in 1...2 {
            files["\(first)/sda\(number)/dev"] = "8:\(number)"
            files["\(first)/sda\(number)/partition"] = "\(number)"
        }
        if modelled {
            files["/a/.tidemark-modelled"] = "hdd one"
            files["/b/.tidemark-modelled"] = "hdd another"
        }
        return RecordedSystem(
            files: files,
            links: ["/sys/dev/block/8:1": "\(first)/sda1", "/sys/dev/block/8:2": "\(first)/sda2", "/sys/dev/block/8:16": second],
            devices: ["/a": DeviceNumber(major: 8, minor: 1), "/b": DeviceNumber(major: 8, minor: 2), "/c": DeviceNumber(major: 8, minor: 16)])
    }

    @Test func `two directories are two disks where each has its own, and modelled ones are by themselves`() {
        #expect(SeveralDisks.lack(in: ["/a", "/c"], Self.machine()) == nil)
        #expect(SeveralDisks.lack(in: ["/a"], Self.machine())?.hasPrefix("one disk: name a directory on each further one") == true)
        #expect(SeveralDisks.lack(in: ["/a", "/c", "/b"], Self.machine()) == "one disk: /b lies on sda, as /a does")
        #expect(SeveralDisks.lack(in: ["/a", "/a"], Self.machine()) == "one disk: /a lies on sda, as /a does")
        #expect(SeveralDisks.lack(in: ["/a", "/nowhere"], Self.machine()) == "/nowhere: it cannot be told which disk it is on")
        #expect(SeveralDisks.lack(in: ["/a", "/b"], Self.machine(modelled: true)) == nil)
    }

    @Test func `what further disks add is a ratio of loads side by side`() throws {
        let pairs = [1.8, 2.0, 2.2].map { (numerator: $0 * 200e6, denominator: 200e6) }
        let metrics = DisksInquiry.metrics(pairs, disks: 2)
        #expect(metrics.map(\.name) == ["disks", "throughput_one_disk", "throughput_all_disks", "all_disks_to_one"])
        let all = try #require(metrics[2].value)
        #expect(metrics[1].value == 200 && abs(all - 400) < 1e-9)
        let gain = try #require(metrics[3].interval)
        #expect(abs(gain.estimate - 1.99) < 0.01 && gain.lower < 1.9 && gain.upper > 2.1)
        let nothing = DisksInquiry.metrics([(numerator: 1, denominator: 0), (numerator: 1, denominator: 1)], disks: 2)
        #expect(nothing[3].unavailable == "a load came to nothing")
    }
}
