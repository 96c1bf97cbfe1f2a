// The seam under everything on disk: one requirement a system call, so that a test can fail, shorten or forget
// the n-th of them. A call through `any FileSystem` costs 2 ns beside a 700 ns write.
internal import Glibc

/// How a file is opened.
package enum FileAccess: Sendable {
    case read
    case readWrite
    /// Created when it is not there.
    case create
    /// Created, or emptied when it is there.
    case createEmpty
    /// The same, for its owner's eyes only (mode 0600), whoever could read it before.
    case createPrivate
    case directory
}

/// A range of memory to write: `struct iovec`, which a module without C cannot name.
package struct WriteVector {
    package var base: UnsafeRawPointer
    package var count: Int

    package init(base: UnsafeRawPointer, count: Int) {
        self.base = base
        self.count = count
    }

    /// How many of them one call takes (IOV_MAX).
    package static let limit = 1024
}

/// The calls that the engine makes on a file system. Each answers as the C function does, except that a failure
/// is `-errno`. Interrupted calls are retried underneath. Safe to call from any thread.
package protocol FileSystem: AnyObject, Sendable {
    /// open(2). The descriptor.
    func open(_ path: String, _ access: FileAccess) -> Int32
    /// close(2).
    func close(_ descriptor: Int32)
    /// pread(2).
    func read(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int, at position: Int64) -> Int
    /// pwrite(2). May write less than asked.
    func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int, at position: Int64) -> Int
    /// pwritev(2). May write less than asked.
    func write(_ descriptor: Int32, _ vectors: UnsafePointer<WriteVector>, _ count: Int32, at position: Int64) -> Int
    /// fdatasync(2).
    func synchronizeData(_ descriptor: Int32) -> Int32
    /// fsync(2), for directories too.
    func synchronize(_ descriptor: Int32) -> Int32
    /// syncfs(2): everything of the file system that the descriptor is on.
    func synchronizeFileSystem(_ descriptor: Int32) -> Int32
    /// ftruncate(2).
    func truncate(_ descriptor: Int32, to bytes: Int64) -> Int32
    /// fallocate(2), mode 0: the file grows, reads zeros there, and a write into the range needs no space.
    func allocate(_ descriptor: Int32, from position: Int64, count: Int64) -> Int32
    /// fstat(2): the file's size.
    func size(_ descriptor: Int32) -> Int64
    /// flock(2), exclusive, without waiting.
    func tryLock(_ descriptor: Int32) -> Int32
    /// rename(2).
    func rename(_ path: String, to newPath: String) -> Int32
    /// unlink(2).
    func unlink(_ path: String) -> Int32
    /// mkdir(2), mode 0755.
    func makeDirectory(_ path: String) -> Int32
    /// rmdir(2).
    func removeDirectory(_ path: String) -> Int32
    /// readdir(3): the names in a directory, without `.` and `..`, in no order.
    func list(_ path: String) throws(SystemError) -> [String]
    /// statvfs(2): bytes that a write may still take.
    func freeBytes(_ path: String) -> Int64
    /// statvfs(2): bytes of the whole file system.
    func totalBytes(_ path: String) -> Int64
    /// cachestat(2), or mincore(2) where that can't tell: bytes of the range that are in the page cache, in whole pages.
    func residentBytes(_ descriptor: Int32, from position: Int64, count: Int64) -> Int64
    /// posix_fadvise(2), POSIX_FADV_DONTNEED: clean pages wholly within the range leave the page cache.
    func evict(_ descriptor: Int32, from position: Int64, count: Int64) -> Int32
}

extension FileSystem {
    /// Opens a file that closes itself.
    package func file(_ path: String, _ access: FileAccess) throws(SystemError) -> File {
        File(descriptor: try checked(open(path, access), "open", path), path: path, fileSystem: self)
    }

    /// Makes the entries of a directory durable: files created, renamed or removed in it.
    package func synchronizeDirectory(_ path: String) throws(SystemError) {
        let directory = try file(path, .directory)
        _ = try checked(synchronize(directory.descriptor), "fsync", path)
    }

    /// Makes everything durable that was written to the file system of `path`: one wait instead of one a file.
    package func synchronizeFileSystem(of path: String) throws(SystemError) {
        let directory = try file(path, .directory)
        _ = try checked(synchronizeFileSystem(directory.descriptor), "syncfs", path)
    }

    package func renameFile(_ path: String, to newPath: String) throws(SystemError) {
        _ = try checked(rename(path, to: newPath), "rename", path)
    }

    /// Removes a file. Its absence is no error.
    package func removeFile(_ path: String) throws(SystemError) {
        let result = unlink(path)
        if result != -ENOENT { _ = try checked(result, "unlink", path) }
    }

    /// Makes a directory. Its presence is no error.
    package func ensureDirectory(_ path: String) throws(SystemError) {
        let result = makeDirectory(path)
        if result != -EEXIST { _ = try checked(result, "mkdir", path) }
    }

    /// Removes a directory of files (and of directories of files). Its absence is no error.
    package func removeTree(_ path: String) throws(SystemError) {
        let names: [String]
        do { names = try list(path) } catch where error.errno == ENOENT { return }
        for name in names {
            let result = unlink("\(path)/\(name)")
            if result == -EISDIR || result == -EPERM {
                try removeTree("\(path)/\(name)")
            } else if result != -ENOENT {
                _ = try checked(result, "unlink", "\(path)/\(name)")
            }
        }
        _ = try checked(removeDirectory(path), "rmdir", path)
    }

    /// The whole of a file, nil when there is none.
    package func contents(of path: String) throws(SystemError) -> [UInt8]? {
        let file: File
        do { file = try self.file(path, .read) } catch where error.errno == ENOENT { return nil }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(try file.size()), alignment: 16)
        defer { bytes.deallocate() }
        return Array(bytes[..<(try file.read(into: bytes, at: 0))])
    }
}
