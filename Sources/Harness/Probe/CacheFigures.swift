// What a probe says of the page cache: how much of the log was in it, and how much of what was served came out of it.
internal import Host
internal import Results

struct CacheFigures {
    private let readings: [SegmentReading]
    private let unavailable: String?
    private let processBytes, deviceBytes: UInt64?
    private let servedBytes: UInt64

    /// - Parameters:
    ///   - processBytes, deviceBytes: read from the device in the phase, by the broker and by everybody; nil: not known.
    ///   - servedBytes: of records that the run's consumers got.
    init(_ lines: ArraySlice<ProbeLine>, processBytes: UInt64?, deviceBytes: UInt64?, servedBytes: UInt64) {
        readings = lines.compactMap(\.segments)
        unavailable = lines.compactMap(\.segmentsUnavailable).first
        self.processBytes = processBytes
        self.deviceBytes = deviceBytes
        self.servedBytes = servedBytes
    }

    func metrics() -> [Metric] {
        [
            residency(), hitRate("hit_rate_by_process", processBytes, "what the broker read from the device (/proc/PID/io) is not readable"),
            hitRate("hit_rate_by_device", deviceBytes, "no block device under the data directory"),
        ]
    }

    private func residency() -> Metric {
        let name = "segments_resident"
        let shares = readings.map(\.residentShare)
        guard let last = readings.last, let lowest = shares.min(), let highest = shares.max() else {
            return .unavailable(name, unit: "%", polarity: .neutral, reason: unavailable ?? "no reading of the segment files")
        }
        let extent = last.countedFiles < last.files ? "the newest \(last.countedFiles) of \(last.files) files" : "all \(last.files) files"
        return .measured(
            name, 100 * shares.reduce(0, +) / Double(shares.count), unit: "%", polarity: .neutral, samples: UInt64(shares.count),
            note: "probe; \(last.instrument) of \(extent) once a second, preallocated space included; from \(percent(lowest, decimals: 1)) to \(percent(highest, decimals: 1))")
    }

    private func hitRate(_ name: String, _ readBytes: UInt64?, _ reason: String) -> Metric {
        guard servedBytes > 0 else { return .unavailable(name, unit: "%", polarity: .higherIsBetter, reason: "nothing was consumed") }
        guard let readBytes else { return .unavailable(name, unit: "%", polarity: .higherIsBetter, reason: reason) }
        return .measured(
            name, 100 * max(0, 1 - Double(readBytes) / Double(servedBytes)), unit: "%", polarity: .higherIsBetter,
            note: "probe; bytes read from the device against record bytes consumed, read-ahead included")
    }
}
