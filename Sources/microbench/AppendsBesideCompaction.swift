// How fast does a log take batches while another one of its directory is compacted?
internal import Host
internal import StorageEngine

struct AppendsBesideCompaction {
    private enum Side: Int, CaseIterable {
        case alone, throttled, unthrottled
    }

    private let scratch: ScratchDirectory
    private let batches: KeyedBatches
    private let segmentBytes: Int
    private let mostBytes: Int
    private let throttledBytesPerSecond: Int64
    private let ring = BatchRing(recordBytes: 1024, batchBytes: 65536, totalBytes: 4 << 20)
    /// GB/s by side, in rounds.
    private var rates: [[Double]] = Side.allCases.map { _ in [] }
    /// Seconds that an unthrottled compaction took beside the appends.
    private var compactionSeconds: [Double] = []

    /// One untimed round, then `rounds` of one pass of each side, which take turns in being the first.
    init(
        scratch: ScratchDirectory, batches: KeyedBatches, segmentBytes: Int, mostBytes: Int, throttledBytesPerSecond: Int64, rounds: Int
    ) throws {
        self.scratch = scratch
        self.batches = batches
        self.segmentBytes = segmentBytes
        self.mostBytes = mostBytes
        self.throttledBytesPerSecond = throttledBytesPerSecond
        let sides = Side.allCases
        for round in 0...rounds {
            for turn in sides.indices {
                let side = sides[(turn + round) % sides.count]
                let (rate, seconds) = try pass(side)
                guard round > 0 else { continue }
                rates[side.rawValue].append(rate)
                if side == .unthrottled, let seconds { compactionSeconds.append(seconds) }
            }
        }
    }

    /// - Returns: GB appended a second, and how long the compaction took if it ended first.
    private func pass(_ side: Side) throws -> (gigabytesPerSecond: Double, compactionSeconds: Double?) {
        let directory = try scratch.make("beside")
        defer { ScratchDirectory.removeTree(directory) }
        let compacted = try CompactedLog(
            directory, segmentBytes: segmentBytes, batches, bytesPerSecond: side == .throttled ? throttledBytesPerSecond : nil)
        try WarmPass(in: scratch, bytes: mostBytes + 2 * batches.byteCount).run()
        let log = compacted.otherLog
        let end = CompactionEnd()
        // Until space is reserved in steps as large as they get.
        _ = try append(to: log, atMost: mostBytes / 8, until: end)
        if side != .alone { compacted.startCompacting(end) }
        let rate = try append(to: log, atMost: mostBytes, until: end)
        try compacted.close()
        if let failure = end.report?.failure { throw failure }
        return (rate, end.report?.seconds)
    }

    private func append(to log: PartitionLog, atMost most: Int, until end: CompactionEnd) throws -> Double {
        let gather = max(1, (1 << 20) / ring.batchBytes)
        let start = MonotonicClock.now()
        var (number, bytes) = (0, 0)
        repeat {
            for _ in 0..<gather {
                _ = try log.stage(ring[number])
                number += 1
            }
            bytes += try log.writeStaged().bytes
        } while bytes < most && !end.isGiven
        return Double(bytes) / Double(MonotonicClock.now() - start)
    }

    private func ratio(_ side: Side) -> RatioOfPairs {
        RatioOfPairs(zip(rates[side.rawValue], rates[Side.alone.rawValue]).map { $0 / $1 })
    }

    var json: JSON {
        func side(_ side: Side) -> JSON {
            let ratio = ratio(side)
            return .object([
                ("GBps", .number(Ratio(rates[side.rawValue]).median)), ("passesGBps", .array(rates[side.rawValue].map { .number($0) })),
                ("ratio", ratio.ratio.json), ("interval95", ratio.interval),
            ])
        }
        return .object([
            ("aloneGBps", .number(Ratio(rates[Side.alone.rawValue]).median)),
            ("passesAloneGBps", .array(rates[Side.alone.rawValue].map { .number($0) })),
            ("throttledBytesPerSecond", .count(throttledBytesPerSecond)), ("throttled", side(.throttled)), ("unthrottled", side(.unthrottled)),
            ("compactionSeconds", .array(compactionSeconds.map { .number($0) })), ("rounds", .count(rates[0].count)),
        ])
    }

    var lines: [String] {
        let alone = fixed(Ratio(rates[Side.alone.rawValue]).median, 2)
        func line(_ name: String, _ side: Side) -> String {
            let ratio = ratio(side)
            return "appends beside it, \(name): \(fixed(Ratio(rates[side.rawValue]).median, 2)) GB/s, alone \(alone) GB/s: "
                + "\(ratio.ratio.text); median within \(percent(ratio.low)) - \(percent(ratio.high)) at 95 %"
        }
        return [line("held to \(throttledBytesPerSecond >> 20) MiB/s", .throttled), line("not held", .unthrottled)]
    }
}
