// Memory as /proc/meminfo tells it, and the limits on dirty pages that the kernel derives from it.

package struct MemoryState: Codable, Equatable, Sendable {
    package var totalBytes, freeBytes, availableBytes, cachedBytes, dirtyBytes, writebackBytes, swapUsedBytes: UInt64

    /// The text of /proc/meminfo.
    init(_ text: String) {
        let table = ProcText.table(text)
        func bytes(_ name: Substring) -> UInt64 { (table[name] ?? 0) * 1024 }
        totalBytes = bytes("MemTotal")
        freeBytes = bytes("MemFree")
        availableBytes = bytes("MemAvailable")
        cachedBytes = bytes("Cached")
        dirtyBytes = bytes("Dirty")
        writebackBytes = bytes("Writeback")
        swapUsedBytes = bytes("SwapTotal") - min(bytes("SwapTotal"), bytes("SwapFree"))
    }

    /// The state right now.
    package static func current() -> MemoryState { MemoryState(ProcFile.text("/proc/meminfo") ?? "") }
}

/// How much may be dirty before the kernel starts writing, and before it makes writers wait.
package struct DirtyLimits: Codable, Equatable, Sendable {
    /// Background writeback starts here.
    package var backgroundBytes: UInt64
    /// Writers are throttled here: the dirty limit of METHOD §5.
    package var limitBytes: UInt64

    /// The thresholds that the kernel computed from vm.dirty_* and the memory of the moment
    /// (/proc/vmstat, nr_dirty_threshold and nr_dirty_background_threshold); nil where it does not say.
    package static func current() -> DirtyLimits? {
        ProcFile.text("/proc/vmstat").flatMap { DirtyLimits($0, pageBytes: ProcFile.pageBytes) }
    }

    init?(_ vmstat: String, pageBytes: UInt64) {
        let table = ProcText.pairs(vmstat)
        guard let background = table["nr_dirty_background_threshold"], let limit = table["nr_dirty_threshold"] else { return nil }
        backgroundBytes = background * pageBytes
        limitBytes = limit * pageBytes
    }
}
