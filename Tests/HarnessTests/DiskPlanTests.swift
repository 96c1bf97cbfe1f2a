// Disks side by side: which directories a run takes, and what is refused.
import Foundation
import Testing
import Topology

@testable import Harness

private func read(_ disk: String, _ more: String = "producers: {rate: 5}\n") throws(ProfileError) -> Profile {
    try Profile.parse("question: Q?\nname: n\n\(more)headlines: {disk: \(disk)}\n", path: "n.yaml")
}

private func fault(_ disk: String, _ more: String = "producers: {rate: 5}\n") -> String {
    do {
        _ = try read(disk, more)
        return "accepted"
    } catch { return error.description }
}

@Suite struct DiskPlanTests {
    @Test func `directories are columns in the order of the profile, and appends have the plan of an append`() throws {
        let disk = try #require(try read("{perItem: 1s, directories: {slow: /mnt/b, fast: /mnt/a}, append: {heights: [engine], steady: 2s}}").headlines.disk)
        #expect(disk.perItemNanoseconds == 1_000_000_000)
        #expect(disk.directories == [.init(name: "slow", path: "/mnt/b"), .init(name: "fast", path: "/mnt/a")])
        #expect(disk.append?.heights == [.engine] && disk.append?.steadyNanoseconds == 2_000_000_000)
        let plain = try #require(try read("true").headlines.disk)
        #expect(plain.directories.isEmpty && plain.append == nil)
    }

    @Test(arguments: [
        ("{directories: {}}", "at least one directory"), ("{directories: {a: /x, b: /x}}", "names /x, and so does ‘a’"), ("{directories: {A/b: /x}}", "is of a-z, 0-9 and -"),
        ("{directories: [/x]}", "must be a mapping"), ("{directories: {a: [x]}}", "must be a text"), ("{append: {steady: long}}", "must be a duration"), ("{disks: {a: /x}}", "unknown key ‘disks’"),
        ("{directories: {\((0...16).map { "d\($0): /d\($0)" }.joined(separator: ", "))}}", "16 are possible"),
    ])
    func `what is no plan of disks is refused with its reason`(disk: String, reason: String) {
        #expect(fault(disk).contains(reason), "\(fault(disk))")
    }

    @Test func `the load goes to every disk and nowhere else, so there has to be one`() throws {
        #expect(fault("{append: true}", "").contains("‘headlines.disk’ measures the load of ‘producers’, which is missing"))
        let (everywhere, besides) = (try read("{append: true}"), try read("true"))
        #expect(everywhere.headlines.placing == "disk" && !Run.runsOwnLoad(everywhere))
        #expect(besides.headlines.placing == nil && Run.runsOwnLoad(besides))
    }

    @Test func `a command line names disks for a profile that looks at some, and does not contradict it`() throws {
        let plain = try read("true")
        #expect(try plain.measuring(directories: []) == plain)
        #expect(try plain.measuring(directories: ["/a"]) == plain)
        #expect(try plain.measuring(directories: ["/a", "/b"]).headlines.disk?.directories == [.init(name: nil, path: "/a"), .init(name: nil, path: "/b")])
        let matrix = try Profile.parse("question: Q?\nname: n\nproducers: {rate: 5}\nheadlines: {numa: true}\n", path: "n.yaml").measuring(directories: ["/a", "/b"])
        #expect(matrix.headlines.numa?.disks == [.init(name: nil, path: "/a"), .init(name: nil, path: "/b")] && matrix.headlines.disk == nil)
        let named = try read("{directories: {a: /a}}"), without = try Profile.parse("question: Q?\nname: n\nproducers: {rate: 5}\n", path: "n.yaml")
        for (profile, paths, reason) in [(named, ["/b"], "both say where"), (without, ["/a", "/b"], "n measures one disk"), (plain, (0...16).map { "/\($0)" }, "16 are possible"), (matrix, ["/a", "/b"], "‘headlines.numa.disks’")] {
            let error = #expect(throws: HarnessError.self) { try profile.measuring(directories: paths) }
            #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
        }
    }

