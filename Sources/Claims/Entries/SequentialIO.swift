// a. Order on the disk.
internal import Host
internal import Measurement
internal import Results

struct SequentialIO: Claim {
    let letter = "a"
    let name = "sequential-io"
    let sentence = "Sequential I/O beats random I/O by orders of magnitude, and a log only appends and reads in order."
    let method = """
        One file on the data directory's device, past the page cache: 1 MiB in order against 4 KiB at random places, one request at a time, in turns. \
        Then a produce load that is flushed five times a second: how large the requests are that reach the device.
        """
    let experiments = ["device-order", "steady"]

    /// One order of magnitude is worth saying, two are what is claimed.
    private static let claimed = 100.0, least = 10.0
    /// Of what a log's writes reach the device in: sixteen pages are no random write any more.
    static let sequentialRequestBytes = 65_536.0
    /// Fewer requests say nothing.
    static let requestsMinimum: UInt64 = 50

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("Reading in order is two orders of magnitude faster than reading at random places.", of: "device-order") { points in
                try Self.answer(points[0], "read")
            },
            evidence.finding("Writing in order is two orders of magnitude faster than writing at random places.", of: "device-order") { points in
                try Self.answer(points[0], "write")
            },
            evidence.finding("What a log writes reaches the device in large requests, as sequential writes do.", of: "steady") { points in
                try Self.requests(points[0])
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

    private static func requests(_ point: Evidence.Point) throws -> Answer {
        guard let disk = try point.load.phase.host?.disks.values.first else { throw Unanswered.here("the data directory has no block device of its own whose requests could be counted") }
        guard disk.writes >= requestsMinimum else { throw Unanswered.here("only \(disk.writes) writes reached the device in the phase") }
        let mean = Metric.measured(
            "bytes_per_device_write", Double(disk.writtenBytes) / Double(disk.writes), unit: "bytes", polarity: .higherIsBetter, samples: disk.writes)
        return Answer([mean], mean.verdict(atLeast: sequentialRequestBytes, otherwise: "a device write is of \(ClaimText.figure(mean))"))
    }
}
