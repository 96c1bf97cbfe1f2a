// Bringing the disk to rest: what one build has dirtied must not be written while the other is measured.
internal import CLinux
internal import Glibc
internal import Host
internal import Measurement

struct DiskRest {
    /// On the file system that is to rest.
    let directory: String

    /// Dirty and under writeback, of the whole machine, at which a disk counts as at rest.
    static let restBytes: UInt64 = 32 << 20
    static let patienceNanoseconds: UInt64 = 10_000_000_000

    struct Reading: Equatable {
        let seconds: Double
        /// What was still dirty when the wait ended.
        let dirtyBytes: UInt64
        var isAtRest: Bool { dirtyBytes <= DiskRest.restBytes }
    }

    /// Has the file system written, then waits until little is dirty or patience ends.
    ///
    /// - Parameter check: called every 20 ms; what it throws ends the wait.
    func wait(_ check: () throws -> Void) throws -> Reading {
        let start = MonotonicClock.now()
        let descriptor = try checked(clinux_open(directory, O_RDONLY | O_DIRECTORY, 0), "open", directory)
        defer { _ = clinux_close(descriptor) }
        _ = try checked(clinux_syncfs(descriptor), "syncfs", directory)
        while true {
            let memory = MemoryState.current()
            let dirty = memory.dirtyBytes + memory.writebackBytes
            let now = MonotonicClock.now()
            if dirty <= Self.restBytes || now - start > Self.patienceNanoseconds {
                return Reading(seconds: Double(now - start) / 1e9, dirtyBytes: dirty)
            }
            try check()
            MonotonicClock.sleep(nanoseconds: 20_000_000)
        }
    }
}