    @Test func `more disks cost more time, and each its own space`() throws {
        let machine = MachineDescription.read()
        func cost(_ disk: String) throws -> HeadlineCost {
            let profile = try read(disk)
            return DiskCalibration(plan: try #require(profile.headlines.disk)).cost(profile, machine: machine)
        }
        let (one, two) = (try cost("{directories: {a: /a}}"), try cost("{directories: {a: /a, b: /b}}"))
        // The items of the machine are measured once.
        #expect(two.loadNanoseconds > one.loadNanoseconds && two.loadNanoseconds < 2 * one.loadNanoseconds && two.diskBytes == one.diskBytes)
        #expect(try cost("{append: true}").loadNanoseconds > one.loadNanoseconds)
    }
}

@Suite struct StudiedDirectoriesTests {
    private let machine = MachineDescription.read()

    private func refusal(_ directories: [DiskHeadlinePlan.Directory], _ change: (inout DiskHeadlinePlan) -> Void = { _ in }, isExternal: Bool = false) throws -> String {
        let profile = try read("true", "producers: {mode: max}\n")
        var plan = DiskHeadlinePlan()
        plan.directories = directories
        change(&plan)
        do { try StudiedDirectories.check(plan, profile, machine, isExternal: isExternal) } catch { return "\(error)" }
        return "taken"
    }

    @Test func `a directory that can't be used is named with its reason before anything starts`() throws {
        let base = NSTemporaryDirectory() + "tidemark-test-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: base) }
        try FileManager.default.createDirectory(atPath: base + "/a", withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: base + "/file", contents: nil)
        try FileManager.default.createSymbolicLink(atPath: base + "/again", withDestinationPath: base + "/a")
        #expect(try refusal([.init(name: "gone", path: base + "/gone")]).contains("‘headlines.disk.directories.gone’ (\(base)/gone) can't be looked at"))
        #expect(!FileManager.default.fileExists(atPath: base + "/gone"), "a slip of the hand makes no directory on another disk")
        #expect(try refusal([.init(name: nil, path: base + "/file")]).contains("--data-dir \(base)/file is no directory"))
        #expect(try refusal([.init(name: "a", path: base + "/a"), .init(name: "b", path: base + "/again")]).contains("are one directory"))
        let good = try refusal([.init(name: "a", path: base + "/a")])
        #expect(good == "taken" || good.contains("more than half"), "\(good)")
    }

    @Test func `acknowledgements need a schedule, and brokers of the run's own`() throws {
        #expect(try refusal([], { $0.append = AppendHeadlinePlan() }).contains("headline disk: latency is only free of coordinated omission"))
        let open = try read("{append: true}")
        let error = #expect(throws: HarnessError.self) { try StudiedDirectories.check(open.headlines.disk ?? DiskHeadlinePlan(), open, self.machine, isExternal: true) }
        #expect(error?.description.contains("not with --bootstrap") == true)
    }

    @Test func `columns are called as somebody said, else by class and device, and two of one disk are told`() throws {
        let (root, memory) = (try DataDirectory.identify("/", disks), try DataDirectory.identify("/fast", disks))
        #expect(StudiedDirectories.names(["a", nil, nil, nil], [root, root, root, memory]) == ["a", "ssd sda", "ssd sda 2", "memory tmpfs"])
        #expect(StudiedDirectories.shared(["a", "b", "c"], [root, memory, root]) == ["a and c stand on one disk, sda"])
        #expect(StudiedDirectories.shared(["a", "b"], [memory, memory]).isEmpty)
    }

    /// A SATA SSD, and memory.
    private let disks = RecordedSystem(
        files: [
            "/proc/self/mountinfo": "27 1 8:0 / / rw - ext4 /dev/sda rw\n30 27 0:25 / /fast rw - tmpfs tmpfs rw",
            "/sys/devices/pci0000:00/ata1/block/sda/dev": "8:0", "/sys/devices/pci0000:00/ata1/block/sda/queue/rotational": "0",
        ],
        links: ["/sys/dev/block/8:0": "/sys/devices/pci0000:00/ata1/block/sda"],
        devices: ["/": DeviceNumber(major: 8, minor: 0), "/fast": DeviceNumber(major: 0, minor: 25)])
}
