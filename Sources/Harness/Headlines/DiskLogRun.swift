// What a log gets of one disk: device, engine and broker heights on it, and acknowledgements at the profile's rate.
internal import Measurement
internal import Results

/// Runs on the disk that the context is on, with brokers of its own.
struct DiskLogRun {
    let plan: AppendHeadlinePlan
    let disk: MeasuredDisk
    /// Of the calibration of the disk, by item.
    let slices: [String: [Double]]

    /// - Parameter calibrate: reads these items of the disk.
    func run(_ context: RunContext, _ calibrate: (RunContext, [String]) throws -> CalibrationReading) throws -> DiskLog {
        context.progress.note("appending to \(disk.name)")
        var found = AppendThroughput.Found(directory: disk.name)
        try AppendThroughput(plan: plan, label: "\(disk.name) append").measure(context, &found)
        // What the heights left dirty would be written back meanwhile.
        disk.folder.clear()
        let acknowledged = try context.repeatingSpoiled(startsAfresh: true) { try self.acknowledged(context) }
        disk.folder.clear()
        try readAgain(context, found.limiter, calibrate)
        return DiskLog(append: found.headline, acknowledged: acknowledged)
    }

    /// The load of the profile, with the broker's log on this disk.
    private func acknowledged(_ context: RunContext) throws -> LatencyRow {
        let broker = try context.startBroker(context.profile.broker, label: "disk")
        defer { context.stop(broker) }
        var load = LoadPlan(context.profile, label: disk.name, topic: "disk")
        load.headline = "disk"
        let outcome = try context.load(load, on: broker.target)
        let response = outcome.histograms["response"] ?? LatencyHistogram()
        let spoiled = outcome.verdict.reasons.first { $0.outcome == .invalid }
        return LatencyRow(
            placement: disk.name, clock: "response", eventsPerSecond: context.profile.producers?.recordsPerSecond ?? 0,
            cells: PlacementLatency.quantiles.map { QuantileCell(quantile: $0, reading: outcome.reading("response", at: $0)) },
            maximum: response.maximumNanoseconds.map { UInt64(max(0, $0)) }, samples: outcome.acknowledgedRequests, valid: spoiled == nil, note: spoiled?.text)
    }

    /// Where the disk bound the append, what bounds it is read again: of a disk that became another one meanwhile there are no
    /// fractions. As after a run, a reading that drifted is taken once more, and the nearer one kept.
    private func readAgain(
        _ context: RunContext, _ finding: LimiterFinding?, _ calibrate: (RunContext, [String]) throws -> CalibrationReading
    ) throws {
        guard finding?.limiter == .disk, let item = CalibratedRates(disk.calibration).item(of: .disk),
            let place = context.record.facts.lastIndex(where: { $0.phase == finding?.phase })
        else { return }
        var before = CalibrationRecord(before: disk.calibration)
        before.beforeSlices = slices
        var kept: CalibrationDrift?
        for _ in 0..<CalibrationAfter.readings where kept?.isExcessive ?? true {
            let drift = CalibrationAfter.drifts(before, try calibrate(context, [item]), binding: item).first
            if let drift, drift.fraction < kept?.fraction ?? .infinity { kept = drift }
        }
        context.record.facts[place].calibrationDrift = [kept].compactMap { $0 }
    }
}
