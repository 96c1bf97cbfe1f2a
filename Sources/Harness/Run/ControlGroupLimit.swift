// Holds a process to so many bytes a second of a disk, by a control group of the kernel's.
internal import Foundation
internal import Glibc
internal import Host

/// A control group with one process in it, which goes back to where it was when the limit ends.
final class ControlGroupLimit {
    private enum Version { case blkio, io }

    /// By which means, and what it does not hold.
    let means: String
    private let pid: Int32
    private let group: String
    /// The process's own, as a directory.
    private let home: String

    private static let roots: [(version: Version, root: String, file: String)] = [
        (.blkio, "/sys/fs/cgroup/blkio", "blkio.throttle.write_bps_device"), (.io, "/sys/fs/cgroup", "cgroup.controllers"),
    ]

    /// Why it cannot be done here; nil: as far as one can tell it can.
    ///
    /// - Parameter device: as under /sys/block; nil: the directory has none, or several.
    static func refusal(_ device: String?) -> String? {
        guard let device, number(of: device) != nil else {
            return "‘perturb.diskLimit’ holds one disk, and the broker's data directory is not on exactly one that /sys/block knows"
        }
        guard let found = Self.found else {
            return "‘perturb.diskLimit’ needs the kernel's control group for disks (io of version 2, blkio of version 1), and /sys/fs/cgroup has neither"
        }
        return access(found.root, W_OK) == 0 ? nil : "‘perturb.diskLimit’ makes a control group under \(found.root), which this user may not: it needs root"
    }

    private static var found: (version: Version, root: String)? {
        for candidate in roots {
            guard let text = try? String(contentsOfFile: "\(candidate.root)/\(candidate.file)", encoding: .utf8) else { continue }
            if candidate.version == .blkio || text.split(whereSeparator: \.isWhitespace).contains("io") { return (candidate.version, candidate.root) }
        }
        return nil
    }

    /// `253:0`
    private static func number(of device: String) -> String? {
        (try? String(contentsOfFile: "/sys/block/\(device)/dev", encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// - Throws: `HarnessError`, `SystemError`.
    init(pid: Int32, device: String?, bytesPerSecond: Int64) throws {
        if let refusal = Self.refusal(device) { throw HarnessError.impossible(refusal) }
        guard let (version, root) = Self.found, let device, let number = Self.number(of: device) else { preconditionFailure("a disk that was there is gone") }
        self.pid = pid
        home = root + (Self.path(of: pid, version) ?? "")
        group = "\(root)/tidemark-\(getpid())-\(pid)"
        let rate = "\(decimalBytes(bytesPerSecond))/s of \(device)"
        means = version == .io
            ? "\(rate) by cgroup v2, what the kernel writes back for it included"
            : "\(rate) by cgroup v1: reads, and what the broker itself forces out; what the kernel writes back by itself is not held"
        if version == .io { try? ControlFile.write("+io", to: "\(root)/cgroup.subtree_control") }
        _ = try checked(mkdir(group, 0o755) == 0 ? 0 : -errno, "mkdir", group)
        do {
            switch version {
            case .io: try ControlFile.write("\(number) rbps=\(bytesPerSecond) wbps=\(bytesPerSecond)", to: "\(group)/io.max")
            case .blkio:
                for way in ["read", "write"] { try ControlFile.write("\(number) \(bytesPerSecond)", to: "\(group)/blkio.throttle.\(way)_bps_device") }
            }
            try ControlFile.write("\(pid)", to: "\(group)/cgroup.procs")
        } catch {
            release()
            throw error
        }
    }

    /// Ends the limit; harmless the second time. What waits for the disk goes on at once.
    func release() {
        try? ControlFile.write("\(pid)", to: "\(home)/cgroup.procs")
        // A process that is gone leaves the group by itself.
        _ = rmdir(group)
    }

    /// Below the root; of the line `7:blkio:/path` or `0::/path`.
    private static func path(of pid: Int32, _ version: Version) -> String? {
        let lines = (try? String(contentsOfFile: "/proc/\(pid)/cgroup", encoding: .utf8))?.split(separator: "\n") ?? []
        for line in lines {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if version == .io ? fields[0] == "0" : fields[1].split(separator: ",").contains("blkio") { return fields[2] == "/" ? "" : String(fields[2]) }
        }
        return nil
    }
}
