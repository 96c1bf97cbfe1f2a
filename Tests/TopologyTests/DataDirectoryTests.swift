import Testing
@testable import Topology

@Suite struct DataDirectoryTests {
    private func identify(_ path: String) throws -> DataDirectory { try DataDirectory.identify(path, physicalMachine()) }

    @Test func `a path that is not there is refused by name`() {
        #expect(throws: TopologyError.notFound(path: "/nowhere")) { try identify("/nowhere") }
    }

    @Test func `a partition leads to its disk, with model, node and scheduler`() throws {
        let found = try identify("/")
        #expect(found.devices.map(\.name) == ["nvme0n1p2", "nvme0n1"])
        #expect(found.devices.map(\.layer) == ["partition", "disk"])
        let disk = try #require(found.hardware)
        #expect(disk.model == "Fast 9000")
        #expect(disk.numaNode == 1)
        #expect(disk.scheduler == "none")
        #expect(disk.writeCache == "write back")
        #expect(disk.transport == "nvme-pcie")
        #expect(found.diskClass == .nvme)
        #expect(found.statPath == "/sys/block/nvme0n1/stat")
    }

    @Test func `LVM on a mirror of two disks names all four layers and has no single stat file`() throws {
        let found = try identify("/data")
        #expect(found.devices.map(\.name) == ["dm-0", "md0", "sda", "sdb"])
        #expect(found.devices.map(\.layer) == ["dm:LVM", "md", "disk", "disk"])
        #expect(found.diskClass == .hdd)
        #expect(found.classReason.contains("sata"))
        #expect(found.statPath == nil)
        #expect(found.fileSystem == "xfs")
        #expect(found.mountOptions.contains("noatime"))
    }

    @Test func `a symbolic link is followed before the mount is looked up`() throws {
        #expect(try identify("/srv/link").mountPoint == "/data")
    }

    @Test func `a directory whose name starts like a mount point is not on that mount`() throws {
        #expect(try identify("/database").mountPoint == "/")
    }

    @Test func `the deeper of two mounts wins`() throws {
        #expect(try identify("/data/memory").diskClass == .memory)
    }

    @Test func `btrfs, whose device number the kernel does not list, is found through its mount source`() throws {
        let found = try identify("/tree")
        #expect(found.devices.map(\.name) == ["sdc1", "sdc"])
        #expect(found.devices.last?.transport == "usb")
    }

    @Test func `an overlay is its upper directory's disk`() throws {
        let found = try identify("/merged")
        #expect(found.fileSystem == "overlay")
        #expect(found.diskClass == .hdd)
    }

    @Test func `a loop device leads to the disk of its file`() throws {
        let found = try identify("/image")
        #expect(found.devices.map(\.name) == ["loop0", "dm-0", "md0", "sda", "sdb"])
        #expect(found.diskClass == .hdd)
    }

    @Test(arguments: [("/run/fast", DiskClass.memory), ("/net", .network), ("/with space", .unknown)])
    func `a file system without a block device is named for what it is`(path: String, expected: DiskClass) throws {
        let found = try identify(path)
        #expect(found.diskClass == expected)
        #expect(found.devices.isEmpty)
    }

    @Test func `a virtio disk is virtual although it says it rotates`() throws {
        let found = try DataDirectory.identify("/data", guestMachine())
        #expect(found.diskClass == .virtual)
        #expect(found.hardware?.rotational == true)
        #expect(found.hardware?.readAheadBytes == 8 << 20)
    }

    struct Naming: Sendable { let name: String; let transport: String?; let model: String?; let rotational: Bool; let expected: DiskClass }

    @Test(arguments: [
        Naming(name: "nvme0n1", transport: "nvme-tcp", model: nil, rotational: false, expected: .network),
        Naming(name: "nvme1n1", transport: "nvme-pcie", model: "Amazon Elastic Block Store", rotational: false, expected: .network),
        Naming(name: "sdd", transport: "sas", model: nil, rotational: true, expected: .hdd),
        Naming(name: "sde", transport: "sata", model: nil, rotational: false, expected: .ssd),
        Naming(name: "sdf", transport: "iscsi", model: nil, rotational: true, expected: .network),
        Naming(name: "zram0", transport: nil, model: nil, rotational: false, expected: .memory),
        Naming(name: "xvda", transport: nil, model: nil, rotational: false, expected: .virtual),
        Naming(name: "sda", transport: "virtio", model: nil, rotational: true, expected: .virtual),
    ])
    func `a class follows from driver and transport before the rotational flag`(_ naming: Naming) {
        let found = BlockDeviceWalk.classify(
            name: naming.name, transport: naming.transport, model: naming.model, rotational: naming.rotational)
        #expect(found.0 == naming.expected)
    }

    @Test func `the directory this test runs in is identified on the live machine`() throws {
        let found = try DataDirectory.identify(".")
        #expect(!found.mountPoint.isEmpty)
        #expect(!found.classReason.isEmpty)
    }
}
