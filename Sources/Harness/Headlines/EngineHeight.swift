// The engine's height: what `microbench engine-append` answers, and the row and the figure that come of it.
internal import Client
internal import Host
internal import Measurement
internal import Reactor
internal import Results

/// The answer of `microbench engine-append`, as far as the height needs it.
struct EngineReport: Decodable {
    struct Side: Decodable { let GBps: Double }
    struct Ratio: Decodable { let median, low, high: Double }

    let engine: Side
    /// The engine over the C loop, pass by pass; nil for a durability that the loop does not have.
    let ratio: Ratio?
    let pairs: Int
    /// Of the time, in which the thread that appends ran.
    let appenderCPUShare: Double
    /// Of the time, in which a sync was under way; nil where nothing is forced.
    let syncShare: Double?
    /// In the engine's logs when its last pass began; nil of a program that does not say.
    let storedBytes: Int64?
}

/// The engine by itself, without a network.
struct EngineHeight {
    let report: EngineReport
    /// How it appended, as `label` says it.
    let label: String
    let durability: Durability

    /// From here on nothing of the engine's own is to be seen beside the copy and the checksum that a bare loop makes, too.
    private static let ofLimitMinimum = 0.8
    private static let noLoop = "the C loop forces each append or none"

    /// The most batches that a tick of the broker's loop can have of the load: what the load keeps on the way, as far as a loop has
    /// memory to receive it. The engine is given as many at a time, so that both write alike.
    static func batchesOfTick(_ plan: AppendHeadlinePlan, partitions: Int) -> Int {
        // A request has at most one batch of each partition.
        let request = max(1, min(partitions, ProducerConfiguration().maxRequestBytes / plan.batchBytes))
        return max(1, min(plan.producers * plan.inFlight * request, ReceiveMemory.arenaBytes / plan.batchBytes))
    }

    /// Whether the broker's segments get their space ahead of the writes: as the topic says, else the broker, which does it by itself.
    static func preallocates(_ profile: Profile) -> Bool {
        (profile.topic.settings["preallocate"] ?? profile.broker.settings["log.preallocate"]) != "false"
    }

    /// What a pass appends at most, of either side: no more than the broker's load may. As much is written to warm the memory up before
    /// each, which an emulated processor, or one with a small memory and a slow disk, takes a minute for where it is a gibibyte.
    static func passBytes(_ plan: AppendHeadlinePlan) -> Int64 { min(plan.atMostBytes ?? passBytesMaximum, passBytesMaximum) }
    private static let passBytesMaximum: Int64 = 1 << 30

    /// What `microbench` is asked for.
    static func arguments(_ plan: AppendHeadlinePlan, _ profile: Profile, directory: String, seconds: Double, pairs: Int) -> [String] {
        let topic = profile.topic
        return [
            "engine-append", "--dir", directory, "--batch-bytes", "\(plan.batchBytes)", "--record-bytes", "\(plan.recordBytes)",
            "--partitions", "\(topic.partitions)", "--segment-bytes", "\(topic.segmentBytes)",
            "--gather", "\(batchesOfTick(plan, partitions: topic.partitions))", preallocates(profile) ? "--preallocate" : "--no-preallocate",
            "--stored-bytes", "\(plan.storedBytes)", "--most-mebibytes", "\(passBytes(plan) >> 20)", "--flush", profile.broker.durability.microbenchArgument, "--seconds", "\(seconds)",
            "--pairs", "\(pairs)", "--json",
        ]
    }

    /// `5 × 64 KiB to 2 logs`
    static func label(_ plan: AppendHeadlinePlan, partitions: Int) -> String {
        let (batches, size) = (batchesOfTick(plan, partitions: partitions), binaryBytes(Int64(plan.batchBytes)))
        return "\(batches) × \(size) to \(partitions == 1 ? "one log" : "\(partitions) logs")"
    }

    /// Engine over C loop.
    var ofLimit: Metric {
        let name = "engine_append_of_c_limit"
        guard let ratio = report.ratio else {
            return .unavailable(name, unit: "ratio", polarity: .higherIsBetter, reason: "\(Self.noLoop), never \(durability)")
        }
        return .measured(
            name, ratio.median, unit: "ratio", polarity: .higherIsBetter, samples: UInt64(report.pairs),
            note: "engine ÷ C loop with the same writes and CRC, same run: \(fixed(ratio.low, 2))…\(fixed(ratio.high, 2))")
    }

    /// - Parameter deviceMBps: the height below it, in 10⁶ bytes a second.
    func row(deviceMBps: Double?) -> AppendRow {
        let accepted = report.engine.GBps * 1000
        return AppendRow(
            height: .engine, label: label, durability: durability.description,
            accepted: .measured("accepted", accepted, unit: "MB/s", polarity: .higherIsBetter),
            durable: .unavailable(
                "durable", unit: "MB/s", polarity: .higherIsBetter, reason: "the engine probe ends before the kernel has written its pages"),
            sustained: false, fractionOfBelow: deviceMBps.map { accepted / $0 },
            bindingResource: bindingResource, note: evidence)
    }

    /// What one thread appends it is held back by where that thread is: on a CPU, and then by the copy and the checksum or by its own
    /// work beside them, or waiting for a sync. Half of the time is the least that says so.
    private var bindingResource: String {
        let least = VerdictThresholds.limiterNearestShareMinimum
        if report.appenderCPUShare >= least {
            return (report.ratio?.median ?? 0) >= Self.ofLimitMinimum ? "page-cache copy and CRC" : "CPU"
        }
        return (report.syncShare ?? 0) >= least ? "disk" : "unknown"
    }

    private var evidence: String {
        [
            report.ratio.map { "\(percent($0.median)) of a C loop" } ?? "no limit in C (\(Self.noLoop))",
            "\(percent(report.appenderCPUShare)) of the time on a CPU", report.syncShare.map { "\(percent($0)) in fdatasync" },
            AppendThroughput.storedText(report.storedBytes ?? 0),
        ].compactMap { $0 }.joined(separator: ", ")
    }
}
