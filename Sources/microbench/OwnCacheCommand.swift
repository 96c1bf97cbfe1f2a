// Does the page cache do better than a cache that a process keeps for itself?
internal import ArgumentParser
internal import Host

struct OwnCacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "own-cache", abstract: "A writer with a reader behind: through the page cache, and past it with a cache of its own, in as much memory.",
        discussion: """
            Both write the same blocks of 1 MiB in order, read each again a little later, and end with everything forced to the device. Past the \
            page cache (O_DIRECT) the last --cache-mebibytes are kept in memory of the process. Each is a process of its own in a control group that holds \
            the cache and little more, so that the page cache has no more than the other; where no group may be made, that is said. Then the same with a \
            reader that is farther behind than either cache reaches. Each begins again, as behind a restart, and reads what was cached. Last, without a \
            group, a process that keeps a cache of its own beside the page cache: what everything kept twice looks like.
            """)

    @Option(help: "A directory on the disk to be measured.") var dir: String
    @Option(help: "MiB of the cache.") var cacheMebibytes = 256
    @Option(help: "MiB by which the reader is behind.") var behindMebibytes = 32
    @Option(help: "Times the cache, what is written.") var times = 3
    @Option(help: "Pairs of passes.") var pairs = 7
    @OptionGroup var output: OutputOptions

    /// Beside the cache, for the process itself and for what is on its way to the device.
    private static let roomMebibytes = 32

    func validate() throws {
        guard cacheMebibytes > behindMebibytes, behindMebibytes > 0, times > 1, pairs > 0, times * cacheMebibytes < 1 << 20 else {
            throw ValidationError("--behind-mebibytes below --cache-mebibytes, --times of 2 or more, and positive counts")
        }
    }

    /// Passes side by side, of a reader that is so far behind.
    private struct Side {
        var page: [CachedLog] = []
        var own: [CachedLog] = []
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        var group: MemoryGroup?
        var limit = FigureItem("cache_limit", Double((cacheMebibytes + Self.roomMebibytes) << 20), unit: "bytes")
        do { group = try MemoryGroup(limitBytes: (cacheMebibytes + Self.roomMebibytes) << 20) } catch let failure as SetupFailure {
            limit = FigureItem("cache_limit", unit: "bytes", unavailable: failure.description)
        }
        defer { group?.remove() }
        // Half a cache beyond what it holds.
        let farMebibytes = cacheMebibytes + cacheMebibytes / 2
        let warm = WarmPass(in: scratch, bytes: times * cacheMebibytes << 20)
        var (near, far) = (Side(), Side())
        // The first pair is not counted.
        for pair in 0...pairs {
            for isOwn in pair % 2 == 0 ? [true, false] : [false, true] {
                for isFar in [false, true] {
                    try warm.run()
                    let found = try pass(
                        scratch, isOwn ? .own : .page, group?.path, mebibytes: times * cacheMebibytes, behind: isFar ? farMebibytes : behindMebibytes)
                    guard pair > 0 else { continue }
                    switch (isFar, isOwn) {
                    case (false, true): near.own.append(found)
                    case (false, false): near.page.append(found)
                    case (true, true): far.own.append(found)
                    case (true, false): far.page.append(found)
                    }
                }
            }
        }
        let twice = try pass(scratch, .both, nil, mebibytes: cacheMebibytes, behind: behindMebibytes)
        output.print(
            command: "own-cache", directory: dir,
            [
                ("pairs", .count(pairs)), ("behindBytes", .count(behindMebibytes << 20)), ("farBehindBytes", .count(farMebibytes << 20)),
                ("writtenBytes", .count((times * cacheMebibytes) << 20)),
            ],
            items: [limit] + items(near) + items(far: far) + items(twice: twice))
    }

    private func pass(_ scratch: ScratchDirectory, _ kind: CachedLogCommand.Kind, _ group: String?, mebibytes: Int, behind: Int) throws -> CachedLog {
        let (text, status) = try ChildRun.output(
            of: [
                "cached-log", "--kind", kind.rawValue, "--path", "\(scratch.path)/log", "--cache-mebibytes", "\(cacheMebibytes)", "--mebibytes", "\(mebibytes)",
                "--behind-mebibytes", "\(behind)",
            ] + (group.map { ["--group", $0] } ?? []))
        guard status == 0, let found = CachedLog(line: text) else {
            throw SetupFailure(description: "a log cached by \(kind.rawValue) ended with status \(status)")
        }
        return found
    }

    private func rate(_ pass: CachedLog) -> Double { pass.bytes / pass.seconds / 1e6 }
    private func cpu(_ pass: CachedLog) -> Double { pass.cpuSeconds / (pass.bytes / 1e9) }
    private func again(_ pass: CachedLog) -> Double { pass.restartBytesPerSecond / 1e6 }
    /// Percent of what was read that came from no device.
    private func hits(_ pass: CachedLog) -> Double { 100 * (1 - min(1, pass.deviceReadBytes / pass.bytesRead)) }
    private func ratios(_ value: (CachedLog) -> Double, _ one: [CachedLog], _ other: [CachedLog]) -> [Double] {
        zip(one, other).map { value($0) / value($1) }
    }

    private func items(_ near: Side) -> [FigureItem] {
        let (page, own) = (near.page, near.own)
        return [
            FigureItem("page_cache_throughput", medianOf: page.map(rate), unit: "MB/s", .higher), FigureItem("own_cache_throughput", medianOf: own.map(rate), unit: "MB/s", .higher),
            FigureItem("page_cache_to_own_cache", medianOf: ratios(rate, page, own), unit: "x", .higher),
            // Of all the machine, for most of what the page cache costs is done by others: the kernel's threads that write back.
            FigureItem("page_cache_cpu", medianOf: page.map(cpu), unit: "CPU-s/GB", .lower), FigureItem("own_cache_cpu", medianOf: own.map(cpu), unit: "CPU-s/GB", .lower),
            FigureItem("own_cache_cpu_to_page_cache", medianOf: ratios(cpu, own, page), unit: "x", .higher),
            FigureItem("page_cache_restart_read", medianOf: page.map(again), unit: "MB/s", .higher), FigureItem("own_cache_restart_read", medianOf: own.map(again), unit: "MB/s", .higher),
            FigureItem("restart_read_page_cache_to_own_cache", medianOf: ratios(again, page, own), unit: "x", .higher),
            FigureItem("page_cache_resident", medianOf: page.map(\.residentBytes), unit: "bytes", .lower),
            FigureItem("own_cache_resident", medianOf: own.map(\.residentBytes), unit: "bytes", .lower),
            FigureItem("cache_bytes", Double(cacheMebibytes << 20), unit: "bytes"),
        ]
    }

    private func items(far: Side) -> [FigureItem] {
        let (page, own) = (far.page, far.own)
        func share(_ name: String, _ passes: [CachedLog]) -> FigureItem {
            passes.contains { $0.deviceReadBytes < 0 }
                ? FigureItem(name, unit: "%", unavailable: "the kernel does not count a process's device reads") : FigureItem(name, medianOf: passes.map(hits), unit: "%", .higher)
        }
        return [
            FigureItem("far_page_cache_throughput", medianOf: page.map(rate), unit: "MB/s", .higher),
            FigureItem("far_own_cache_throughput", medianOf: own.map(rate), unit: "MB/s", .higher),
            FigureItem("far_page_cache_to_own_cache", medianOf: ratios(rate, page, own), unit: "x", .higher), share("far_page_cache_hits", page),
            share("far_own_cache_hits", own),
        ]
    }

    /// Of a log that fits into either cache, what its process grew by and what the page cache holds.
    private func items(twice: CachedLog) -> [FigureItem] {
        [
            FigureItem("both_resident_growth_of_log", 100 * twice.residentGrowthBytes / twice.bytes, unit: "%", .lower),
            FigureItem("both_page_cache_of_log", 100 * twice.pageCacheBytes / twice.bytes, unit: "%", .neutral),
        ]
    }
}
