// What a log got of a disk in the same run, and how that stands to what the disk can do by itself.
internal import Host
internal import Measurement

package struct DiskLog: Codable, Equatable, Sendable {
    /// Device, engine and broker, each on this disk.
    package var append: AppendHeadline
    /// From the intended send time to the acknowledgement, at the profile's rate, of a broker whose log is on this disk.
    package var acknowledged: LatencyRow

    package init(append: AppendHeadline, acknowledged: LatencyRow) {
        self.append = append
        self.acknowledged = acknowledged
    }
}

extension DiskRecord {
    /// GB/s that the disk takes by itself in sequence, the faster of the two ways; nil where neither was measured.
    private var writeLimit: Double? {
        calibration.filter { ["write_direct", "write_buffered"].contains($0.name) }.compactMap(\.value).filter { $0 > 0 }.max()
    }

    /// What a log got of it, each figure followed by its share of the disk's own limit; empty where no log was put on it.
    package var logFigures: [Metric] {
        guard let log else { return [] }
        let appends = log.append.rows.filter { $0.height != .device }.flatMap(appended)
        return appends + acknowledgement(log.acknowledged, 0.5) + acknowledgement(log.acknowledged, 0.99)
    }

    /// In GB/s, as the calibration has it.
    private func appended(_ row: AppendRow) -> [Metric] {
        let name = "\(row.height.rawValue)_append"
        guard let accepted = row.accepted.value else {
            return [.unavailable(name, unit: "GB/s", polarity: .higherIsBetter, reason: row.accepted.unavailable ?? "not measured")]
        }
        let rate = Metric.measured(name, accepted / 1000, unit: "GB/s", polarity: .higherIsBetter, samples: row.accepted.samples, note: row.durability)
        guard let limit = writeLimit else { return [rate] }
        return [rate, .measured("\(name)_of_disk", accepted / 1000 / limit * 100, unit: "%", polarity: .higherIsBetter, note: "of the faster sequential write")]
    }

    /// The time's note is how it may be printed, with its reservations.
    ///
    /// - Parameter quantile: one that the calibration has of an append with its sync.
    private func acknowledgement(_ row: LatencyRow, _ quantile: Double) -> [Metric] {
        let stem = "p\(fixed(quantile * 100, 0))", name = "acknowledgement_\(stem)"
        func absent(_ reason: String) -> [Metric] { [.unavailable(name, unit: "ns", polarity: .lowerIsBetter, reason: reason)] }
        guard row.valid else { return absent("INVALID: \(row.note ?? "no reason given")") }
        guard let reading = row.cells.first(where: { $0.quantile == quantile })?.reading else { return absent("not measured") }
        guard let nanoseconds = reading.nanoseconds else { return absent(reading.description) }
        let time = Metric.measured(name, Double(nanoseconds), unit: "ns", polarity: .lowerIsBetter, samples: row.samples, note: reading.description)
        guard let sync = calibration.first(where: { $0.name == "append_fdatasync_\(stem)" })?.value, sync > 0 else { return [time] }
        let ratio = "\(name)_of_fdatasync"
        if case .measured(_, .some, _) = reading { return [time, .unavailable(ratio, unit: "x", polarity: .lowerIsBetter, reason: "the time is an upper bound")] }
        return [time, .measured(ratio, Double(nanoseconds) / sync, unit: "x", polarity: .lowerIsBetter, note: "of the \(stem) of a 4 KiB append and its sync")]
    }
}
