// How much of a log comes out of memory: when it was just written, cold, read once, and behind a restart of the broker.
internal import Foundation
internal import Host
internal import Measurement
internal import Results
internal import Topology

struct WarmUpInquiry: HeadlineMeasurement {
    let logBytes: Int64
    /// Each with a log of its own, so that it can be read when it was just written.
    let rounds: Int

    var name: String { "warm-up" }

    private static let states = ["recent", "cold", "warmed", "after_restart"]
    /// METHOD: `cold` is at most so much of the log resident.
    private static let coldShare = 0.001

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        // Filling and four passes each; a slow disk reads 100 MB/s.
        HeadlineCost(
            loadNanoseconds: UInt64(rounds) * (1_500_000_000 + UInt64(logBytes) * 6), diskBytes: Int64(rounds) * (logBytes + logBytes / 4),
            assumption: "the disk reads at least 500 MB/s")
    }

    func run(_ context: RunContext) throws {
        guard context.external == nil else {
            throw HarnessError.impossible("‘headlines.ask: [warm-up]’ restarts the broker and reads its process: it needs one that the run started")
        }
        let broker = try context.startBroker(context.profile.broker, label: name)
        defer { context.stop(broker) }
        var rates: [String: [Double]] = [:]
        var growths: [Double] = []
        for number in 1...rounds {
            guard let log = try HotLog.fill(context, on: broker.target, topic: "\(name)-\(number)", bytes: logBytes) else { return }
            let growth = try round(number, log, broker, context) { state, rate in rates[state, default: []].append(rate) }
            growths.append(growth)
        }
        context.record.metrics += Self.states.map { Self.hitRate($0, rates[$0] ?? [], rounds: rounds, logBytes) }
        let grown = ConfidenceInterval.median(growths)
        context.record.metrics.append(
            .measured(
                "resident_growth_of_log", grown?.estimate ?? 0, unit: "%", polarity: .lowerIsBetter, interval: grown, samples: UInt64(growths.count),
                note: "of the process, over three passes over \(decimalBytes(logBytes))"))
        try context.publish()
    }

    /// - Parameter found: gets percent of what a pass read that came from no device, where that can be told.
    /// - Returns: percent of the log by which the broker's process grew over its first three passes.
    private func round(
        _ number: Int, _ log: HotLog, _ broker: BrokerProcess, _ context: RunContext, _ found: (_ state: String, _ rate: Double) -> Void
    ) throws -> Double {
        func pass(_ state: String, unreached: [String] = []) throws {
            if let read = try hitRate(of: state, number, log, broker, context, unreached: unreached) { found(state, read) }
        }
        let resident = ProcessSample.residentBytes(of: broker.pid) ?? 0
        try pass("recent")
        let left = try log.files.drop(downTo: Self.coldShare, ofLogBytes: log.bytes)
        try pass("cold", unreached: left <= Self.coldShare ? [] : ["cold: \(percent(left)) of the log was resident at the start"])
        try pass("warmed")
        let grown = Double(ProcessSample.residentBytes(of: broker.pid) ?? 0) - Double(resident)
        _ = context.crash(broker)
        try context.restart(broker)
        try broker.child.wait(for: "ready line after it was killed", seconds: BrokerProcess.readySeconds, context.interruption) { broker.isReady }
        try pass("after_restart")
        return 100 * max(0, grown) / Double(log.bytes)
    }

    private static func hitRate(_ state: String, _ rates: [Double], rounds: Int, _ logBytes: Int64) -> Metric {
        guard rates.count == rounds, let median = ConfidenceInterval.median(rates) else {
            return .unavailable("hit_rate_\(state)", unit: "%", polarity: .higherIsBetter, reason: "the device reads of the broker's process are not readable here")
        }
        return .measured(
            "hit_rate_\(state)", median.estimate, unit: "%", polarity: .higherIsBetter, interval: median, samples: UInt64(rates.count),
            note: "\(decimalBytes(logBytes)) served each time, by the device reads of the broker's process")
    }

    /// The whole log once; percent of it that the broker's process did not read from the device, nil where that can't be told.
    private func hitRate(
        of state: String, _ number: Int, _ log: HotLog, _ broker: BrokerProcess, _ context: RunContext, unreached: [String]
    ) throws -> Double? {
        let (result, measurement) = try context.measure(broker: broker.watched) {
            try log.log.pass(from: broker.target.bootstrap).run(until: .wholePlan) { try context.checkInterruption() }
        }
        var phase = measurement.record(name: number == 1 ? "read \(state)" : "read \(state) \(number)", kind: "fetch")
        try log.log.conclude(&phase, through: [broker.target.bootstrap], unreached: unreached, context)
        context.record.phases.append(phase)
        guard let read = measurement.broker?.deviceReadBytes, result.bytes > 0 else { return nil }
        return 100 * (1 - min(1, Double(read) / Double(result.bytes)))
    }
}
