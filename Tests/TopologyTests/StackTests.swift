import Testing
@testable import Topology

/// A machine of which one directory, `/data`, is looked at.
private struct Stack {
    static let sata = "/sys/devices/pci0000:20/0000:20:17.0/ata1/host0/target0:0:0/0:0:0:0/block"
    static let virtual = "/sys/devices/virtual/block"
    var files: [String: String] = [:]
    var links: [String: String] = [:]
    var blocks: [String: DeviceNumber] = [:]

    init(_ fileSystem: String, source: String, number: String) {
        files["/proc/self/mountinfo"] = "27 1 8:99 / / rw - ext4 /dev/sdz rw\n30 27 \(number) / /data rw - \(fileSystem) \(source) rw"
    }

    mutating func device(_ directory: String, _ number: String, _ more: [String: String] = [:], over below: [String] = []) {
        files["\(directory)/dev"] = number
        for (name, text) in more { files["\(directory)/\(name)"] = text }
        links["/sys/dev/block/\(number)"] = directory
        for path in below { links["\(directory)/slaves/\(path.split(separator: "/").last!)"] = path }
    }

    mutating func sataDisk(_ name: String, _ number: String, rotational: Bool, partitions: [(Int, String)] = []) {
        device("\(Self.sata)/\(name)", number, ["queue/rotational": rotational ? "1" : "0", "device/model": "Disk \(name)"])
        for (part, number) in partitions { device("\(Self.sata)/\(name)/\(name)\(part)", number, ["partition": "\(part)"]) }
    }

    func identify(device: String) throws -> DataDirectory {
        try DataDirectory.identify("/data", RecordedSystem(files: files, links: links, devices: ["/data": DeviceNumber(device)!], blockDevices: blocks))
    }
}

@Suite struct StackTests {
    @Test func `an encrypted partition is a mapper's layer on the partition of its disk`() throws {
        var stack = Stack("ext4", source: "/dev/mapper/secret", number: "253:0")
        stack.sataDisk("sda", "8:0", rotational: false, partitions: [(2, "8:2")])
        stack.device("\(Stack.virtual)/dm-0", "253:0", ["dm/uuid": "CRYPT-LUKS2-0a-secret", "queue/rotational": "0"], over: ["\(Stack.sata)/sda/sda2"])
        let found = try stack.identify(device: "253:0")
        #expect(found.devices.map(\.name) == ["dm-0", "sda2", "sda"])
        #expect(found.devices.map(\.layer) == ["dm:CRYPT", "partition", "disk"])
        #expect(found.diskClass == .ssd)
        #expect(found.hardware?.model == "Disk sda")
    }

    @Test func `a volume over two partitions of one disk stands on one disk`() throws {
        var stack = Stack("xfs", source: "/dev/mapper/vg-data", number: "253:1")
        stack.sataDisk("sda", "8:0", rotational: true, partitions: [(1, "8:1"), (2, "8:2")])
        stack.device("\(Stack.virtual)/dm-1", "253:1", ["dm/uuid": "LVM-x"], over: ["\(Stack.sata)/sda/sda1", "\(Stack.sata)/sda/sda2"])
        let found = try stack.identify(device: "253:1")
        #expect(found.devices.map(\.name) == ["dm-1", "sda1", "sda", "sda2"])
        #expect(found.statPath == "/sys/block/sda/stat")
        #expect(!found.classReason.contains("slowest"))
    }

    @Test func `the slowest member of an array decides, and a cache of flash does not hide its disk`() throws {
        for (name, layer) in [("md127", "md"), ("bcache0", "bcache")] {
            var stack = Stack("ext4", source: "/dev/\(name)", number: "9:127")
            stack.sataDisk("sda", "8:0", rotational: false)
            stack.sataDisk("sdb", "8:16", rotational: true)
            stack.device("\(Stack.virtual)/\(name)", "9:127", ["queue/rotational": "0"], over: ["\(Stack.sata)/sda", "\(Stack.sata)/sdb"])
            let found = try stack.identify(device: "9:127")
            #expect(found.devices.first?.layer == layer)
            #expect(found.diskClass == .hdd)
            #expect(found.classReason.contains("the slowest of 2 devices"))
            #expect(found.statPath == nil)
        }
    }

    @Test func `two paths to one disk are a mapper's layer, and each path is shown`() throws {
        var stack = Stack("ext4", source: "/dev/mapper/mpatha", number: "253:2")
        stack.sataDisk("sdc", "8:32", rotational: true)
        stack.sataDisk("sdd", "8:48", rotational: true)
        stack.device("\(Stack.virtual)/dm-2", "253:2", ["dm/uuid": "mpath-3600"], over: ["\(Stack.sata)/sdc", "\(Stack.sata)/sdd"])
        #expect(try stack.identify(device: "253:2").devices.map(\.layer) == ["dm:mpath", "disk", "disk"])
    }

    @Test func `btrfs over two disks names both, though its mount names one`() throws {
        var stack = Stack("btrfs", source: "/dev/sda1", number: "0:39")
        stack.sataDisk("sda", "8:0", rotational: false, partitions: [(1, "8:1")])
        stack.sataDisk("sdb", "8:16", rotational: true, partitions: [(1, "8:17")])
        for name in ["sda", "sdb"] { stack.links["/sys/fs/btrfs/1f-2a/devices/\(name)1"] = "\(Stack.sata)/\(name)/\(name)1" }
        // Another file system's members are none of it.
        stack.sataDisk("sdc", "8:32", rotational: true)
        stack.links["/sys/fs/btrfs/77-88/devices/sdc"] = "\(Stack.sata)/sdc"
        stack.files["/sys/fs/btrfs/features/raid1c34"] = "0"
        stack.blocks["/dev/sda1"] = DeviceNumber(major: 8, minor: 1)
        let found = try stack.identify(device: "0:40")
        #expect(found.devices.map(\.name) == ["sda1", "sda", "sdb1", "sdb"])
        #expect(found.diskClass == .hdd)
    }

