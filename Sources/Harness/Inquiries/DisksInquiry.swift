// Whether throughput grows with the disks: the same load on a broker with one data directory and with one on each disk, in turns.
internal import Foundation
internal import Measurement
internal import Results
internal import Topology

struct DisksInquiry: HeadlineMeasurement {
    /// Of one load on one disk and one on all, which begin by turns.
    let pairs: Int
    let steadyNanoseconds: UInt64

    var name: String { "disks" }

    private static let warmUpNanoseconds: UInt64 = 500_000_000
    /// Of either side: they share out evenly over up to eight disks.
    private static let partitions = 8, producers = 2, batchBytes = 262_144
    /// What a disk whose every append is waited for is thought to take, for the plan.
    private static let assumedBytesPerSecond: Int64 = 1_000_000_000

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        let load = Self.warmUpNanoseconds + steadyNanoseconds
        return HeadlineCost(
            loadNanoseconds: UInt64(2 * pairs) * load, diskBytes: Int64(Double(load) / 1e9 * Double(Self.assumedBytesPerSecond)),
            assumption: "a disk takes no more than \(decimalBytes(Self.assumedBytesPerSecond)) a second")
    }

    func run(_ context: RunContext) throws {
        let others = context.options.furtherDataDirectories
        guard context.external == nil, !others.isEmpty else {
            throw HarnessError.impossible(
                "‘headlines.ask: [disks]’ compares one disk with several, in a broker of the run’s own: name a directory on each (tidemark claims --only steady-throughput --data-dir A --data-dir B)")
        }
        let folders = try others.map { try RunFolder(base: $0, name: context.record.identity.directoryName) }
        defer { folders.forEach { $0.remove() } }
        for folder in folders { context.record.add(try DataDirectory.identify(folder.path), name: "further data directory") }
        var found: [(numerator: Double, denominator: Double)] = []
        for round in 1...pairs {
            var rates = [Double](repeating: 0, count: 2)
            for side in (round % 2 == 1 ? [0, 1] : [1, 0]) { rates[side] = try load(round, on: side == 0 ? [] : folders, context) }
            found.append((numerator: rates[1], denominator: rates[0]))
        }
        context.record.metrics += Self.metrics(found, disks: folders.count + 1)
        try context.publish()
    }

    /// - Parameter pairs: bytes a second on all disks, and on one.
    static func metrics(_ pairs: [(numerator: Double, denominator: Double)], disks: Int) -> [Metric] {
        func rate(_ name: String, _ values: [Double]) -> Metric {
            let interval = ConfidenceInterval.mean(values.map { $0 / 1e6 })
            return .measured(
                name, interval?.estimate ?? (values.first ?? 0) / 1e6, unit: "MB/s", polarity: .higherIsBetter, interval: interval, samples: UInt64(values.count))
        }
        let ratio = ConfidenceInterval.pairedRatio(pairs)
        let gain = ratio.map {
            Metric.measured("all_disks_to_one", $0.estimate, unit: "x", polarity: .higherIsBetter, interval: $0, samples: UInt64(pairs.count))
        }
        return [
            .measured("disks", Double(disks), unit: "count", polarity: .neutral), rate("throughput_one_disk", pairs.map(\.denominator)),
            rate("throughput_all_disks", pairs.map(\.numerator)),
            gain ?? .unavailable("all_disks_to_one", unit: "x", polarity: .higherIsBetter, reason: "a load came to nothing"),
        ]
    }

    /// - Parameter folders: of the disks besides the run's own; empty: that one alone.
    /// - Returns: bytes of records a second.
    private func load(_ round: Int, on folders: [RunFolder], _ context: RunContext) throws -> Double {
        let label = folders.isEmpty ? "one disk" : "all disks"
        let further = try folders.map { try $0.directory(name) }
        let broker = try context.startBroker(context.profile.broker, label: name, furtherDirectories: further)
        defer {
            context.stop(broker)
            // Before the next one begins: what one load has written is not to be written back beside the other.
            for directory in [broker.dataDirectory] + further { try? FileManager.default.removeItem(atPath: directory) }
        }
        var load = LoadPlan(context.profile, label: "\(label) \(round)", topic: name)
        load.topicPlan.partitions = Self.partitions
        load.producers.mode = .max
        load.producers.recordsPerSecond = nil
        load.producers.count = Self.producers
        load.producers.batchBytes = Self.batchBytes
        load.consumers = nil
        load.phases.warmUpNanoseconds = Self.warmUpNanoseconds
        load.phases.steadyWaitNanoseconds = 0
        load.phases.steadyNanoseconds = steadyNanoseconds
        load.phases.coolDownNanoseconds = 0
        load.headline = name
        return try context.load(load, on: broker.target).bytesPerSecond
    }
}
