// Which disk this is and what it can do today: identity down to the device, then the calibration probe of
// METHOD's list, run by `microbench calibrate` as a process of its own.
internal import Host
internal import Measurement
internal import Results
internal import Topology

/// Identifies and calibrates the data directory's disk. Runs first: the other headlines print their figures
/// as fractions of what it finds.
struct DiskCalibration: HeadlineMeasurement {
    let plan: DiskHeadlinePlan

    var name: String { "disk" }

    /// Items of the probe, and the bytes of the file it writes.
    private static let items = 10
    private static let probeBytes: Int64 = 2 << 30

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        HeadlineCost(
            loadNanoseconds: plan.perItemNanoseconds * UInt64(Self.items), diskBytes: Self.probeBytes,
            assumption: "calibration writes at most 2 GiB at one time")
    }

    func run(_ context: RunContext) throws {
        let directory = try context.freshDirectory("calibration")
        let reading = try CalibrationReading.take(context, directory: directory, seconds: Double(plan.perItemNanoseconds) / 1e9)
        context.record.calibration.tier = reading.tier
        context.record.calibration.before = reading.metrics
        context.record.calibration.beforeSlices = reading.slices
        var disk = Self.describe(context.disk, calibration: reading.metrics)
        disk.imported = context.record.disks.first?.imported
        context.record.disks = [disk] + context.record.disks.dropFirst()
        if isAlone(context.profile) {
            var facts = VerdictFacts(phase: name, load: .maxRate)
            facts.hasNoRecords = true
            context.record.facts.append(facts)
        }
        try context.publish()
    }

    /// Whether the disk is all that is asked about: then no record is there to be audited.
    private func isAlone(_ profile: Profile) -> Bool { profile.producerGroups.isEmpty && headlineMeasurements(for: profile).count == 1 }

    private static func describe(_ directory: DataDirectory, calibration: [Metric]) -> DiskRecord {
        let device = directory.devices.last
        return DiskRecord(
            name: "data directory", filesystem: directory.fileSystem, mountOptions: directory.mountOptions.joined(separator: ","),
            device: directory.devices.map(\.name).joined(separator: " on "), model: device?.model ?? "unknown",
            transport: device?.transport ?? "unknown", rotational: device?.rotational, scheduler: device?.scheduler,
            writeCache: device?.writeCache, diskClass: directory.diskClass.rawValue,
            classConfirmed: confirmed(directory.diskClass, calibration), calibration: calibration.filter { diskItems.contains($0.name) })
    }

    private static let diskItems: Set<String> = [
        "write_buffered", "write_direct", "append_fdatasync_p50", "append_fdatasync_p99", "read_cached", "random_read_p50",
        "random_read_p99",
    ]

    /// Whether a random 4 KiB read takes as long as the class lets one expect: names lie. A head has to move
    /// (over 2 ms), flash answers within 2 ms, NVMe within 0.5 ms; of a virtual or network disk nothing is expected.
    private static func confirmed(_ diskClass: DiskClass, _ calibration: [Metric]) -> Bool? {
        guard let nanoseconds = calibration.first(where: { $0.name == "random_read_p50" })?.value else { return nil }
        return switch diskClass {
        case .hdd: nanoseconds > 2_000_000
        case .ssd: nanoseconds < 2_000_000
        case .nvme: nanoseconds < 500_000
        case .memory: nanoseconds < 100_000
        case .virtual, .network, .unknown: nil
        }
    }
}
