// The folder a run's brokers write into, its lock, and the sweeping of folders that dead runs left.
internal import CLinux
internal import Foundation
internal import Host

/// A fresh folder `<base>/tidemark-runs/<name>` held by a lock for as long as this process lives. Removed by
/// `remove()`; what a killed run leaves is swept by the next one, because the kernel drops a dead
/// process's lock.
package final class RunFolder {
    package let path: String
    private let lock: Int32
    private var labels: [String: Int] = [:]

    static let parentName = "tidemark-runs"
    private static let lockName = "lock"

    /// Sweeps stale folders under `base`, then makes and locks a new one.
    ///
    /// - Parameters:
    ///   - base: an existing directory, or one that can be made; the device under it is the one measured.
    ///   - name: unique, such as the run's directory name.
    package init(base: String, name: String) throws {
        let parent = base + "/" + Self.parentName
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        // One sweeper at a time: between making a folder and locking it, it looks stale.
        let gate = try Self.waitForLock(parent + "/.sweep")
        defer { _ = clinux_close(gate) }
        swept = Self.sweep(parent)
        path = parent + "/" + name
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        lock = try Self.open(path + "/" + Self.lockName)
        _ = try checked(clinux_try_lock(lock), "flock", path)
    }

    /// Names of the stale folders that were removed at start.
    package private(set) var swept: [String] = []

    deinit { _ = clinux_close(lock) }

    /// Makes `<run folder>/<label>-<n>`, n from 1.
    package func directory(_ label: String) throws -> String {
        labels[label, default: 0] += 1
        let directory = "\(path)/\(label)-\(labels[label]!)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        return directory
    }

    /// Removes everything in it but its lock: pages that were never written back are dropped, so that the disk comes to rest.
    package func clear() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] where name != Self.lockName {
            try? FileManager.default.removeItem(atPath: path + "/" + name)
        }
    }

    /// Removes everything in it, and it.
    package func remove() { try? FileManager.default.removeItem(atPath: path) }

    private static func open(_ path: String) throws(SystemError) -> Int32 {
        try checked(clinux_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600), "open", path)
    }

    private static func waitForLock(_ path: String) throws -> Int32 {
        let descriptor = try open(path)
        let deadline = MonotonicClock.now() + 30_000_000_000
        while clinux_try_lock(descriptor) < 0 {
            guard MonotonicClock.now() < deadline else {
                _ = clinux_close(descriptor)
                throw HarnessError.impossible("another run has held \(path) for 30 s; remove the file if no run is alive")
            }
            MonotonicClock.sleep(nanoseconds: 20_000_000)
        }
        return descriptor
    }

    /// Removes every folder whose lock nobody holds. A folder without a lock file is not ours: it stays.
    private static func sweep(_ parent: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        return names.sorted().filter { name in
            guard !name.hasPrefix(".") else { return false }
            let descriptor = clinux_open("\(parent)/\(name)/\(lockName)", O_RDWR | O_NOFOLLOW, 0)
            guard descriptor >= 0 else { return false }
            defer { _ = clinux_close(descriptor) }
            guard clinux_try_lock(descriptor) == 0 else { return false }
            return (try? FileManager.default.removeItem(atPath: "\(parent)/\(name)")) != nil
        }
    }
}
