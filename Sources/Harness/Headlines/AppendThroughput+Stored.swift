// What lies in the logs before an append is measured: an append must not slow as its log grows.
internal import Results

extension AppendThroughput {
    /// What the stored records take on the disk, at one height: the engine's are gone before the broker's come.
    var storedDiskBytes: Int64 { plan.storedBytes + plan.storedBytes / 20 }

    /// To write them for the engine and for the broker, as a guess.
    var storedNanoseconds: UInt64 { UInt64(Double(plan.storedBytes) * 2 / BesidesLoad.maximumBytesPerSecond * 1e9) }

    /// Of the engine's probe, with a slow disk.
    var storedSecondsMaximum: Double { Double(plan.storedBytes) / Double(LoadRun.slowBytesPerSecond) }

    /// Has a load of the broker write them first, with the producers that are then measured.
    ///
    /// - Parameter directory: of the broker's data, where they are ours to be forced to the disk: what would be written back while the append
    ///   is measured would be held against the size of the log. nil: of somebody else's broker they stay where it has them.
    func store(before load: inout LoadPlan, on target: BrokerTarget, under directory: String?) {
        guard plan.storedBytes > 0 else { return }
        load.storedBytes = plan.storedBytes
        let topic = load.topic
        load.afterFill = {
            if let directory { _ = try LogFiles(topic: topic, under: directory).synchronize() }
            // By the broker's word, and not by that of the lanes.
            let ends = try LaneFleet.ends(of: [topic], target)[topic] ?? [:]
            return ["log_end_offsets": ends.values.reduce(0) { $0 + UInt64(max(0, $1)) }]
        }
    }

    /// Acknowledged before the load of its own.
    static func filledBytes(_ outcome: LoadOutcome) -> Int64 {
        Int64(clamping: outcome.phases.first { $0.kind == "fill" }?.counters["acknowledged_bytes"] ?? 0)
    }

    /// `1.1 GB stored before it`; nil where nothing was to be.
    static func storedText(_ bytes: Int64) -> String? { bytes > 0 ? "\(decimalBytes(bytes)) stored before it" : nil }
}
