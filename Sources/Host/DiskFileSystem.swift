// The file system of the machine.
internal import CLinux
internal import Glibc

/// The seam's production side: every requirement is its system call.
package final class DiskFileSystem: FileSystem {
    package static let shared = DiskFileSystem(readsAhead: true)
    /// The same, but of a file no more is read than is asked for: each is opened and advised POSIX_FADV_RANDOM.
    package static let withoutReadAhead = DiskFileSystem(readsAhead: false)

    private let readsAhead: Bool

    private init(readsAhead: Bool) {
        self.readsAhead = readsAhead
        precondition(MemoryLayout<WriteVector>.size == MemoryLayout<iovec>.size, "WriteVector is not an iovec")
    }

    package func open(_ path: String, _ access: FileAccess) -> Int32 {
        let flags =
            switch access {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .create: O_RDWR | O_CREAT
            case .createEmpty, .createPrivate: O_RDWR | O_CREAT | O_TRUNC
            case .directory: O_RDONLY | O_DIRECTORY
            }
        guard case .createPrivate = access else { return advised(clinux_open(path, flags, 0o644)) }
        let descriptor = clinux_open(path, flags, 0o600)
        // One that was there keeps its mode through the open.
        if descriptor >= 0, fchmod(descriptor, 0o600) != 0 {
            let failure = -errno
            close(descriptor)
            return failure
        }
        return advised(descriptor)
    }

    /// Before the first read: what that one makes the kernel read ahead is marked, and goes on when it is met, whatever is advised
    /// by then. A refusal is passed over, as of a file that has nothing to read ahead.
    private func advised(_ descriptor: Int32) -> Int32 {
        if !readsAhead, descriptor >= 0 { _ = clinux_fadvise_random(descriptor, 0, 0) }
        return descriptor
    }

    package func close(_ descriptor: Int32) { _ = clinux_close(descriptor) }

    package func read(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int, at position: Int64) -> Int {
        clinux_pread(descriptor, bytes, count, position)
    }

    package func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int, at position: Int64) -> Int {
        clinux_pwrite(descriptor, bytes, count, position)
    }

    package func write(_ descriptor: Int32, _ vectors: UnsafePointer<WriteVector>, _ count: Int32, at position: Int64) -> Int {
        // WriteVector has the fields of struct iovec, in order.
        vectors.withMemoryRebound(to: iovec.self, capacity: Int(count)) { clinux_pwritev(descriptor, $0, count, position) }
    }

    package func synchronizeData(_ descriptor: Int32) -> Int32 { clinux_fdatasync(descriptor) }
    package func synchronize(_ descriptor: Int32) -> Int32 { clinux_fsync(descriptor) }
    package func synchronizeFileSystem(_ descriptor: Int32) -> Int32 { clinux_syncfs(descriptor) }
    package func truncate(_ descriptor: Int32, to bytes: Int64) -> Int32 { clinux_ftruncate(descriptor, bytes) }

    package func allocate(_ descriptor: Int32, from position: Int64, count: Int64) -> Int32 {
        clinux_fallocate(descriptor, false, position, count)
    }

    package func size(_ descriptor: Int32) -> Int64 { clinux_file_size(descriptor) }
    package func tryLock(_ descriptor: Int32) -> Int32 { clinux_try_lock(descriptor) }
    package func rename(_ path: String, to newPath: String) -> Int32 { negated(Glibc.rename(path, newPath)) }
    package func unlink(_ path: String) -> Int32 { negated(Glibc.unlink(path)) }
    package func makeDirectory(_ path: String) -> Int32 { negated(mkdir(path, 0o755)) }
    package func removeDirectory(_ path: String) -> Int32 { negated(rmdir(path)) }
    package func freeBytes(_ path: String) -> Int64 { clinux_free_bytes(path) }
    package func totalBytes(_ path: String) -> Int64 { clinux_total_bytes(path) }

    package func residentBytes(_ descriptor: Int32, from position: Int64, count: Int64) -> Int64 {
        do {
            return try PageCache.residency(
                of: descriptor, in: position..<(position + count), by: PageCache.instrument(for: descriptor)
            ).residentBytes
        } catch { return -Int64(error.errno) }
    }

    package func evict(_ descriptor: Int32, from position: Int64, count: Int64) -> Int32 {
        clinux_fadvise_dontneed(descriptor, position, count)
    }

    package func list(_ path: String) throws(SystemError) -> [String] {
        guard let directory = opendir(path) else { throw SystemError(call: "opendir", errno: errno, subject: path) }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                // readdir(3) answers nil at the end and on a failure: only errno tells them apart.
                if errno != 0 { throw SystemError(call: "readdir", errno: errno, subject: path) }
                return names
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// No Swift code may run between the call and this reading of errno; an inlined argument is none.
    @inline(__always) private func negated(_ result: Int32) -> Int32 { result < 0 ? -errno : result }
}
