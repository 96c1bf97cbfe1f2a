// How readers that were held back caught up.
internal import Host
internal import Measurement

package struct CatchUpRecord: Codable, Equatable, Sendable {
    /// What the producers did meanwhile: `running`, `throttled`, `stopped`.
    package var producers: String
    /// Records a second that they offered meanwhile.
    package var offeredPerSecond: Double
    /// The log's pages when the readers began: `as it was`, `cold`, or `guest-cold` in a virtual machine.
    package var cache: String
    /// Records that the readers were behind when they began, all partitions together.
    package var backlogRecords: UInt64
    /// Of a record's value, on average over what they were kept from.
    package var recordBytes: UInt64
    /// Until everything of it was acknowledged.
    package var buildSeconds: Double
    /// Until the readers were behind by at most `allowedRecords`, in each set of topics by its part of them, looked at every 20 ms; nil: they were not in the time that they had.
    package var seconds: Double?
    package var allowedRecords: UInt64
    /// Read while they caught up, what came in meanwhile included.
    package var readRecordsPerSecond: Double
    /// Of values, the same; nil in older results, which know one size of all records.
    package var readBytesPerSecond: Double?
    /// Records that they were behind at the end.
    package var remainingRecords: UInt64
    /// (on-CPU + run-queue delay) / wall of the busiest reader's thread.
    package var readerSaturation: Double?

    package init(
        producers: String, offeredPerSecond: Double, cache: String, backlogRecords: UInt64, recordBytes: UInt64, buildSeconds: Double, seconds: Double?,
        allowedRecords: UInt64, readRecordsPerSecond: Double, remainingRecords: UInt64, readerSaturation: Double?
    ) {
        self.producers = producers
        self.offeredPerSecond = offeredPerSecond
        self.cache = cache
        self.backlogRecords = backlogRecords
        self.recordBytes = recordBytes
        self.buildSeconds = buildSeconds
        self.seconds = seconds
        self.allowedRecords = allowedRecords
        self.readRecordsPerSecond = readRecordsPerSecond
        self.remainingRecords = remainingRecords
        self.readerSaturation = readerSaturation
    }

    package var backlogBytes: Double { Double(backlogRecords) * Double(recordBytes) }
    /// Of record values, 10⁶ a second.
    package var readMegabytesPerSecond: Double { (readBytesPerSecond ?? readRecordsPerSecond * Double(recordBytes)) / 1e6 }
    /// The readers' own threads held it up.
    package var isClientBound: Bool { (readerSaturation ?? 0) > VerdictThresholds.laneSaturationMaximum }

    /// As figures of the run, for tables and comparisons.
    package var metrics: [Metric] {
        let bound = isClientBound ? "; client-bound: the busiest reader ran or waited for a CPU \(percent(readerSaturation ?? 0)) of the time" : ""
        let note = "\(grouped(Double(backlogRecords))) records behind, cache \(cache), producers \(producers)" + bound
        let time = seconds.map { Metric.measured("catch_up_time", $0, unit: "s", polarity: .lowerIsBetter, note: note) }
        return [
            time ?? .unavailable("catch_up_time", unit: "s", polarity: .lowerIsBetter, reason: "still \(grouped(Double(remainingRecords))) records behind when the time was up"),
            .measured("drain_throughput", readMegabytesPerSecond, unit: "MB/s", polarity: .higherIsBetter, note: note),
        ]
    }
}
