// Rates of the calibration as the limits that shares are taken of.
internal import Measurement
internal import Results

/// What a run can be bound by, as the calibration before it found it; nil where it was not measured.
struct CalibratedRates {
    private let metrics: [Metric]

    init(_ metrics: [Metric]) { self.metrics = metrics }

    /// The faster of the two ways to write in sequence: what the device can take.
    var writeBytesPerSecond: Double? { metrics.filter { Self.writes.contains($0.name) }.compactMap(bytesPerSecond).max() }
    /// One loopback connection.
    var streamBytesPerSecond: Double? { metrics.first { $0.name == "tcp_stream" }.flatMap(bytesPerSecond) }

    private func bytesPerSecond(_ metric: Metric) -> Double? { metric.value.flatMap { $0 > 0 ? $0 * 1e9 : nil } }

    /// Past the page cache first: its readings differ by chance less, and it needs no warm memory.
    private static let writes = ["write_direct", "write_buffered"]

    /// The item of the calibration that tells whether a resource is still what it was; nil where it was not measured.
    func item(of limiter: Limiter?) -> String? {
        let names: [String] =
            switch limiter {
            case .disk: Self.writes
            // Whose threads need the CPU makes no difference to it.
            case .cpu, .client: ["crc_varint_one_core"]
            case .network: ["tcp_stream"]
            case .offeredLoad, .unknown, nil: []
            }
        return names.first { name in metrics.contains { $0.name == name && $0.value != nil } }
    }
}
