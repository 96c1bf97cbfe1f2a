// A file range sent from where it is mapped: one copy, no buffer, and page tables to make and tear down.
internal import CLinux
internal import Glibc
internal import Host

/// The part of a file that is mapped for one connection: a window of the range that it sends.
struct FileMapping {
    private var start: UnsafeMutableRawPointer?
    private var mappedBytes = 0
    /// Of the file, on a page boundary.
    private var position: Int64 = 0

    /// Mapped at once, at most: larger ranges go window by window, so that no client holds a gigabyte of tables.
    static let windowBytes = 16 << 20

    /// The bytes of the file from `at` on that are mapped.
    func bytes(from at: Int64) -> UnsafeRawBufferPointer? {
        guard let start, at >= position, at < position + Int64(mappedBytes) else { return nil }
        let offset = Int(at - position)
        return UnsafeRawBufferPointer(start: start + offset, count: mappedBytes - offset)
    }

    /// Maps a window of `range` with its pages in place: a fault for each of them would cost more than the copy. It ends where the file
    /// does: behind that, the last page reads as zeros.
    ///
    /// - Returns: bytes from the start of the range on, 0 when the file ends before it, or a negative errno.
    mutating func map(_ range: FileRange) -> Int {
        release()
        position = range.position / PageCache.pageSize * PageCache.pageSize
        let size = clinux_file_size(range.descriptor)
        guard size > range.position else { return Int(min(0, size)) }
        let wanted = min(range.count + Int(range.position - position), Self.windowBytes, Int(size - position))
        guard let map = mmap(nil, wanted, PROT_READ, MAP_SHARED | Int32(MAP_POPULATE), range.descriptor, off_t(position)), map != MAP_FAILED else {
            return -Int(errno)
        }
        start = map
        mappedBytes = wanted
        return wanted - Int(range.position - position)
    }

    mutating func release() {
        guard let start else { return }
        munmap(start, mappedBytes)
        self.start = nil
        mappedBytes = 0
    }
}

extension FramedConnection {
    func sendMappedOnce() -> Bool {
        let range = files[filesHead].range
        if mapping.bytes(from: range.position) == nil {
            // With the file's size, and the unmapping.
            loop.counters.systemCalls &+= 3
            let count = mapping.map(range)
            guard count > 0 else { return fileFailed("mmap", count) }
        }
        let window = mapping.bytes(from: range.position)!
        let wanted = min(range.count, window.count)
        // A file that was cut meanwhile answers EFAULT: it is the kernel that reads, so no signal comes.
        let count = clinux_send(fd, window.baseAddress!, wanted, isMoreBehind(wanted))
        if count == -Int(EFAULT) { return fileFailed("send", 0) }
        guard sent(count) else { return false }
        advance(count, zeroCopy: false)
        return true
    }
}
