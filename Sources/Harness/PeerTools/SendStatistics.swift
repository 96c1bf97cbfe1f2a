// What Kafka's producer tool counts, and the lines that it makes of it.

/// Acknowledged records over the whole run and in the window under way. Times are milliseconds on one clock, latencies whole ones.
struct SendStatistics {
    /// The records between two lines.
    struct Window: Equatable {
        let start: Int64
        var end: Int64
        var count: Int64 = 0
        var bytes: Int64 = 0
        var totalLatency: Int64 = 0
        var maximumLatency: Int64 = 0
        /// Whether no other one came before it.
        let isFirst: Bool

        var line: String {
            let rate = SendRate(count: count, bytes: bytes, milliseconds: end - start)
            return "\(count) records sent, \(javaFixed(rate.records, 1)) records/sec (\(javaFixed(rate.megabytes, 2)) MB/sec), "
                + "\(javaFixed(Double(totalLatency) / Double(count), 1)) ms avg latency, \(javaFixed(Double(maximumLatency), 1)) ms max latency."
        }
    }

    private let start: Int64
    private let interval: Int64
    private let isSteadyState: Bool
    /// Every so many records one latency is kept.
    private let sampling: Int64
    private var samples: [Int32] = []
    private(set) var count: Int64 = 0
    private var bytes: Int64 = 0
    private var totalLatency: Int64 = 0
    private var maximumLatency: Int64 = 0
    private var window: Window

    /// Above it not every latency is kept: up to twice as many are.
    private static let mostSamples: Int64 = 500_000

    /// - Parameters:
    ///   - records: how many will come at most.
    ///   - interval: milliseconds that a window lasts at least.
    ///   - isSteadyState: whether a warm-up went before, which the total line says.
    init(records: Int64, interval: Int64, isSteadyState: Bool, start: Int64) {
        precondition(records > 0 && interval > 0, "\(records) records, windows of \(interval) ms")
        self.start = start
        self.interval = interval
        self.isSteadyState = isSteadyState
        sampling = records / min(records, Self.mostSamples)
        samples.reserveCapacity(Int(records / sampling) + 1)
        window = Window(start: start, end: start, isFirst: true)
    }

    /// Counts one acknowledged record.
    ///
    /// - Parameter now: when its acknowledgement came. Only that ends windows: while nothing is acknowledged, no line is due.
    /// - Returns: the window that ends with this record.
    mutating func record(latency: Int64, bytes recordBytes: Int, at now: Int64) -> Window? {
        if count % sampling == 0 { samples.append(Int32(clamping: latency)) }
        count += 1
        bytes += Int64(recordBytes)
        totalLatency += latency
        maximumLatency = max(maximumLatency, latency)
        window.count += 1
        window.bytes += Int64(recordBytes)
        window.totalLatency += latency
        window.maximumLatency = max(window.maximumLatency, latency)
        guard now - window.start >= interval else { return nil }
        window.end = now
        defer { window = Window(start: now, end: now, isFirst: false) }
        return window
    }

    /// The line at the end.
    func totalLine(at now: Int64) -> String {
        let rate = SendRate(count: count, bytes: bytes, milliseconds: now - start)
        let sorted = samples.sorted()
        let percentiles = [(0.5, "50th"), (0.95, "95th"), (0.99, "99th"), (0.999, "99.9th")].map { share, name in
            // As Kafka takes it: the sample behind that share of all, rounded down.
            "\(sorted.isEmpty ? 0 : sorted[Int(share * Double(sorted.count))]) ms \(name)"
        }
        return "\(count)\(isSteadyState ? " steady state" : "") records sent, \(javaFixed(rate.records, 6)) records/sec "
            + "(\(javaFixed(rate.megabytes, 2)) MB/sec), \(javaFixed(Double(totalLatency) / Double(count), 2)) ms avg latency, "
            + "\(javaFixed(Double(maximumLatency), 2)) ms max latency, \(percentiles.joined(separator: ", "))."
    }
}

/// Per second; a megabyte of these tools is 2²⁰ bytes.
private struct SendRate {
    let records: Double
    let megabytes: Double

    init(count: Int64, bytes: Int64, milliseconds: Int64) {
        records = 1000 * Double(count) / Double(milliseconds)
        megabytes = 1000 * Double(bytes) / Double(milliseconds) / 1_048_576
    }
}
