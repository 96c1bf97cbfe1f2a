// Do appends wait while a thousand old segments go?
internal import ArgumentParser
internal import Host
internal import StorageEngine

struct RetentionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention", abstract: "Appends at a fixed rate while retention removes many segments, beside the same appends without it.")

    @Option(help: "A directory for the logs.") var dir: String
    @Option(help: "Segments that go.") var segments = 1000
    @Option(help: "Bytes of an appended batch, at most.") var batchBytes = 65536
    @Option(help: "Appends of a pass.") var appends = 2000
    @Option(help: "Microseconds from one append to the next.") var intervalMicroseconds = 300
    @Option(help: "Pairs of passes.") var pairs = 9
    @OptionGroup var output: OutputOptions

    private static let smallBatchBytes = 4096

    func validate() throws {
        guard batchBytes >= 2048, segments > 1, appends >= 100, intervalMicroseconds > 0, pairs > 0 else {
            throw ValidationError("--batch-bytes of 2048 or more, two segments and a hundred appends or more, and positive counts")
        }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let rings = Rings(
            small: BatchRing(recordBytes: 1024, batchBytes: Self.smallBatchBytes, totalBytes: 1 << 20),
            large: BatchRing(recordBytes: 1024, batchBytes: batchBytes, totalBytes: 4 << 20))
        var (with, without): ([Double], [Double]) = ([], [])
        // The first pair is not counted.
        for pair in 0...pairs {
            for side in 0..<2 {
                let removes = (pair + side) % 2 == 0
                let nanoseconds = try pass(removes: removes, scratch, rings)
                guard pair > 0 else { continue }
                if removes { with.append(nanoseconds) } else { without.append(nanoseconds) }
            }
        }
        report(with, without)
    }

    private struct Rings {
        let small: BatchRing
        let large: BatchRing
    }

    /// A pass on a log of its own.
    ///
    /// - Returns: the 99th percentile of the appends, each from when it was due, in nanoseconds.
    private func pass(removes: Bool, _ scratch: ScratchDirectory, _ rings: Rings) throws -> Double {
        let directory = try scratch.make("log")
        defer { try? DiskFileSystem.shared.removeTree(directory) }
        let stored = try StoredLog(directory, segmentBytes: rings.small.batchBytes, ring: rings.large)
        try stored.fill(segments + 1, rings.small)
        try stored.close()
        // The last segment takes what comes and never is due; everything before it is, and its files go at once.
        try stored.reopen(segmentBytes: Int(Int32.max), rings.large) { log in
            log.retentionMilliseconds = nil
            log.retentionBytes = 1
            log.fileDeleteDelayMilliseconds = 0
        }
        let nanoseconds = try append(to: stored.log, removes: removes, rings.large)
        guard !removes || stored.log.logStartOffset > 0 else { throw SetupFailure(description: "retention removed nothing") }
        try stored.close()
        return nanoseconds
    }

    private func append(to log: PartitionLog, removes: Bool, _ ring: BatchRing) throws -> Double {
        var latencies: [UInt64] = []
        latencies.reserveCapacity(appends)
        let start = MonotonicClock.now()
        for n in 0..<appends {
            let due = start + UInt64(n * intervalMicroseconds) * 1000
            while MonotonicClock.now() < due {}
            if removes, n == appends / 10 { _ = try log.enforceRetention(now: WallClock.milliseconds()) }
            _ = try log.stage(ring[n])
            _ = try log.writeStaged()
            latencies.append(MonotonicClock.now() - due)
        }
        return Double(latencies.sorted()[appends * 99 / 100])
    }

    private func report(_ with: [Double], _ without: [Double]) {
        let ratios = zip(with, without).map { $0 / $1 }
        let ratio = Ratio(ratios)
        let skip = Comparison.skippedEachSide(of: ratios.count)
        let (low, high) = (ratios.sorted()[skip], ratios.sorted()[ratios.count - 1 - skip])
        output.print(
            command: "retention",
            [
                ("segments", .count(segments)), ("appends", .count(appends)), ("intervalMicroseconds", .count(intervalMicroseconds)),
                ("p99WithNanoseconds", .array(with.map { .number($0) })), ("p99WithoutNanoseconds", .array(without.map { .number($0) })),
                ("ratio", ratio.json), ("interval95", .array([.number(low), .number(high)])), ("pairs", .count(ratios.count)),
            ],
            table: [
                "append p99 while \(segments) segments go: \(fixed(Ratio(with).median / 1000, 1)) us, without \(fixed(Ratio(without).median / 1000, 1)) us: "
                    + "\(ratio.text); median within \(percent(low)) - \(percent(high)) at 95 %",
            ])
    }
}
