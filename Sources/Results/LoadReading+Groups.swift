// What each named group of a load came to.
internal import Host
internal import Measurement

extension LoadReading {
    /// Producers first; empty where the load has no named groups.
    package var groups: [Group] { (phase.groups ?? []).map { Group(record: $0, load: self) } }

    /// One group of producers or consumers.
    package struct Group: Sendable {
        package let record: LoadGroupRecord
        private let load: LoadReading

        init(record: LoadGroupRecord, load: LoadReading) {
            self.record = record
            self.load = load
        }

        package var name: String { record.name }
        package var isProducing: Bool { record.role == .producers }

        package var askedPerSecond: Double? { record.mode == "open" ? rate("scheduled_records") : nil }
        package var acknowledgedPerSecond: Double? { rate("acknowledged_records") }
        package var consumedPerSecond: Double? { rate("consumed_records") }
        /// Record bytes acknowledged, or read.
        package var megabytesPerSecond: Double { (rate("acknowledged_bytes") ?? rate("consumed_bytes") ?? 0) / 1e6 }
        /// Of a reader that is slow on purpose: records acknowledged and not yet read at the end of the phase.
        package var behind: UInt64? { record.mode == "slow" ? record.counters["behind_records"] : nil }

        /// As for the whole load.
        package var compressed: (megabytesPerSecond: Double, ratio: Double)? {
            guard let sent = record.counters["batch_bytes"], sent > 0, let before = record.counters["uncompressed_batch_bytes"] else { return nil }
            return (Double(sent) / load.seconds / 1e6, Double(before) / Double(sent))
        }

        private func rate(_ counter: String) -> Double? {
            let seconds = record.counters["read_nanoseconds"].map { Double($0) / 1e9 } ?? load.seconds
            return record.counters[counter].map { Double($0) / seconds }
        }

        /// The clocks that recorded anything.
        package var recordedClocks: [String] { LoadReading.clocks.filter { (record.histograms[$0]?.count ?? 0) > 0 } }

        /// nil where the clock recorded nothing.
        package func cell(_ clock: String, _ quantile: Double) -> QuantileCell? {
            LoadReading.cell(clock, quantile, record.histograms, record.counters, mode: record.mode, hiccup: load.phase.histograms["hiccup"])
        }

        /// Exact, nanoseconds.
        package func maximum(_ clock: String) -> UInt64? { record.histograms[clock]?.maximumNanoseconds.map { UInt64(max(0, $0)) } }
    }
}
