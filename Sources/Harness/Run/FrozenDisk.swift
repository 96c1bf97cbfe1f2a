// A file system that keeps every write and every sync waiting, as a disk does that has stopped answering.
internal import CLinux
internal import Foundation
internal import Glibc
internal import Host

/// Frozen while it lives, or until `thaw`. A helper outside this process's reach thaws it, too, should this process die.
final class FrozenDisk {
    private let directory: String
    private var isFrozen = false

    /// Why it cannot be done here; nil: as far as one can tell it can. Whoever else writes to a frozen file system stands still, too.
    ///
    /// - Parameter results: where the run itself writes.
    static func refusal(_ directory: String, results: String) -> String? {
        guard geteuid() == 0 else { return "‘perturb.freeze’ freezes the file system of the data directory, which needs root" }
        guard let own = device(of: directory) else { return "‘perturb.freeze’: \(directory) cannot be looked at" }
        let others = ["/", "/tmp", "/var/tmp", results, FileManager.default.currentDirectoryPath]
        guard let shared = others.first(where: { device(of: $0) == own }) else { return nil }
        return "‘perturb.freeze’ needs a data directory on a file system of its own: \(directory) shares one with \(shared), which would stand still with it; "
            + "Scripts/lab-disk makes one, --data-dir names it"
    }

    private static func device(of path: String) -> UInt64? {
        var found = stat()
        return stat(path, &found) == 0 ? UInt64(found.st_dev) : nil
    }

    /// - Throws: `SystemError` where the file system does not do it.
    init(_ directory: String) throws {
        self.directory = directory
        try Self.leaveWatcher(directory)
        _ = try checked(clinux_freeze(directory, true), "ioctl(FIFREEZE)", directory)
        isFrozen = true
    }

    deinit { thaw() }

    /// Writes go on; harmless the second time.
    func thaw() {
        guard isFrozen else { return }
        isFrozen = false
        _ = clinux_freeze(directory, false)
    }

    /// What dies with this process cannot help it.
    private static func leaveWatcher(_ directory: String) throws {
        let watcher = Process()
        watcher.executableURL = URL(filePath: "/usr/bin/setsid")
        watcher.arguments = ["/bin/sh", "-c", "tail --pid=\(getpid()) -f /dev/null; exec fsfreeze --unfreeze \"$1\"", "thaw", directory]
        watcher.standardOutput = FileHandle.nullDevice
        watcher.standardError = FileHandle.nullDevice
        // Not waited for: it lives as long as this process, and a moment longer.
        try watcher.run()
    }
}
