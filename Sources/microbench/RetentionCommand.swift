// Do appends wait while a thousand old segments go?
internal import ArgumentParser
internal import Glibc
internal import Host
internal import StorageEngine

struct RetentionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention", abstract: "Appends at a fixed rate before, while and after retention removes many segments.",
        discussion: """
            Every pass has a log of its own with as many segments, and memory that stands ready. A third into the pass retention is asked for; \
            files are unlinked without the delay of file.delete.delay.ms. The appends from there until the last file was gone are compared \
            with those of the same pass before and after, so that what the machine does meanwhile falls to both.
            """)

    @Option(help: "A directory for the logs.") var dir: String
    @Option(help: "Segments that go.") var segments = 1000
    @Option(help: "KiB of each of them.") var segmentKibibytes = 4
    @Option(help: "Bytes of an appended batch, at most.") var batchBytes = 65536
    @Option(help: "Appends of a pass.") var appends = 15_000
    @Option(help: "Microseconds from one append to the next.") var intervalMicroseconds = 1000
    @Option(help: "Passes.") var passes = 4
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard batchBytes >= 2048, segments > 1, segmentKibibytes >= 2, appends >= 100, intervalMicroseconds > 0, passes > 0 else {
            throw ValidationError("--batch-bytes of 2048 or more, two segments and a hundred appends or more, and positive counts")
        }
        guard appends * batchBytes < Int(Int32.max) else { throw ValidationError("--appends × --batch-bytes must fit one segment of 2 GiB") }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let old = min(segmentKibibytes << 10, 1 << 20)
        let rings = Rings(
            old: BatchRing(recordBytes: 1024, batchBytes: old, totalBytes: max(1 << 20, old)),
            new: BatchRing(recordBytes: 1024, batchBytes: batchBytes, totalBytes: 4 << 20))
        var found: [RetentionPass] = []
        // The first pass is short and not counted.
        _ = try pass(appends: max(100, appends / 10), scratch, rings)
        for _ in 0..<passes { found.append(try pass(appends: appends, scratch, rings)) }
        report(found)
    }

    private struct Rings {
        let old: BatchRing
        let new: BatchRing
    }

    /// A pass on a log of its own.
    private func pass(appends: Int, _ scratch: ScratchDirectory, _ rings: Rings) throws -> RetentionPass {
        let directory = try scratch.make("log")
        defer { try? DiskFileSystem.shared.removeTree(directory) }
        let perSegment = max(1, (segmentKibibytes << 10) / rings.old.batchBytes)
        let stored = try StoredLog(directory, segmentBytes: perSegment * rings.old.batchBytes, ring: rings.new)
        try stored.fill((segments + 1) * perSegment, rings.old)
        try stored.close()
        // The last segment takes what comes and never is due; everything before it is.
        try stored.reopen(segmentBytes: Int(Int32.max), rings.new) { log in
            log.retentionMilliseconds = nil
            log.retentionBytes = 1
            log.fileDeleteDelayMilliseconds = 0
        }
        try WarmPass(in: scratch, bytes: appends * batchBytes).run()
        let asked = appends / 3
        let (latencies, askedAt) = try append(appends, to: stored.log, askingAt: asked, rings.new)
        guard stored.log.logStartOffset > 0 else { throw SetupFailure(description: "retention removed nothing") }
        let goneAt = try waitUntilGone("\(directory)/stored-0")
        try stored.close()
        return RetentionPass(latencies, leadIn: appends / 20, asked: asked, removalNanoseconds: goneAt - askedAt, interval: intervalMicroseconds)
    }

    /// - Returns: the nanoseconds of each append from when it was due, and the wall clock when retention was asked for.
    private func append(
        _ count: Int, to log: PartitionLog, askingAt asked: Int, _ ring: BatchRing
    ) throws -> (latencies: [UInt64], askedAtNanoseconds: Int64) {
        var latencies: [UInt64] = []
        latencies.reserveCapacity(count)
        var askedAt: Int64 = 0
        let start = MonotonicClock.now()
        for n in 0..<count {
            let due = start + UInt64(n * intervalMicroseconds) * 1000
            while MonotonicClock.now() < due {}
            if n == asked {
                askedAt = Self.wallNanoseconds()
                _ = try log.enforceRetention(now: WallClock.milliseconds())
            }
            _ = try log.stage(ring[n])
            _ = try log.writeStaged()
            latencies.append(MonotonicClock.now() - due)
        }
        return (latencies, askedAt)
    }

    /// Waits until one segment's files are left.
    ///
    /// - Returns: when the last of the others went, by the directory's own time: nobody looked while the appends ran.
    private func waitUntilGone(_ directory: String) throws -> Int64 {
        let deadline = MonotonicClock.now() + 120_000_000_000
        while MonotonicClock.now() < deadline {
            let names = ScratchDirectory.names(in: directory)
            if names.count(where: { $0.hasSuffix(".log") }) == 1, !names.contains(where: { $0.hasSuffix(".deleted") }) {
                var status = stat()
                guard stat(directory, &status) == 0 else { throw SystemError(call: "stat", errno: errno, subject: directory) }
                return Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            }
            MonotonicClock.sleep(nanoseconds: 5_000_000)
        }
        throw SetupFailure(description: "files that retention removed are still there")
    }

    private static func wallNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private func report(_ passes: [RetentionPass]) {
        let ratio = RatioOfPairs(passes.map { $0.beside.p99 / $0.alone.p99 })
        let outlived = passes.count { !$0.isOver }
        func array(_ value: (RetentionPass) -> Double) -> JSON { .array(passes.map { .number(value($0)) }) }
        func median(_ value: (RetentionPass) -> Double) -> Double { Ratio(passes.map(value)).median }
        output.print(
            command: "retention", directory: dir,
            [
                ("segments", .count(segments)), ("segmentKibibytes", .count(segmentKibibytes)), ("intervalMicroseconds", .count(intervalMicroseconds)),
                ("removalSeconds", array(\.removalSeconds)), ("outlived", .count(outlived)),
                ("besideAppends", array { Double($0.beside.count) }), ("aloneAppends", array { Double($0.alone.count) }),
                ("p99BesideNanoseconds", array(\.beside.p99)), ("p99AloneNanoseconds", array(\.alone.p99)),
                ("medianBesideNanoseconds", array(\.beside.median)), ("medianAloneNanoseconds", array(\.alone.median)),
                ("ratio", ratio.ratio.json), ("interval95", ratio.interval), ("passes", .count(passes.count)),
            ],
            table: [
                "append p99 while \(segments) segments go (\(fixed(median(\.removalSeconds), 1)) s): \(fixed(median(\.beside.p99) / 1000, 1)) us, "
                    + "before and after \(fixed(median(\.alone.p99) / 1000, 1)) us: \(ratio.ratio.text); "
                    + "median within \(percent(ratio.low)) - \(percent(ratio.high)) at 95 %"
                    + (outlived > 0 ? "; \(outlived) removals outlived their appends" : "")
            ])
    }
}

