// a. Order on the disk.
internal import Host
internal import Measurement
internal import Results

struct SequentialIO: Claim {
    let letter = "a"
    let name = "sequential-io"
    let sentence = "Sequential I/O beats random I/O by orders of magnitude, and a log only appends and reads in order."
    let method = """
        One file on the data directory's device, past the page cache: 1 MiB in order against 4 KiB at random places, one request at a time, in turns, and \
        each size in the other order, which tells what of it is the order and what the size. Then a produce load that is flushed five times a second, and \
        a consumer of a log whose pages were dropped: how large the requests are that reach the device.
        """
    let experiments = ["device-order", "steady", "warm-up"]

    /// One order of magnitude is worth saying, two are what is claimed.
    private static let claimed = 100.0, least = 10.0
    /// Of what a log's writes and reads reach the device in: sixteen pages are at no random place any more.
    private static let sequentialRequestBytes = 65_536.0
    /// Fewer requests say nothing.
    private static let requestsMinimum: UInt64 = 50

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("Reading in order is two orders of magnitude faster than reading at random places.", of: "device-order") { points in
                try Self.answer(points[0], "read")
            },
            evidence.finding("Writing in order is two orders of magnitude faster than writing at random places.", of: "device-order") { points in
                try Self.answer(points[0], "write")
            },
            evidence.finding("Order alone is worth one order of magnitude, for reads of 4 KiB either way.", of: "device-order", isEssential: false) { points in
                let ratio = try points[0].metric("read_order_ratio_of_4_KiB")
                let names = ["read_order_ratio_of_1_MiB", "read_size_ratio_at_random", "write_order_ratio_of_4_KiB", "write_order_ratio_of_1_MiB", "write_size_ratio_at_random"]
                let figures = try [ratio] + names.map(points[0].metric)
                return Answer(figures, ratio.verdict(atLeast: Self.least, otherwise: "in order 4 KiB are read \(ClaimText.figure(ratio)) as fast as at random: the rest is the size of the requests"))
            },
            evidence.finding("The device does what is commonly said of its class.", of: "device-order", isEssential: false) { points in try StatedDisk.answer(points[0]) },
            evidence.finding("What a log writes reaches the device in large requests, as sequential writes do.", of: "steady") { points in
                try Self.requests(try points[0].load.phase, \.writes, \.writtenBytes, "write")
            },
            evidence.finding("What a consumer reads of a cold log reaches the device in large requests, as sequential reads do.", of: "warm-up") { points in
                guard let phase = points[0].record.phases.first(where: { $0.name == "read cold" }) else { throw Unanswered.ours("\(points[0].run) read no cold log") }
                return try Self.requests(phase, \.reads, \.readBytes, "read")
            },
        ]
    }

    private static func answer(_ point: Evidence.Point, _ kind: String) throws -> Answer {
        let ratio = try point.metric("\(kind)_order_ratio")
        let figures = try ["random_\(kind)_iops", "random_\(kind)", "sequential_\(kind)"].map(point.metric) + [ratio]
        let found = ratio.verdict(atLeast: claimed, otherwise: "\(kind)s in order are \(ClaimText.figure(ratio)) as fast as at random")
        if case .holds = found { return Answer(figures, found) }
        let one = ratio.verdict(atLeast: least, otherwise: "\(kind)s in order are \(ClaimText.figure(ratio)) as fast as at random")
        guard case .holds = one else { return Answer(figures, one) }
        return Answer(figures, .holdsWhen("“orders of magnitude” means at least one, for \(kind)s: \(ClaimText.figure(ratio)) here"))
    }

    private static func requests(
        _ phase: PhaseRecord, _ count: KeyPath<DiskUsage, UInt64>, _ bytes: KeyPath<DiskUsage, UInt64>, _ kind: String
    ) throws -> Answer {
        guard let disk = phase.host?.disks.values.first else { throw Unanswered.here("the data directory has no block device of its own whose requests could be counted") }
        let requests = disk[keyPath: count]
        guard requests >= requestsMinimum else { throw Unanswered.here("only \(requests) \(kind)s reached the device in the phase") }
        let mean = Metric.measured(
            "bytes_per_device_\(kind)", Double(disk[keyPath: bytes]) / Double(requests), unit: "bytes", polarity: .higherIsBetter, samples: requests)
        return Answer([mean], mean.verdict(atLeast: sequentialRequestBytes, otherwise: "a device \(kind) is of \(ClaimText.figure(mean))"))
    }
}