    @Test(arguments: [("tmpfs", DiskClass.memory), ("fuse.nbdfuse", .unknown), ("nfs4", .network)])
    func `a loop device is what its file lies on`(fileSystem: String, expected: DiskClass) throws {
        var stack = Stack("ext4", source: "/dev/loop3", number: "7:3")
        stack.files["/proc/self/mountinfo"]! += "\n31 27 0:50 / /images rw - \(fileSystem) somewhere rw"
        stack.device("\(Stack.virtual)/loop3", "7:3", ["loop/backing_file": "/images/disk", "queue/rotational": "1"])
        let found = try stack.identify(device: "7:3")
        #expect(found.devices.first?.layer == "loop")
        #expect(found.diskClass == expected, "\(found.classReason)")
    }

    @Test func `compressed memory with a file system on it is memory`() throws {
        var stack = Stack("ext4", source: "/dev/zram0", number: "251:0")
        stack.device("\(Stack.virtual)/zram0", "251:0", ["queue/rotational": "0"])
        let found = try stack.identify(device: "251:0")
        #expect(found.diskClass == .memory)
        #expect(found.hardware?.name == "zram0")
    }

    @Test func `an NVMe disk of several paths has its controller's transport, for its own directory is virtual`() throws {
        var stack = Stack("ext4", source: "/dev/nvme0n1", number: "259:0")
        let subsystem = "/sys/devices/virtual/nvme-subsystem/nvme-subsys0"
        let controller = "/sys/devices/virtual/nvme-fabrics/ctl/nvme0"
        stack.device("\(subsystem)/nvme0n1", "259:0", ["queue/rotational": "0"])
        stack.links["\(subsystem)/nvme0n1/device"] = subsystem
        stack.files["\(subsystem)/model"] = "Linux"
        stack.links["\(subsystem)/nvme0"] = controller
        stack.files["\(controller)/transport"] = "tcp"
        let remote = try stack.identify(device: "259:0")
        #expect(remote.diskClass == .network)
        #expect(remote.hardware?.transport == "nvme-tcp")
        stack.files["\(controller)/transport"] = "pcie"
        #expect(try stack.identify(device: "259:0").diskClass == .nvme)
    }

    @Test func `a SATA disk is on the node of the controller above it, and none is the kernel's -1`() throws {
        var stack = Stack("ext4", source: "/dev/sda", number: "8:0")
        stack.sataDisk("sda", "8:0", rotational: true)
        stack.files["/sys/devices/pci0000:20/0000:20:17.0/numa_node"] = "1"
        #expect(try stack.identify(device: "8:0").hardware?.numaNode == 1)
        stack.files["/sys/devices/pci0000:20/0000:20:17.0/numa_node"] = "-1"
        #expect(try stack.identify(device: "8:0").hardware?.numaNode == nil)
    }

    @Test func `an array has the node that all its disks have, and none where they hang on several`() throws {
        var stack = Stack("ext4", source: "/dev/md0", number: "9:0")
        let other = "/sys/devices/pci0000:40/0000:40:17.0/ata2/host1/target1:0:0/1:0:0:0/block/sdb"
        stack.sataDisk("sda", "8:0", rotational: false)
        stack.device(other, "8:16", ["queue/rotational": "0"])
        stack.device("\(Stack.virtual)/md0", "9:0", over: ["\(Stack.sata)/sda", other])
        stack.files["/sys/devices/pci0000:20/0000:20:17.0/numa_node"] = "1"
        stack.files["/sys/devices/pci0000:40/0000:40:17.0/numa_node"] = "1"
        #expect(try stack.identify(device: "9:0").numaNode == 1)
        #expect(try stack.identify(device: "9:0").hardware == nil)
        stack.files["/sys/devices/pci0000:40/0000:40:17.0/numa_node"] = "0"
        #expect(try stack.identify(device: "9:0").numaNode == nil)
    }

    @Test(arguments: [("9p", DiskClass.virtual), ("virtiofs", .virtual), ("nfs", .network), ("ceph", .network), ("fuse.sshfs", .network), ("fuse", .unknown), ("ramfs", .memory), ("zfs", .unknown)])
    func `a file system without a device is known by its kind`(fileSystem: String, expected: DiskClass) throws {
        let found = try Stack(fileSystem, source: "somewhere", number: "0:50").identify(device: "0:50")
        #expect(found.diskClass == expected)
        #expect(found.devices.isEmpty)
        #expect(found.classReason.contains(fileSystem))
    }

    @Test func `layers that stand on themselves end`() throws {
        var stack = Stack("ext4", source: "/dev/mapper/a", number: "253:0")
        stack.device("\(Stack.virtual)/dm-0", "253:0", over: ["\(Stack.virtual)/dm-1"])
        stack.device("\(Stack.virtual)/dm-1", "253:1", over: ["\(Stack.virtual)/dm-0"])
        let found = try stack.identify(device: "253:0")
        #expect(found.devices.map(\.name) == ["dm-0", "dm-1"])
        #expect(found.diskClass == .unknown)
    }
}
