// One cell of the NUMA matrix: a broker and its client on their nodes, a load, then fetches of pages that lie on each node in turn.
internal import Glibc
internal import Host
internal import Measurement
internal import Results
internal import Topology

struct NUMACellRun {
    let plan: NUMAHeadlinePlan
    let cell: NUMACell
    let disk: NUMADisk
    let cached: [NUMANode]

    private var label: String {
        "numa \(disk.name.map { "\($0) " } ?? "")broker \(cell.broker.id) client \(cell.client.id) \(cell.memory)"
    }

    func run(_ context: RunContext) throws -> [LatencyRow] {
        context.progress.note("\(disk.name.map { "\($0): " } ?? "")\(cell.description)")
        var rows = [try context.repeatingSpoiled(startsAfresh: true) { try onBroker(context) { try produce(to: $0, context) } }]
        guard !cached.isEmpty else { return rows }
        rows += try onBroker(context) { try fetch(from: $0, context) }
        return rows
    }

    private func onBroker<Result>(_ context: RunContext, _ body: (BrokerProcess) throws -> Result) throws -> Result {
        var brokerPlan = context.profile.broker
        brokerPlan.cpus = cell.broker.cpus
        brokerPlan.memory = cell.memory
        let broker = try context.startBroker(brokerPlan, label: "numa", dataDirectory: try disk.folder?.directory("numa"))
        defer {
            context.stop(broker)
            disk.folder?.clear()
        }
        return try body(broker)
    }

    // MARK: the load

    private func produce(to broker: BrokerProcess, _ context: RunContext) throws -> LatencyRow {
        var load = LoadPlan(context.profile, label: label, topic: "numa")
        load.phases.warmUpNanoseconds = plan.warmUpNanoseconds
        load.phases.steadyNanoseconds = plan.steadyNanoseconds
        load.clientCPUs = [cell.client.cpus]
        load.headline = "numa"
        var clients = 0.0
        // Right behind the window: the lanes are still there.
        load.afterSteady = { clients = Self.share(Self.lanes, on: cell.client.cpus) }
        let outcome = try context.load(load, on: broker.target)
        let threads = min(clients, brokerThreads(broker))
        let pages = brokerPages(broker)
        let response = outcome.histograms["response"] ?? LatencyHistogram()
        let isPlaced = min(threads, pages ?? 1) >= PlacementCell.leastVerifiedShare
        let reason = outcome.verdict.outcome == .invalid ? outcome.verdict.reasons.first { $0.outcome == .invalid }?.text : misplaced(isPlaced, threads, pages, nil)
        return row(
            "response", PlacementLatency.quantiles.map { QuantileCell(quantile: $0, reading: outcome.reading("response", at: $0)) },
            samples: outcome.acknowledgedRequests, maximum: response.maximumNanoseconds, perSecond: context.profile.producers?.recordsPerSecond ?? 0,
            verified: min(threads, pages ?? 1), reason: reason)
    }

    private static var lanes: [ThreadPlacement] {
        Affinity.threads(of: getpid()).filter { $0.name.hasPrefix("produce-") || $0.name.hasPrefix("consume-") }
    }

    /// Of threads that may run on these CPUs only, and did; 0 where there is none.
    private static func share(_ threads: [ThreadPlacement], on cpus: CPUSet) -> Double {
        threads.isEmpty ? 0 : Double(threads.count { $0.allowed.isSubset(of: cpus) && cpus.contains($0.lastCPU) }) / Double(threads.count)
    }

    private func brokerThreads(_ broker: BrokerProcess) -> Double { Self.share(Affinity.threads(of: broker.pid), on: cell.broker.cpus) }

    /// Read outside of any window; nothing is faulted in.
    private func brokerPages(_ broker: BrokerProcess) -> Double? { PagePlacement.ofProcess(broker.pid)?.share(evenlyOn: cell.memoryNodes) }

    // MARK: the fetches

    private func fetch(from broker: BrokerProcess, _ context: RunContext) throws -> [LatencyRow] {
        guard let log = try HotLog.fill(context, on: broker.target, topic: "numa-pages", bytes: plan.logBytes) else { return [] }
        return try cached.map { node in try fetch(log, on: node, from: broker, context) }
    }

    private func fetch(_ log: HotLog, on node: NUMANode, from broker: BrokerProcess, _ context: RunContext) throws -> LatencyRow {
        try log.files.place(on: node)
        let before = try log.files.placement().share(on: node.id)
        var pass = log.log.pass(from: broker.target.bootstrap, cpus: cell.client.cpus)
        // A second fetch on its way would wait for the first: what is asked is how long one takes.
        pass.inFlight = 1
        let (result, measurement) = try context.measure(broker: broker.watched) {
            try pass.run(until: .at(MonotonicClock.now() + plan.fetchNanoseconds)) { try context.checkInterruption() }
        }
        let after = try log.files.placement().share(on: node.id)
        var phase = measurement.record(name: "\(label) pages \(node.id)", kind: "fetch")
        phase.histograms["fetch"] = result.latency
        try log.log.conclude(&phase, through: [broker.target.bootstrap], context)
        context.record.phases.append(phase)
        let (threads, pages) = (brokerThreads(broker), brokerPages(broker))
        let pagesThere = min(before ?? 0, after ?? 0)
        let isPlaced = min(threads, pages ?? 1, pagesThere) >= PlacementCell.leastVerifiedShare
        return row(
            "fetch", PlacementLatency.quantiles.map { QuantileCell(quantile: $0, reading: result.latency.reading(at: $0, hiccup: measurement.hiccup.merged, events: result.answers)) },
            samples: result.answers, maximum: result.latency.maximumNanoseconds, on: node, verified: min(threads, pages ?? 1, pagesThere),
            reason: misplaced(isPlaced, threads, pages, pagesThere))
    }

    // MARK: what it comes to

    /// Why the placement is no placement; nil where it is one.
    private func misplaced(_ isPlaced: Bool, _ threads: Double, _ pages: Double?, _ cache: Double?) -> String? {
        guard !isPlaced else { return nil }
        let parts = ["\(percent(threads)) of the threads", pages.map { "\(percent($0)) of the broker's pages" }, cache.map { "\(percent($0)) of the cached pages" }]
        return "only \(parts.compactMap { $0 }.joined(separator: ", ")) where they belong"
    }

    private func row(
        _ clock: String, _ cells: [QuantileCell], samples: UInt64, maximum: Int64?, on node: NUMANode? = nil, perSecond: Double = 0, verified: Double, reason: String?
    ) -> LatencyRow {
        let parts = ["broker node \(cell.broker.id)", "client node \(cell.client.id)", "memory \(cell.memory)", node.map { "pages on node \($0.id)" }, disk.text(from: cell.broker.id)]
        return LatencyRow(
            placement: parts.compactMap { $0 }.joined(separator: " · "), clock: clock, eventsPerSecond: perSecond, cells: cells,
            maximum: maximum.map { UInt64(max(0, $0)) }, samples: samples, verifiedShare: verified, valid: reason == nil, note: reason)
    }
}
