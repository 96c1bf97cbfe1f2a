internal import CLinux

/// What the kernel keeps of a file in memory, and how to ask it to forget.
package enum PageCache {
    package static let pageSize: Int64 = 4096

    /// How residency was read.
    package enum Instrument: String, Sendable { case cachestat, mincore }

    package struct Residency: Equatable, Sendable {
        /// Bytes of the range, in whole pages of those it touches.
        package let residentBytes: Int64
        /// Dirty and under-writeback bytes; nil where mincore was the instrument, which cannot tell.
        package let dirtyBytes: Int64?
        package let instrument: Instrument
    }

    /// `OVERLAYFS_SUPER_MAGIC`: there cachestat answers zero for a fully cached file.
    private static let overlayMagic: Int64 = 0x794c_7630

    /// The instrument that tells the truth about the file behind `descriptor`: cachestat from Linux 6.5 on,
    /// mincore before it and on overlayfs.
    package static func instrument(for descriptor: Int32) -> Instrument {
        guard clinux_filesystem_magic(descriptor) != overlayMagic else { return .mincore }
        var probe = clinux_cachestat()
        return clinux_cachestat(descriptor, 0, 1, &probe) == 0 ? .cachestat : .mincore
    }

    /// Resident bytes of `range` of an open file. Starts no read-ahead.
    ///
    /// - Parameter instrument: as `instrument(for:)` answered; passing it saves two system calls a reading.
    /// - Throws: `SystemError` of cachestat(2), mmap(2) or mincore(2).
    package static func residency(
        of descriptor: Int32, in range: Range<Int64>, by instrument: Instrument
    ) throws(SystemError) -> Residency {
        switch instrument {
        case .cachestat:
            var pages = clinux_cachestat()
            _ = try checked(
                clinux_cachestat(descriptor, UInt64(range.lowerBound), UInt64(range.count), &pages), "cachestat", "fd \(descriptor)")
            return Residency(
                residentBytes: Int64(pages.cached) * pageSize,
                dirtyBytes: Int64(pages.dirty + pages.writeback) * pageSize, instrument: instrument)
        case .mincore:
            let pages = try checked(
                clinux_mincore_resident_pages(descriptor, UInt64(range.lowerBound), UInt64(range.count)), "mincore", "fd \(descriptor)")
            return Residency(residentBytes: pages * pageSize, dirtyBytes: nil, instrument: instrument)
        }
    }

    /// Writes the file's dirty pages and drops its clean ones (fdatasync, then POSIX_FADV_DONTNEED).
    package static func drop(_ descriptor: Int32) throws(SystemError) {
        _ = try checked(clinux_fdatasync(descriptor), "fdatasync", "fd \(descriptor)")
        _ = try checked(clinux_fadvise_dontneed(descriptor, 0, 0), "posix_fadvise", "fd \(descriptor)")
    }

    /// Brings `range` of an open file into the page cache and waits for it; then asks for as much again behind it.
    ///
    /// - Parameters:
    ///   - goesOn: whether to ask for what is behind it.
    ///   - scratch: memory to read through.
    package static func readAhead(
        _ descriptor: Int32, _ range: Range<Int64>, goesOn: Bool, through scratch: UnsafeMutableRawBufferPointer
    ) throws(SystemError) {
        var position = range.lowerBound
        _ = clinux_readahead(descriptor, position, range.count)
        while position < range.upperBound {
            let wanted = min(scratch.count, Int(range.upperBound - position))
            let count = try checked(
                clinux_pread(descriptor, scratch.baseAddress!, wanted, position), "pread", "fd \(descriptor)")
            guard count > 0 else { return }
            position += Int64(count)
        }
        if goesOn { _ = clinux_readahead(descriptor, position, range.count) }
    }
}
