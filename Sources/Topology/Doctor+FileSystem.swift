// The doctor's trait of file systems: what of a log on them cannot be measured as on a local disk.

extension Examination {
    var fileSystem: Finding {
        guard !directories.isEmpty else { return .unknown("no data directory to look at") }
        let odd = directories.compactMap { directory in
            Self.oddity(of: directory.fileSystem).map { "\(directory.mountPoint) is \(directory.fileSystem): \($0)" }
        }
        let plain = directories.map { "\($0.mountPoint) is \($0.fileSystem)" }
        return .when(!odd.isEmpty, (odd.isEmpty ? plain : odd).joined(separator: "; "))
    }

    /// What is different on a file system of this kind; nil: nothing that spoils figures.
    static func oddity(of kind: String) -> String? {
        switch kind {
        case "overlay", "aufs":
            "cachestat answers 0 for its files, so hit rates rest on mincore, and a file of its lower layers is copied at the first write"
        case "tmpfs", "ramfs", "devtmpfs", "hugetlbfs":
            "files are memory: there is no device, nothing is ever cold, and a sync costs nothing"
        case "nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "fuse.glusterfs", "lustre", "beegfs", "fuse.sshfs", "afs":
            "files are on other machines: no device of this one is counted, and a sync waits for the network"
        case "9p", "virtiofs":
            "the hypervisor serves it: what is cold here may be in the host's cache, and a sync is as durable as the host makes it"
        case "zfs":
            "it reads out of a cache of its own beside the page cache, which neither cachestat nor mincore sees"
        case let fuse where fuse == "fuse" || fuse == "fuseblk" || fuse.hasPrefix("fuse."):
            "a process serves it: its CPU is counted as nobody's, and its own cache is not seen"
        default: nil
        }
    }
}