/// The appends of one pass, apart by whether files were going.
private struct RetentionPass {
    /// Latencies in nanoseconds.
    struct Part {
        let count: Int
        let median: Double
        let p99: Double

        init(_ latencies: [UInt64]) {
            let sorted = latencies.sorted()
            count = sorted.count
            median = Double(sorted[sorted.count / 2])
            p99 = Double(sorted[sorted.count * 99 / 100])
        }
    }

    let beside: Part
    let alone: Part
    let removalSeconds: Double
    /// Whether the last file had gone before the last append.
    let isOver: Bool

    /// - Parameters:
    ///   - leadIn: appends at the beginning that do not count: space is reserved in small steps there.
    ///   - asked: the append that retention was asked for before.
    ///   - interval: microseconds from one append to the next.
    init(_ latencies: [UInt64], leadIn: Int, asked: Int, removalNanoseconds: Int64, interval: Int) {
        removalSeconds = Double(max(0, removalNanoseconds)) / 1e9
        let end = asked + max(1, Int(removalNanoseconds) / (interval * 1000))
        isOver = end <= latencies.count
        let gone = min(end, latencies.count)
        beside = Part(Array(latencies[asked..<gone]))
        alone = Part(Array(latencies[leadIn..<asked] + latencies[gone...]))
    }
}
