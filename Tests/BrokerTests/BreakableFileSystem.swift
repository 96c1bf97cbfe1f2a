// The machine's file system, of which a part can be made to fail as a dead disk does.
import Glibc
import Host
import Synchronization

final class BreakableFileSystem: FileSystem {
    private struct State: Sendable {
        var paths: [Int32: String] = [:]
        var broken: (prefix: String, errno: Int32, calls: Calls)?
        /// Writes to segments until everything stops.
        var writesLeft: Int?
        /// Writes to segments since that was said.
        var written = 0
        var largestSegmentRead = 0
    }

    enum Calls { case all, reads, writes }

    private let disk = DiskFileSystem.shared
    private let state = Mutex(State())

    /// Every such call on a path that begins with `prefix` fails from now on.
    func fail(_ prefix: String, errno: Int32, _ calls: Calls = .all) {
        state.withLock { $0.broken = (prefix, errno, calls) }
    }

    /// From the `count`-th write to a segment on nothing changes any more, as if the process had been killed there. Half of
    /// that write gets through where `count` is odd.
    func stop(atSegmentWrite count: Int) { state.withLock { $0.writesLeft = count } }

    /// Whether everything has stopped.
    var hasStopped: Bool { state.withLock { $0.writesLeft == 0 } }

    /// Takes note of a write to a segment.
    ///
    /// - Returns: whether it is the one that half gets through.
    private func isTorn(_ descriptor: Int32) -> Bool {
        state.withLock { state in
            guard let left = state.writesLeft, left > 0, state.paths[descriptor]?.hasSuffix(".log") ?? false else { return false }
            state.writesLeft = left - 1
            if left == 1 { state.broken = ("", EIO, .writes) }
            state.written += 1
            return left == 1 && state.written % 2 == 1
        }
    }

    /// The most bytes that a read of a segment asked for.
    var largestSegmentRead: Int { state.withLock { $0.largestSegmentRead } }

    func repair() { state.withLock { $0.broken = nil } }

    /// What a call answers instead of being made; nil: make it.
    private func failure(_ path: String, isReading: Bool = false) -> Int32? {
        state.withLock { state in
            guard let broken = state.broken, path.hasPrefix(broken.prefix), broken.calls != (isReading ? .writes : .reads) else { return nil }
            return -broken.errno
        }
    }

    private func failure(_ descriptor: Int32, isReading: Bool = false) -> Int32? {
        state.withLock { $0.paths[descriptor] }.flatMap { failure($0, isReading: isReading) }
    }

    func open(_ path: String, _ access: FileAccess) -> Int32 {
        let isReading = switch access {
            case .read, .directory: true
            // Opened to be written or forced, which the kind of failure decides about.
            case .readWrite: state.withLock { $0.broken?.calls != .reads }
            case .create, .createEmpty, .createPrivate: false
        }
        if let failure = failure(path, isReading: isReading) { return failure }
        let descriptor = disk.open(path, access)
        if descriptor >= 0 { state.withLock { $0.paths[descriptor] = path } }
        return descriptor
    }

    func close(_ descriptor: Int32) {
        state.withLock { $0.paths[descriptor] = nil }
        disk.close(descriptor)
    }

    func read(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int, at position: Int64) -> Int {
        state.withLock { state in
            if state.paths[descriptor]?.hasSuffix(".log") ?? false { state.largestSegmentRead = max(state.largestSegmentRead, count) }
        }
        return failure(descriptor, isReading: true).map(Int.init) ?? disk.read(descriptor, bytes, count, at: position)
    }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int, at position: Int64) -> Int {
        failure(descriptor).map(Int.init) ?? disk.write(descriptor, bytes, count, at: position)
    }

    func write(_ descriptor: Int32, _ vectors: UnsafePointer<WriteVector>, _ count: Int32, at position: Int64) -> Int {
        if isTorn(descriptor) { _ = disk.write(descriptor, vectors[0].base, vectors[0].count / 2, at: position) }
        return failure(descriptor).map(Int.init) ?? disk.write(descriptor, vectors, count, at: position)
    }

    func synchronizeData(_ descriptor: Int32) -> Int32 { failure(descriptor) ?? disk.synchronizeData(descriptor) }
    func synchronize(_ descriptor: Int32) -> Int32 { failure(descriptor) ?? disk.synchronize(descriptor) }
    func synchronizeFileSystem(_ descriptor: Int32) -> Int32 { failure(descriptor) ?? disk.synchronizeFileSystem(descriptor) }
    func truncate(_ descriptor: Int32, to bytes: Int64) -> Int32 { failure(descriptor) ?? disk.truncate(descriptor, to: bytes) }

    func allocate(_ descriptor: Int32, from position: Int64, count: Int64) -> Int32 {
        failure(descriptor) ?? disk.allocate(descriptor, from: position, count: count)
    }

    func size(_ descriptor: Int32) -> Int64 { failure(descriptor, isReading: true).map(Int64.init) ?? disk.size(descriptor) }

    func residentBytes(_ descriptor: Int32, from position: Int64, count: Int64) -> Int64 {
        failure(descriptor, isReading: true).map(Int64.init) ?? disk.residentBytes(descriptor, from: position, count: count)
    }

    func evict(_ descriptor: Int32, from position: Int64, count: Int64) -> Int32 {
        disk.evict(descriptor, from: position, count: count)
    }

    func tryLock(_ descriptor: Int32) -> Int32 { disk.tryLock(descriptor) }
    func rename(_ path: String, to newPath: String) -> Int32 { failure(path) ?? disk.rename(path, to: newPath) }
    func unlink(_ path: String) -> Int32 { failure(path) ?? disk.unlink(path) }
    func makeDirectory(_ path: String) -> Int32 { failure(path) ?? disk.makeDirectory(path) }
    func removeDirectory(_ path: String) -> Int32 { failure(path) ?? disk.removeDirectory(path) }

    func list(_ path: String) throws(SystemError) -> [String] {
        if let failure = failure(path, isReading: true) { throw SystemError(call: "opendir", errno: -failure, subject: path) }
        return try disk.list(path)
    }

    func freeBytes(_ path: String) -> Int64 { disk.freeBytes(path) }
    func totalBytes(_ path: String) -> Int64 { disk.totalBytes(path) }
}
