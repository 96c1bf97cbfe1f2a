// Append throughput at three heights of the same run and directory: the device by itself, the engine in its
// own process without a network, the broker under the fleet.
internal import Client
internal import Foundation
internal import Host
internal import Measurement
internal import Results
internal import Topology

/// Device, engine and broker append, each as a fraction of the height below it.
struct AppendThroughput: HeadlineMeasurement {
    let plan: AppendHeadlinePlan
    /// In front of its phases' names.
    var label = "append"

    var name: String { "append" }

    /// Making and removing one partition's log in each pass, on a slow machine.
    private static let secondsOfPartition = 0.1
    /// Passes of the engine, each beside one of the C loop.
    private static let enginePairs = 5
    /// How many passes' bytes the engine's probe leaves on the disk at one time, what is preallocated aside.
    private static let enginePassesKept: Int64 = 4
    /// The largest step in which a segment is preallocated.
    private static let preallocatedBytes: Int64 = 64 << 20

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        HeadlineCost(
            loadNanoseconds: plan.warmUpNanoseconds + plan.steadyWaitNanoseconds + plan.steadyNanoseconds + plan.engineNanoseconds * 2 + plan.ceilingNanoseconds
                + profile.phases.coolDownNanoseconds + storedNanoseconds,
            diskBytes: storedDiskBytes + max(
                volumeBytes + volumeBytes / 20,
                Self.enginePassesKept * EngineHeight.passBytes(plan) + Int64(profile.topic.partitions) * min(profile.topic.segmentBytes, Self.preallocatedBytes)),
            assumption: "the load ends after \(decimalBytes(volumeBytes)) of records"
                + (plan.storedBytes > 0 ? ", behind \(decimalBytes(plan.storedBytes)) that are stored" : ""))
    }

    /// Of records, warm-up included.
    private var volumeBytes: Int64 {
        plan.atMostBytes ?? (plan.isSustained ? SustainedAppend.volume(limitBytes: Self.dirtyLimitBytes) : AppendHeadlinePlan.usualVolumeBytes)
    }

    private static var dirtyLimitBytes: UInt64 { DirtyLimits.current(memory: .current()).limitBytes }

    func run(_ context: RunContext) throws {
        guard !plan.isSustained || context.external == nil else {
            throw HarnessError.impossible("‘headlines.append.sustained’ goes by the dirty pages of the broker's host, and needs a broker that the run starts")
        }
        var found = Found(directory: context.record.disks.first?.name ?? "data directory")
        // What was found before it ended early counts, too.
        defer {
            context.record.metrics += found.metrics
            context.record.limiter = found.limiter ?? context.record.limiter
        }
        try measure(context, &found)
        context.record.headlines.append = found.headline
        try context.publish()
    }

    /// What one directory came to.
    struct Found {
        var headline: AppendHeadline
        /// Beside the rows: the engine over its C loop, the generator's ceiling.
        var metrics: [Metric] = []
        /// What bound the broker; nil where that height was not measured.
        var limiter: LimiterFinding?

        /// - Parameter directory: as the result calls it.
        init(directory: String) { headline = AppendHeadline(rows: [], directory: directory, notes: []) }
    }

    /// The heights on the disk that the context is on, from the device up.
    func measure(_ context: RunContext, _ found: inout Found) throws {
        var below: Double?
        if plan.heights.contains(.device) {
            let rows = Self.deviceRows(context.calibration)
            below = rows.compactMap(\.durable.value).max()
            found.headline.rows += rows
        }
        if plan.heights.contains(.engine) {
            let row = try engineRow(context, deviceMBps: below, &found)
            found.headline.rows.append(row)
            below = row.accepted.value ?? below
        }
        if plan.heights.contains(.broker) {
            let row = try brokerRow(context, engineMBps: below, &found)
            found.headline.rows.append(row)
        }
        found.headline.notes.append(
            "device: durable bytes, sync included; engine and broker: accepted into the page cache unless the durability says otherwise")
    }

    /// The calibration's sequential writes, final fdatasync included.
    private static func deviceRows(_ calibration: [Metric]) -> [AppendRow] {
        [("write_direct", "O_DIRECT"), ("write_buffered", "buffered + sync")].compactMap { name, label in
            guard let metric = calibration.first(where: { $0.name == name }) else { return nil }
            let durable = metric.value.map {
                Metric.measured("durable", $0 * 1000, unit: "MB/s", polarity: .higherIsBetter)
            } ?? .unavailable("durable", unit: "MB/s", polarity: .higherIsBetter, reason: metric.unavailable ?? "not measured")
            let accepted = Metric.unavailable(
                "accepted", unit: "MB/s", polarity: .higherIsBetter, reason: "a device write is durable or it is not counted")
            return AppendRow(
                height: .device, label: label, durability: "synced", accepted: accepted, durable: durable, sustained: true,
                fractionOfBelow: nil, bindingResource: "disk", note: nil)
        }
    }

    private func engineRow(_ context: RunContext, deviceMBps: Double?, _ found: inout Found) throws -> AppendRow {
        let directory = try context.freshDirectory("engine")
        // Half of the time is the C loop's.
        let seconds = Double(plan.engineNanoseconds) / 2e9
        let topic = context.profile.topic
        // Logs that hold something are cut back after each pass.
        let partitions = Double(topic.partitions) * Self.secondsOfPartition * (plan.storedBytes > 0 ? Double(Self.enginePairs) : 1)
        let json = try context.microbench(
            EngineHeight.arguments(plan, context.profile, directory: directory, seconds: seconds, pairs: Self.enginePairs), label: "engine",
            timeoutSeconds: 60 + seconds * 10 + partitions + storedSecondsMaximum)
        let height = EngineHeight(
            report: try JSONDecoder().decode(EngineReport.self, from: json), label: EngineHeight.label(plan, partitions: topic.partitions),
            durability: context.profile.broker.durability)
        found.metrics.append(height.ofLimit)
        return height.row(deviceMBps: deviceMBps)
    }

    private func brokerRow(_ context: RunContext, engineMBps: Double?, _ found: inout Found) throws -> AppendRow {
        var durable = Metric.unavailable(
            "durable", unit: "MB/s", polarity: .higherIsBetter, reason: "an external broker's files are not ours to sync")
        // What was written is removed before it is written once more, and otherwise stays until the ceiling is known: a guest
        // that tells its hypervisor of gigabytes which are free again is busy with that for seconds.
        var written: String?
        defer { remove(written) }
        let (outcome, syncSeconds) = try context.repeatingSpoiled(startsAfresh: context.external == nil) {
            remove(written)
            return try brokerLoad(context, &written)
        }
        if let syncSeconds {
            // A byte budget may have ended the phase early.
            let seconds = outcome.steadySeconds
            // What the warm-up left dirty is synced too, on the steady phase's account: the figure errs low.
            durable = .measured(
                "durable", outcome.bytesPerSecond * seconds / (seconds + syncSeconds) / 1e6, unit: "MB/s", polarity: .higherIsBetter,
                note: "final fdatasync of \(fixed(syncSeconds, 2)) s included")
        }
        let accepted = outcome.bytesPerSecond / 1e6
        let ceiling = try ceiling(context, outcome)
        found.metrics.append(ceiling)
        let share = ceiling.value.map { accepted / $0 }
        let finding = outcome.limiter(generatorCeilingShare: share)
        let sustained = sustained(outcome)
        var said = plan.isSustained ? [Self.reached(outcome), sustained.shortcoming].compactMap { $0 } : []
        said += [
            Self.storedText(Self.filledBytes(outcome)),
            share.flatMap { $0 > VerdictThresholds.generatorCeilingShare ? "client-bound: \(percent($0)) of the generator's ceiling" : nil },
            Self.fall(outcome.steady.series, atDirtyLimits: isAtDirtyLimits(outcome)),
        ].compactMap { $0 }
        found.limiter = finding
        return AppendRow(
            height: .broker, label: "\(plan.producers) × \(plan.batchBytes / 1024) KiB batches",
            durability: context.profile.broker.durability.description,
            accepted: .measured("accepted", accepted, unit: "MB/s", polarity: .higherIsBetter, samples: outcome.acknowledgedRequests),
            durable: durable, sustained: sustained.holds, fractionOfBelow: engineMBps.map { accepted / $0 },
            bindingResource: finding.limiter.rawValue,
            note: said.isEmpty ? nil : said.joined(separator: "; "))
    }

    private func remove(_ directory: String?) {
        if let directory { try? FileManager.default.removeItem(atPath: directory) }
    }

    /// - Parameter written: where its records are, of a broker of ours, however it ends.
    /// - Returns: what the load came to, and how long the final sync of its files took, when they are ours.
    private func brokerLoad(_ context: RunContext, _ written: inout String?) throws -> (LoadOutcome, syncSeconds: Double?) {
        let broker = try context.external == nil ? context.startBroker(context.profile.broker, label: "append") : nil
        written = broker?.dataDirectory
        defer { if let broker { context.stop(broker) } }
        let target = try broker?.target ?? context.externalTarget()
        var load = self.load(context, label: label)
        load.topic = context.topic(load.topic, on: target)
        if plan.isSustained { load.isSettled = Self.fillsCache() }
        store(before: &load, on: target, under: broker?.dataDirectory)
        var syncSeconds: Double?
        if let broker {
            try WarmMemory.make(load.byteBudget ?? 0, for: &load, context)
            load.afterSteady = {
                syncSeconds = Double(try LogFiles(topic: load.topic, under: broker.dataDirectory).synchronize()) / 1e9
            }
        }
        return (try context.load(load, on: target), syncSeconds)
    }

    /// A mean over a phase in which the rate fell by a third describes neither of its halves.
    ///
    /// - Parameter atDirtyLimits: whether the kernel throttled the writer by the end.
    static func fall(_ series: [SecondRecord], atDirtyLimits: Bool) -> String? {
        guard let first = series.first?.bytes, let last = series.last?.bytes, last * 3 < first * 2 else { return nil }
        let why = atDirtyLimits ? "the kernel's dirty limits" : "below the dirty limits: memory that a host had to back?"
        return "fell from \(first / 1_000_000) to \(last / 1_000_000) MB/s within the phase (\(why))"
    }

    /// Whether what was dirty in the end had passed the point at which the kernel begins to slow writers down: halfway
    /// between its two thresholds.
    private func isAtDirtyLimits(_ outcome: LoadOutcome) -> Bool {
        let memory = outcome.measurement.host.memoryAfter
        let limits = DirtyLimits.current(memory: memory)
        return memory.dirtyBytes + memory.writebackBytes >= (limits.backgroundBytes + limits.limitBytes) / 2
    }

    private func load(_ context: RunContext, label: String) -> LoadPlan {
        var load = LoadPlan(context.profile, label: label, topic: "tidemark-append")
        load.producers.mode = .max
        load.producers.recordsPerSecond = nil
        load.producers.count = plan.producers
        load.producers.inFlight = plan.inFlight
        load.producers.batchBytes = plan.batchBytes
        load.producers.recordBytes = plan.recordBytes
        load.producers.headers = nil
        // The other heights append records without keys, too.
        if load.producers.keys != .unkeyed { (load.producers.keys, load.producers.partitioner) = (.unkeyed, .roundRobin) }
        load.consumers = nil
        load.byteBudget = volumeBytes
        load.phases.warmUpNanoseconds = plan.warmUpNanoseconds
        load.phases.steadyWaitNanoseconds = plan.steadyWaitNanoseconds
        load.phases.steadyNanoseconds = plan.steadyNanoseconds
        load.headline = name
        return load
    }

    private func sustained(_ outcome: LoadOutcome) -> SustainedAppend {
        let (before, after) = (outcome.measurement.host.memoryBefore, outcome.measurement.host.memoryAfter)
        return SustainedAppend(
            appendedBytes: outcome.bytesPerSecond * outcome.steadySeconds, limitBytes: DirtyLimits.current(memory: before).limitBytes,
            dirtyBefore: before.dirtyBytes + before.writebackBytes, dirtyAfter: after.dirtyBytes + after.writebackBytes)
    }

    /// Looks, once a second, whether the page cache has taken all that it takes.
    private static func fillsCache() -> (UInt64) -> Bool {
        var plateau = DirtyPlateau()
        return { appended in
            let memory = MemoryState.current()
            return plateau.isReached(
                appended: appended, dirty: memory.dirtyBytes + memory.writebackBytes, limitBytes: DirtyLimits.current(memory: memory).limitBytes)
        }
    }

    /// Bytes that were accepted, and what reached the device meanwhile.
    private static func reached(_ outcome: LoadOutcome) -> String {
        let accepted = "\(decimalBytes(Int64(outcome.bytesPerSecond * outcome.steadySeconds))) accepted in \(fixed(outcome.steadySeconds, 0)) s"
        guard let device = outcome.measurement.deviceUsage else { return accepted }
        return "\(accepted), \(decimalBytes(Int64(clamping: device.writtenBytes))) written to the device meanwhile"
    }

    // MARK: the generator's ceiling

    /// The same load against a null broker, in three parts of the time.
    private func ceiling(_ context: RunContext, _ real: LoadOutcome) throws -> Metric {
        func unavailable(_ reason: String) -> Metric { .unavailable("generator_ceiling", unit: "MB/s", polarity: .higherIsBetter, reason: reason) }
        guard context.options.externalOptions.security.tls == nil else { return unavailable(NullCeiling.noTLS) }
        guard plan.ceilingNanoseconds > 0, let broker = real.measurement.broker, real.acknowledgedRequests > 0 else {
            return unavailable("the broker's CPU per request is not known")
        }
        let ceiling = NullCeiling(load: load(context, label: ""), partNanoseconds: plan.ceilingNanoseconds / 3, isBareTwice: true)
        return try ceiling.measure(context, perRequest: broker.cpuSeconds / Double(real.acknowledgedRequests))
            .metric("generator_ceiling", of: real.bytesPerSecond / 1e6)
    }
}
