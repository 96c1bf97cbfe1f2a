// A directory, identified down to the device its bytes land on.

/// Why a directory cannot be identified.
package enum TopologyError: Error, Equatable, Sendable, CustomStringConvertible {
    case notFound(path: String)
    case noMount(path: String)
    /// Counted from 1.
    case badRecording(line: Int, text: String)

    package var description: String {
        switch self {
        case .notFound(let path): "\(path): no such directory"
        case .noMount(let path): "\(path): /proc/self/mountinfo names no mount that holds it"
        case .badRecording(let line, let text): "line \(line) is none of a recording that `tidemark doctor --record` writes: \(text)"
        }
    }
}

/// What is behind a data directory.
package struct DataDirectory: Equatable, Sendable, Codable {
    /// With symbolic links followed.
    package let path: String
    package let mountPoint: String
    package let fileSystem: String
    package let mountSource: String
    package let mountOptions: [String]
    /// From the device the file system is on down to the hardware; empty where no block device is involved.
    package let devices: [BlockDevice]
    package let diskClass: DiskClass
    /// One sentence: why this class.
    package let classReason: String
    package let freeBytes: Int64?
    package let totalBytes: Int64?
    /// How the disk is modelled, in its own words; nil where it claims to be one.
    package let modelled: String?

    /// The block device at the bottom, where there is exactly one.
    package var hardware: BlockDevice? {
        let disks = devices.filter { $0.layer == "disk" && $0.number != nil }
        return disks.count == 1 ? disks[0] : nil
    }

    /// Of all disks under it; nil where they hang on several, or none is known.
    package var numaNode: Int32? {
        let nodes = Set(devices.filter { $0.layer == "disk" && $0.number != nil }.map(\.numaNode))
        return nodes.count == 1 ? nodes.first ?? nil : nil
    }

    /// Its I/O counters; nil where there is none, or more than one.
    package var statPath: String? { hardware.map { "/sys/block/\($0.name)/stat" } }

    /// - Throws: `.notFound`, `.noMount`.
    package static func identify(
        _ path: String, _ system: any SystemSource = LiveSystem()
    ) throws(TopologyError) -> DataDirectory {
        try identify(path, system, depth: 0)
    }

    private static func identify(_ path: String, _ system: any SystemSource, depth: Int) throws(TopologyError) -> DataDirectory {
        guard let real = system.resolved(path) else { throw .notFound(path: path) }
        guard let mount = Mount.holding(real, mountInfo: system.text("/proc/self/mountinfo") ?? "") else { throw .noMount(path: path) }
        if mount.fileSystem == "overlay", depth < 4, let upper = mount.option("upperdir"),
            let below = try? identify(upper, system, depth: depth + 1)
        {
            return make(real, mount, below.devices, below.diskClass, "overlay; its upper directory is on \(below.fileSystem): \(below.classReason)", system, modelled: below.modelled)
        }
        if let (diskClass, reason) = withoutDevice(mount) { return make(real, mount, [], diskClass, reason, system) }
        var walk = BlockDeviceWalk(system)
        // btrfs and others have a device number of their own, which /sys does not know: then the mount source tells.
        let numbers = [system.device(of: real), mount.device, system.blockDevice(at: mount.source)].compactMap { $0 }
        for number in numbers where walk.found.isEmpty { _ = walk.descend(number) }
        if mount.fileSystem == "btrfs" { walk.descendSiblings("/sys/fs/btrfs") }
        guard !walk.undermost.isEmpty else {
            return make(real, mount, walk.found, .unknown, "\(mount.fileSystem) on \(mount.source), which is no block device that /sys knows", system)
        }
        let (diskClass, reason) = judge(walk.undermost)
        return make(real, mount, walk.found, diskClass, reason, system)
    }

    /// The slowest medium decides where a stack has several.
    private static func judge(_ undermost: [BlockDevice]) -> (DiskClass, String) {
        let slowestFirst: [DiskClass] = [.unknown, .network, .hdd, .virtual, .ssd, .nvme, .memory]
        let decisive = undermost.min { slowestFirst.firstIndex(of: $0.diskClass)! < slowestFirst.firstIndex(of: $1.diskClass)! }!
        let others = undermost.count > 1 ? " (the slowest of \(undermost.count) devices)" : ""
        return (decisive.diskClass, "\(decisive.name): \(decisive.reason)\(others)")
    }

    /// File systems that have no block device of this machine below them.
    static func withoutDevice(_ mount: Mount) -> (DiskClass, String)? {
        switch mount.fileSystem {
        case "tmpfs", "ramfs", "devtmpfs", "hugetlbfs": return (.memory, "\(mount.fileSystem) keeps files in memory")
        case "nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "fuse.glusterfs", "lustre", "beegfs", "fuse.sshfs", "afs":
            return (.network, "\(mount.fileSystem) reaches its files over a network")
        case "9p", "virtiofs": return (.virtual, "\(mount.fileSystem) shares a directory of the hypervisor")
        case let kind where kind == "fuse" || kind.hasPrefix("fuse."):
            return (.unknown, "\(kind): served by a process, which may keep its bytes anywhere")
        default: return nil
        }
    }

    private static func make(
        _ path: String, _ mount: Mount, _ devices: [BlockDevice], _ diskClass: DiskClass, _ reason: String, _ system: any SystemSource,
        modelled: String? = nil
    ) -> DataDirectory {
        let space = system.space(of: path)
        let mark = Modelled.disk(at: mount.mountPoint, system)
        return DataDirectory(
            path: path, mountPoint: mount.mountPoint, fileSystem: mount.fileSystem, mountSource: mount.source,
            mountOptions: mount.options, devices: devices, diskClass: mark?.diskClass ?? diskClass,
            classReason: mark?.diskClass == nil ? reason : "modelled: \(mark?.text ?? "")", freeBytes: space?.free,
            totalBytes: space?.total, modelled: mark?.text ?? modelled)
    }
}
