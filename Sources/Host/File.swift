// An open file that closes itself when the last holder lets go: a reply that is still being sent from a segment
// holds it, so removing or replacing the segment meanwhile is harmless.
internal import Glibc

/// One open file. Its calls name themselves and the path when they fail.
package final class File: Sendable {
    /// For sendfile(2), splice(2) and the page cache. Valid as long as this object.
    package let descriptor: Int32
    package let path: String
    private let fileSystem: any FileSystem

    package init(descriptor: Int32, path: String, fileSystem: any FileSystem) {
        self.descriptor = descriptor
        self.path = path
        self.fileSystem = fileSystem
    }

    deinit { fileSystem.close(descriptor) }

    /// Reads until `bytes` is full or the file ends. The bytes read.
    package func read(into bytes: UnsafeMutableRawBufferPointer, at position: Int64) throws(SystemError) -> Int {
        var done = 0
        while done < bytes.count {
            let result = fileSystem.read(
                descriptor, bytes.baseAddress! + done, bytes.count - done, at: position + Int64(done))
            let count = try checked(result, "pread", path)
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Writes all of `bytes`, in as many calls as it takes.
    package func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let result = fileSystem.write(
                descriptor, bytes.baseAddress! + done, bytes.count - done, at: position + Int64(done))
            done += try progress(result, "pwrite")
        }
    }

    /// One pwritev(2). The bytes written, which may be fewer than the vectors hold, never none.
    package func write(
        _ vectors: UnsafePointer<WriteVector>, _ count: Int, at position: Int64
    ) throws(SystemError) -> Int {
        try progress(fileSystem.write(descriptor, vectors, Int32(count), at: position), "pwritev")
    }

    /// A write that takes nothing would be tried for ever: it counts as an input/output error.
    private func progress(_ result: Int, _ call: String) throws(SystemError) -> Int {
        guard result != 0 else { throw SystemError(call: call, errno: EIO, subject: path) }
        return try checked(result, call, path)
    }

    /// Waits until the file's bytes are on the disk (fdatasync(2)). A failure is final: the kernel may have
    /// dropped the pages, so a second call that succeeds proves nothing.
    package func synchronizeData() throws(SystemError) {
        _ = try checked(fileSystem.synchronizeData(descriptor), "fdatasync", path)
    }

    package func truncate(to bytes: Int64) throws(SystemError) {
        _ = try checked(fileSystem.truncate(descriptor, to: bytes), "ftruncate", path)
    }

    /// Reserves space behind `position` and lets the file grow over it, reading zeros.
    package func allocate(from position: Int64, count: Int64) throws(SystemError) {
        _ = try checked(fileSystem.allocate(descriptor, from: position, count: count), "fallocate", path)
    }

    package func size() throws(SystemError) -> Int64 {
        try checked(fileSystem.size(descriptor), "fstat", path)
    }

    /// Whether nothing of `range` is in the page cache. False when the kernel does not say.
    package func isCold(_ range: Range<Int64>) -> Bool {
        fileSystem.residentBytes(descriptor, from: range.lowerBound, count: Int64(range.count)) == 0
    }

    /// Takes the clean pages of `range` out of the page cache. A failure costs memory and nothing else.
    package func evict(_ range: Range<Int64>) {
        _ = fileSystem.evict(descriptor, from: range.lowerBound, count: Int64(range.count))
    }

    /// Whether this open file now holds the lock on the path; false when another holds it.
    package func tryLock() throws(SystemError) -> Bool {
        let result = fileSystem.tryLock(descriptor)
        if result == -EWOULDBLOCK { return false }
        _ = try checked(result, "flock", path)
        return true
    }
}
