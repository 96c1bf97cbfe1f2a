// Response latency of the profile's own open-loop load, pinned and left to the scheduler, each placement verified.
internal import Foundation
internal import Host
internal import Measurement
internal import Results
internal import Topology

/// Latency percentiles of each placement cell.
struct PlacementLatency: HeadlineMeasurement {
    let plan: PlacementHeadlinePlan

    var name: String { "placement" }

    static let quantiles = [0.5, 0.9, 0.99, 0.999]
    /// A pinned cell with a smaller verified share is no figure of that placement.
    private static let leastVerifiedShare = 0.95

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        let seconds = Double(plan.warmUpNanoseconds + plan.steadyNanoseconds + profile.phases.steadyWaitNanoseconds) / 1e9
        let perSecond = (profile.producers?.recordsPerSecond ?? 0) * Double(profile.producers?.recordBytes ?? 0)
        return HeadlineCost(
            loadNanoseconds: UInt64(plan.cells.count) * (plan.warmUpNanoseconds + plan.steadyNanoseconds + profile.phases.coolDownNanoseconds),
            diskBytes: Int64(seconds * perSecond * 1.2), assumption: nil)
    }

    func run(_ context: RunContext) throws {
        try Self.requireOpenLoop(context.profile, headline: name)
        var headline = LatencyHeadline(rows: [], hiccup: [], nodes: context.machine.nodes.count, notes: [])
        if context.machine.nodes.count == 1 { headline.notes.append("1 node: remote cells not measurable") }
        headline.notes.append("an acknowledged request counts once; response = intended send time to acknowledgement")
        var hiccups = LatencyHistogram()
        for (finished, cell) in plan.cells.enumerated() {
            do {
                let placement = cell == .unpinned ? Placement.unpinned : try Placement.pair(sameCPU: false, context.machine)
                let (row, hiccup) = try context.repeatingSpoiled(startsAfresh: context.external == nil) { try run(placement, context) }
                headline.rows.append(row)
                hiccups.add(hiccup)
            } catch {
                if case HarnessError.interrupted = error { interrupted(after: finished, context) }
                throw error
            }
            headline.hiccup = Self.quantiles.map { QuantileCell(quantile: $0, reading: hiccups.reading(at: $0, hiccup: nil)) }
            context.record.headlines.latency = headline
            try context.publish()
        }
    }

    /// The rows of finished cells are in the record already, and stay.
    private func interrupted(after finished: Int, _ context: RunContext) {
        let cut = "interrupted after \(finished) of \(plan.cells.count) cells"
        if finished > 0 { context.record.headlines.latency?.notes.append(cut) } else { context.record.notes.append("placement: n/a: \(cut)") }
    }

    static func requireOpenLoop(_ profile: Profile, headline: String) throws(HarnessError) {
        guard profile.producers?.mode == .open else {
            throw .impossible("headline \(headline): latency is only free of coordinated omission in open loop; set producers.mode to open")
        }
    }

    private func run(_ placement: Placement, _ context: RunContext) throws -> (LatencyRow, LatencyHistogram) {
        let label = placement.broker == nil ? "unpinned" : "pinned"
        var brokerPlan = context.profile.broker
        brokerPlan.cpus = placement.broker
        let broker = try context.external == nil ? context.startBroker(brokerPlan, label: label) : nil
        defer { if let broker { context.stop(broker) } }
        let target = try broker?.target ?? context.externalTarget()
        var load = LoadPlan(context.profile, label: label, topic: context.topic("latency-\(label)", on: target))
        load.phases.warmUpNanoseconds = plan.warmUpNanoseconds
        load.phases.steadyNanoseconds = plan.steadyNanoseconds
        load.clientCPUs = placement.client.map { [$0] } ?? []
        load.headline = name
        let outcome = try context.load(load, on: target)
        let response = outcome.histograms["response"] ?? LatencyHistogram()
        let share = verifiedShare(placement, broker)
        let valid = outcome.verdict.outcome != .invalid && (share ?? 1) >= Self.leastVerifiedShare
        if let share, share < Self.leastVerifiedShare {
            context.record.notes.append("placement \(label): only \(percent(share)) of threads and pages where they belong: the cell is INVALID")
        }
        return (
            LatencyRow(
                placement: placement.description, clock: "response", eventsPerSecond: context.profile.producers?.recordsPerSecond ?? 0,
                cells: Self.quantiles.map { QuantileCell(quantile: $0, reading: outcome.reading("response", at: $0)) }, maximum: response.maximumNanoseconds.map { UInt64(max(0, $0)) }, samples: outcome.acknowledgedRequests,
                verifiedShare: share, valid: valid, note: valid ? nil : outcome.verdict.reasons.first?.text),
            outcome.measurement.hiccup.merged
        )
    }

    /// The smaller of: threads that are where they should be, and broker pages on the broker's own node. Read after
    /// the timed window; nothing is faulted in. nil where nothing was pinned or the broker is not ours to look into.
    private func verifiedShare(_ placement: Placement, _ broker: BrokerProcess?) -> Double? {
        guard let cpus = placement.broker, let broker else { return nil }
        let threads = Affinity.verify(process: broker.pid, on: cpus)
        let node = CPUTopology.read().cpus.first { cpus.contains($0.id) }?.node ?? 0
        let pages = PagePlacement.ofProcess(broker.pid)?.share(on: node)
        return min(threads.pinnedShare, threads.onTargetShare, pages ?? 1)
    }
}
