// Which disks these are and what they can do today: identity down to the device, then the calibration probe of
// METHOD's list, run by `microbench calibrate` as a process of its own, then what a log gets of each.
internal import Host
internal import Measurement
internal import Results
internal import Topology

/// Identifies and calibrates the disk of each directory, the run's own first. Runs first: the other headlines print their
/// figures as fractions of what it finds there.
struct DiskCalibration: HeadlineMeasurement {
    let plan: DiskHeadlinePlan

    var name: String { "disk" }

    /// Items of the probe, and the bytes of the file it writes.
    private static let items = 12
    private static let probeBytes: Int64 = 2 << 30

    /// The items that are of a disk; the rest are of the machine, and measured once.
    static let diskItems = [
        "write_buffered", "write_direct", "append_fdatasync_p50", "append_fdatasync_p99", "read_cached", "random_read_p50",
        "random_read_p99", "read_direct",
    ]
    /// Of them, those that take a time of their own.
    private static let diskProbes = 6

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        let more = max(0, plan.directories.count - 1)
        var cost = Self.oneDisk(plan, profile, machine)
        cost.loadNanoseconds += (cost.loadNanoseconds - plan.perItemNanoseconds * UInt64(Self.items - Self.diskProbes)) * UInt64(more)
        return cost
    }

    /// Of the first disk, on which everything is measured.
    static func oneDisk(_ plan: DiskHeadlinePlan, _ profile: Profile, _ machine: MachineDescription) -> HeadlineCost {
        var cost = HeadlineCost(
            loadNanoseconds: plan.perItemNanoseconds * UInt64(items), diskBytes: probeBytes,
            assumption: "calibration writes at most 2 GiB at one time")
        guard let append = plan.append else { return cost }
        // The heights are gone before the load of the profile begins.
        let heights = AppendThroughput(plan: append).cost(profile, machine: machine)
        let load = loadCost(profile.producerGroups, profile.phases, topic: profile.topic, removesWithin: profile.broker.removesWithinSeconds)
        cost.loadNanoseconds += heights.loadNanoseconds + load.loadNanoseconds
        cost.diskBytes = max(probeBytes, heights.diskBytes, load.diskBytes)
        cost.assumption = "calibration writes at most 2 GiB at one time; \(heights.assumption ?? "")"
        return cost
    }

    func run(_ context: RunContext) throws {
        let own = plan.directories.isEmpty
        let disks = try own ? [context.disk] : plan.directories.map { try DataDirectory.identify($0.path) }
        let names = own ? ["data directory"] : StudiedDirectories.names(plan.directories.map(\.name), disks)
        context.record.notes += StudiedDirectories.shared(names, disks)
        let others = context.record.disks.dropFirst(), imported = context.record.disks.first?.imported
        var first: CalibrationReading?
        var found: [DiskRecord] = []
        for (number, (name, disk)) in zip(names, disks).enumerated() {
            let folder = try number == 0 ? context.runFolder : RunFolder(base: plan.directories[number].path, name: "\(context.record.identity.directoryName)-\(number)")
            defer { if number > 0 { folder.remove() } }
            if disks.count > 1 { context.progress.note("calibrating \(name)") }
            let bare = MeasuredDisk(name: name, directory: disk, folder: folder, calibration: [])
            let reading = try context.on(bare) { try calibrate(context, items: number == 0 ? [] : Self.diskItems) }
            if number == 0 { keep(reading, context) }
            first = first ?? reading
            found.append(Self.describe(disk, name: name, calibration: reading.metrics))
            if number == 0 { found[0].imported = imported }
            context.record.disks = found + others
            try context.publish()
            guard let append = plan.append else { continue }
            let whole = (first ?? reading).replacing(reading)
            let place = MeasuredDisk(name: name, directory: disk, folder: folder, calibration: whole.metrics)
            found[number].log = try context.on(place) { try DiskLogRun(plan: append, disk: place, slices: whole.slices).run(context, calibrate) }
            context.record.disks = found + others
            try context.publish()
        }
        guard isAlone(context.profile) else { return }
        var facts = VerdictFacts(phase: name, load: .maxRate)
        facts.hasNoRecords = true
        context.record.facts.append(facts)
        try context.publish()
    }

    /// On the disk that the context is on.
    ///
    /// - Parameter items: names of the items; empty: all of them.
    private func calibrate(_ context: RunContext, items: [String]) throws -> CalibrationReading {
        try CalibrationReading.take(
            context, directory: context.freshDirectory("calibration"), seconds: Double(plan.perItemNanoseconds) / 1e9, items: items)
    }

    /// The machine and the run's own disk.
    private func keep(_ reading: CalibrationReading, _ context: RunContext) {
        context.record.calibration.tier = reading.tier
        context.record.calibration.before = reading.metrics
        context.record.calibration.beforeSlices = reading.slices
    }

    /// Whether the disk is all that is asked about: then no record is there to be audited.
    private func isAlone(_ profile: Profile) -> Bool { profile.producerGroups.isEmpty && headlineMeasurements(for: profile).count == 1 }

    private static func describe(_ directory: DataDirectory, name: String, calibration: [Metric]) -> DiskRecord {
        var record = DiskRecord.describe(directory, name: name)
        record.device = directory.devices.map(\.name).joined(separator: " on ")
        let behaviour = DiskBehaviour(calibration)
        record.classConfirmed = behaviour?.confirms(directory.diskClass)
        record.behaviour = behaviour?.record
        record.calibration = calibration.filter { diskItems.contains($0.name) }
        return record
    }
}
