// How much of a log comes out of memory: when it was just written, cold, read once, and behind a restart of the broker.
internal import Foundation
internal import Host
internal import Measurement
internal import Results
internal import Topology

struct WarmUpInquiry: HeadlineMeasurement {
    let logBytes: Int64

    var name: String { "warm-up" }

    /// METHOD: `cold` is at most so much of the log resident.
    private static let coldShare = 0.001

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        // Filling and four passes; a slow disk reads 100 MB/s.
        HeadlineCost(loadNanoseconds: 3_000_000_000 + UInt64(logBytes) * 3, diskBytes: logBytes + logBytes / 4, assumption: "the disk reads at least 500 MB/s")
    }

    func run(_ context: RunContext) throws {
        guard context.external == nil else {
            throw HarnessError.impossible("‘headlines.ask: [warm-up]’ restarts the broker and reads its process: it needs one that the run started")
        }
        let broker = try context.startBroker(context.profile.broker, label: name)
        guard let log = try HotLog.fill(context, on: broker.target, topic: name, bytes: logBytes) else { return }
        let resident = ProcessSample.residentBytes(of: broker.pid) ?? 0
        var rates = [try pass("recent", log, broker, context)]
        let left = try log.files.drop(downTo: Self.coldShare, ofLogBytes: log.bytes)
        rates.append(try pass("cold", log, broker, context, unreached: left <= Self.coldShare ? [] : ["cold: \(percent(left)) of the log was resident at the start"]))
        rates.append(try pass("warmed", log, broker, context))
        let grown = Double(ProcessSample.residentBytes(of: broker.pid) ?? 0) - Double(resident)
        _ = context.crash(broker)
        try context.restart(broker)
        try broker.child.wait(for: "ready line after it was killed", seconds: BrokerProcess.readySeconds, context.interruption) { broker.isReady }
        rates.append(try pass("after_restart", log, broker, context))
        context.stop(broker)
        context.record.metrics += rates
        context.record.metrics.append(
            .measured(
                "resident_growth_of_log", 100 * max(0, grown) / Double(log.bytes), unit: "%", polarity: .lowerIsBetter,
                note: "of the process, over three passes over \(decimalBytes(log.bytes))"))
        try context.publish()
    }

    /// The whole log once; how much of it the broker's process did not read from the device.
    private func pass(
        _ state: String, _ log: HotLog, _ broker: BrokerProcess, _ context: RunContext, unreached: [String] = []
    ) throws -> Metric {
        let (result, measurement) = try context.measure(broker: broker.watched) {
            try log.log.pass(from: broker.target.bootstrap).run(until: .wholePlan) { try context.checkInterruption() }
        }
        var phase = measurement.record(name: "read \(state)", kind: "fetch")
        try log.log.conclude(&phase, through: [broker.target.bootstrap], unreached: unreached, context)
        context.record.phases.append(phase)
        guard let read = measurement.broker?.deviceReadBytes, result.bytes > 0 else {
            return .unavailable("hit_rate_\(state)", unit: "%", polarity: .higherIsBetter, reason: "the device reads of the broker's process are not readable here")
        }
        return .measured(
            "hit_rate_\(state)", 100 * (1 - min(1, Double(read) / Double(result.bytes))), unit: "%", polarity: .higherIsBetter,
            note: "\(decimalBytes(Int64(result.bytes))) served, by the device reads of the broker's process")
    }
}
