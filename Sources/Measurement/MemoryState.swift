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

    /// The same, with what the ratios of vm.dirty_* come to for the available memory where the kernel does not say.
    package static func current(memory: MemoryState) -> DirtyLimits {
        if let known = current() { return known }
        func share(_ name: String, otherwise percent: UInt64) -> UInt64 {
            func setting(_ suffix: String) -> UInt64? {
                ProcFile.text("/proc/sys/vm/\(name)_\(suffix)").flatMap { ProcText.numbers($0[...].split(separator: "\n").first ?? "").first }
            }
            if let bytes = setting("bytes"), bytes > 0 { return bytes }
            return memory.availableBytes / 100 * (setting("ratio") ?? percent)
        }
        return DirtyLimits(
            backgroundBytes: share("dirty_background", otherwise: 10), limitBytes: share("dirty", otherwise: 20))
    }

    private init(backgroundBytes: UInt64, limitBytes: UInt64) {
        self.backgroundBytes = backgroundBytes
        self.limitBytes = limitBytes
    }

    init?(_ vmstat: String, pageBytes: UInt64) {
        let table = ProcText.pairs(vmstat)
        guard let background = table["nr_dirty_background_threshold"], let limit = table["nr_dirty_threshold"] else { return nil }
        backgroundBytes = background * pageBytes
        limitBytes = limit * pageBytes
    }
}
