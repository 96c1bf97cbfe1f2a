// Does the page cache do better than a cache that a process keeps for itself?
internal import ArgumentParser
internal import CReference
internal import Host

struct OwnCacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "own-cache", abstract: "A writer with a reader close behind: through the page cache, and past it with a cache of its own.",
        discussion: """
            Both write the same blocks of 1 MiB in order, read each again a little later, and end with everything forced to the device. Past the \
            page cache (O_DIRECT) the last --cache-mebibytes are kept in memory of the process. Then each begins again, as behind a restart, and reads \
            what was cached.
            """)

    @Option(help: "A directory on the disk to be measured.") var dir: String
    @Option(help: "MiB of the cache.") var cacheMebibytes = 256
    @Option(help: "MiB by which the reader is behind.") var behindMebibytes = 32
    @Option(help: "Times the cache, what is written.") var times = 3
    @Option(help: "Pairs of passes.") var pairs = 7
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard cacheMebibytes > behindMebibytes, behindMebibytes > 0, times > 0, pairs > 0 else {
            throw ValidationError("--behind-mebibytes below --cache-mebibytes, and positive counts")
        }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let warm = WarmPass(in: scratch, bytes: times * cacheMebibytes << 20)
        var (page, own): ([creference_cached_log], [creference_cached_log]) = ([], [])
        // The first pair is not counted.
        for pair in 0...pairs {
            for isOwn in pair % 2 == 0 ? [true, false] : [false, true] {
                try warm.run()
                let found = try pass("\(scratch.path)/log", isOwn)
                guard pair > 0 else { continue }
                if isOwn { own.append(found) } else { page.append(found) }
            }
        }
        output.print(
            command: "own-cache", directory: dir, [("pairs", .count(pairs)), ("behindBytes", .count(behindMebibytes << 20)), ("writtenBytes", .count((times * cacheMebibytes) << 20))],
            items: items(page, own))
    }

    private func pass(_ path: String, _ isOwn: Bool) throws -> creference_cached_log {
        var result = creference_cached_log()
        let failed = creference_cached_log(
            path, isOwn, UInt64(cacheMebibytes) << 20, UInt64(times * cacheMebibytes) << 20, UInt32(behindMebibytes), &result)
        guard failed == 0 else { throw referenceFailure(failed, isOwn ? "log with a cache of its own" : "log through the page cache") }
        return result
    }

    private func items(_ page: [creference_cached_log], _ own: [creference_cached_log]) -> [FigureItem] {
        func rate(_ pass: creference_cached_log) -> Double { Double(pass.bytes) / pass.seconds / 1e6 }
        func cpu(_ pass: creference_cached_log) -> Double { pass.cpu_seconds / (Double(pass.bytes) / 1e9) }
        func again(_ pass: creference_cached_log) -> Double { pass.restart_bytes_per_second / 1e6 }
        func ratios(_ value: (creference_cached_log) -> Double, _ one: [creference_cached_log], _ other: [creference_cached_log]) -> [Double] {
            zip(one, other).map { value($0) / value($1) }
        }
        return [
            FigureItem("page_cache_throughput", medianOf: page.map(rate), unit: "MB/s", .higher), FigureItem("own_cache_throughput", medianOf: own.map(rate), unit: "MB/s", .higher),
            FigureItem("page_cache_to_own_cache", medianOf: ratios(rate, page, own), unit: "x", .higher),
            FigureItem("page_cache_cpu", medianOf: page.map(cpu), unit: "CPU-s/GB", .lower), FigureItem("own_cache_cpu", medianOf: own.map(cpu), unit: "CPU-s/GB", .lower),
            FigureItem("own_cache_cpu_to_page_cache", medianOf: ratios(cpu, own, page), unit: "x", .higher),
            FigureItem("page_cache_restart_read", medianOf: page.map(again), unit: "MB/s", .higher), FigureItem("own_cache_restart_read", medianOf: own.map(again), unit: "MB/s", .higher),
            FigureItem("restart_read_page_cache_to_own_cache", medianOf: ratios(again, page, own), unit: "x", .higher),
            FigureItem("page_cache_resident", medianOf: page.map { Double($0.resident_bytes) }, unit: "bytes", .lower),
            FigureItem("own_cache_resident", medianOf: own.map { Double($0.resident_bytes) }, unit: "bytes", .lower),
            FigureItem("cache_bytes", Double(cacheMebibytes << 20), unit: "bytes"),
        ]
    }
}
