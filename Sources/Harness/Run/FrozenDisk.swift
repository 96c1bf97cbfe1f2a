// A file system that keeps every write and every sync waiting, as a disk does that has stopped answering.
internal import CLinux
internal import Foundation
internal import Glibc
internal import Host

/// Frozen while it lives, or until `thaw`. A helper outside this process's reach thaws it, too, should this process die before that.
final class FrozenDisk {
    private let directory: String
    private let watcher: ThawWatcher
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
        watcher = try ThawWatcher(directory)
        let frozen = clinux_freeze(directory, true)
        // What somebody else has frozen is not for this one's helper to thaw.
        if frozen < 0 { watcher.dismiss() }
        _ = try checked(frozen, "ioctl(FIFREEZE)", directory)
        isFrozen = true
    }

    deinit { thaw() }

    /// Writes go on; harmless the second time.
    func thaw() {
        guard isFrozen else { return }
        isFrozen = false
        _ = clinux_freeze(directory, false)
        watcher.dismiss()
    }
}

/// A process that thaws a file system when the one that froze it is gone without having said that it has thawed it. Told so, it ends
/// and touches nothing: by then the next run may have frozen the same file system.
final class ThawWatcher {
    /// Its standard input: a line dismisses it, an end without one is this process's.
    private let line = Pipe()

    /// - Parameter program: run with `--unfreeze` and the directory.
    init(_ directory: String, program: String = "fsfreeze") throws {
        // What else this process starts must not hold the line open.
        for end in [line.fileHandleForReading, line.fileHandleForWriting] { _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC) }
        let watcher = Process()
        // In a session of its own: what dies with this process cannot help it.
        watcher.executableURL = URL(filePath: "/usr/bin/setsid")
        watcher.arguments = ["/bin/sh", "-c", "read dismissed || exec \"$2\" --unfreeze \"$1\"", "thaw", directory, program]
        watcher.standardInput = line.fileHandleForReading
        watcher.standardOutput = FileHandle.nullDevice
        watcher.standardError = FileHandle.nullDevice
        // Not waited for: it lives until it is dismissed, or a moment longer than this process.
        try watcher.run()
        try line.fileHandleForReading.close()
    }

    /// Harmless the second time.
    func dismiss() {
        try? line.fileHandleForWriting.write(contentsOf: Data("thawed\n".utf8))
        try? line.fileHandleForWriting.close()
    }
}
