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
        var rows = [try context.repeatingSpoiled(startsAfresh: true, misplaced: Self.misplaced) { try onBroker(context) { try produce(to: $0, context) } }]
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
        return try onClientsNode { try body(broker) }
    }

    /// With this thread and what it starts on the client's node, so that their memory comes from there; what this process has from
    /// before, of another cell's client, is moved there.
    private func onClientsNode<Result>(_ body: () throws -> Result) throws -> Result {
        let own = try CPUSet.allowed()
        try Affinity.pin(thread: 0, to: cell.client.cpus)
        defer { try? Affinity.pin(thread: 0, to: own) }
        // Where it is refused the pages are found elsewhere, and the cell says so.
        try? NUMA.moveOwnMemory(to: cell.client.id)
        return try body()
    }

    // MARK: the load

    private func produce(to broker: BrokerProcess, _ context: RunContext) throws -> LatencyRow {
        var load = LoadPlan(context.profile, label: label, topic: "numa")
        load.phases.warmUpNanoseconds = plan.warmUpNanoseconds
        load.phases.steadyNanoseconds = plan.steadyNanoseconds
        load.clientCPUs = [cell.client.cpus]
        load.headline = "numa"
        let watch = NUMACellWatch(cell, broker: broker.pid, windowNanoseconds: plan.steadyNanoseconds)
        load.beforeSteady = { watch.begin() }
        load.onProgress = { _ in watch.lookWhenDue() }
        var clientMemory: PlacedPart?
        // Right behind the window: the lanes and their memory are still there.
        load.afterSteady = {
            watch.end()
            clientMemory = pages("client memory", of: getpid(), on: [cell.client.id])
        }
        let outcome = try context.load(load, on: broker.target)
        let placed = threads(watch) + [
            pages("broker memory", of: broker.pid, on: cell.memoryNodes), clientMemory ?? PlacedPart(part: "client memory", share: nil, looks: 0, note: "nobody looked"),
            try written(load.topic, by: broker), onDisk(broker),
        ]
        let response = outcome.histograms["response"] ?? LatencyHistogram()
        let spoiled = outcome.verdict.outcome == .invalid ? outcome.verdict.reasons.first { $0.outcome == .invalid }?.text : nil
        return row(
            "response", PlacementLatency.quantiles.map { QuantileCell(quantile: $0, reading: outcome.reading("response", at: $0)) },
            samples: outcome.acknowledgedRequests, maximum: response.maximumNanoseconds, perSecond: context.profile.producers?.recordsPerSecond ?? 0, placed: placed,
            interrupts: watch.interrupts, spoiled: spoiled)
    }

    // MARK: what is where

    private func threads(_ watch: NUMACellWatch) -> [PlacedPart] {
        [
            PlacedPart(part: "broker threads", share: watch.brokerThreads.share, looks: watch.brokerThreads.count),
            PlacedPart(part: "client threads", share: watch.clientThreads.share, looks: watch.clientThreads.count),
        ]
    }

    /// A process's own memory, spread evenly where it may lie on several nodes. Read outside of any window; nothing is faulted in.
    private func pages(_ part: String, of pid: Int32, on nodes: [Int32]) -> PlacedPart {
        guard let found = PagePlacement.ofProcess(pid) else { return PlacedPart(part: part, share: nil, note: "the kernel shows no numa_maps of it") }
        let share = found.share(evenlyOn: nodes)
        return PlacedPart(part: part, share: share, note: share.map { $0 < PlacementCell.leastVerifiedShare } ?? true ? found.text : nil)
    }

    /// The cached pages of what the broker wrote: where its writing threads' policy puts them.
    private func written(_ topic: String, by broker: BrokerProcess) throws -> PlacedPart {
        guard NUMA.isAvailable else { return PlacedPart(part: "written pages", share: nil, looks: 0, note: "the kernel knows no memory nodes") }
        let found = try LogFiles(topic: topic, under: broker.dataDirectory).placement()
        return PlacedPart(part: "written pages", share: found.share(onAnyOf: cell.memoryNodes), note: found.placed == 0 ? "none is cached" : nil)
    }

    /// Whether what the broker writes goes to the disk that the cell names, on the node that it was found on.
    private func onDisk(_ broker: BrokerProcess) -> PlacedPart {
        guard let device = disk.directory.hardware else { return PlacedPart(part: "disk", share: nil, note: "there is no single device below the data directory") }
        guard let node = device.numaNode, node >= 0 else { return PlacedPart(part: "disk", share: nil, note: "\(device.name) hangs on no node that the kernel knows") }
        let found = try? DataDirectory.identify(broker.dataDirectory).hardware
        return PlacedPart(part: "disk", share: found?.name == device.name && found?.numaNode == node ? 1 : 0, note: "\(device.name) on node \(node)")
    }

    // MARK: the fetches

    private func fetch(from broker: BrokerProcess, _ context: RunContext) throws -> [LatencyRow] {
        guard let log = try HotLog.fill(context, on: broker.target, topic: "numa-pages", bytes: plan.logBytes) else { return [] }
        return try cached.map { node in
            // Everything is placed anew before each.
            try context.repeatingSpoiled(startsAfresh: true, misplaced: Self.misplaced) { try fetch(log, on: node, from: broker, context) }
        }
    }

    private func fetch(_ log: HotLog, on node: NUMANode, from broker: BrokerProcess, _ context: RunContext) throws -> LatencyRow {
        try log.files.place(on: node)
        let before = try log.files.placement().share(on: node.id)
        // What the audits before this, that of the fetches before among them, took and keep: they are bound nowhere.
        try? NUMA.moveOwnMemory(to: cell.client.id)
        var pass = log.log.pass(from: broker.target.bootstrap, cpus: cell.client.cpus)
        // A second fetch on its way would wait for the first: what is asked is how long one takes.
        pass.inFlight = 1
        let watch = NUMACellWatch(cell, broker: broker.pid, windowNanoseconds: plan.fetchNanoseconds)
        watch.begin()
        let (result, measurement) = try context.measure(broker: broker.watched) {
            try pass.run(until: .at(MonotonicClock.now() + plan.fetchNanoseconds)) {
                try context.checkInterruption()
                watch.lookWhenDue()
            }
        }
        watch.end()
        // Before anything else of the harness, which is bound nowhere, takes memory for the audit.
        let clientMemory = pages("client memory", of: getpid(), on: [cell.client.id])
        let after = try log.files.placement().share(on: node.id)
        var phase = measurement.record(name: "\(label) pages \(node.id)", kind: "fetch")
        phase.histograms["fetch"] = result.latency
        try log.log.conclude(&phase, through: [broker.target.bootstrap], context)
        context.record.phases.append(phase)
        let placed = threads(watch) + [
            pages("broker memory", of: broker.pid, on: cell.memoryNodes), clientMemory,
            PlacedPart(part: "cached pages", share: min(before ?? 0, after ?? 0), looks: 2), onDisk(broker),
        ]
        return row(
            "fetch", PlacementLatency.quantiles.map { QuantileCell(quantile: $0, reading: result.latency.reading(at: $0, hiccup: measurement.hiccup.merged, events: result.answers)) },
            samples: result.answers, maximum: result.latency.maximumNanoseconds, on: node, placed: placed, interrupts: watch.interrupts)
    }

    // MARK: what it comes to

    private static func misplaced(_ row: LatencyRow) -> String? { misplaced(row.placed ?? []) }

    /// Why the placement is no placement; nil where it is one.
    static func misplaced(_ placed: [PlacedPart]) -> String? {
        let wrong = placed.filter { $0.share.map { $0 < PlacementCell.leastVerifiedShare } ?? false }
        guard !wrong.isEmpty else { return nil }
        let parts = wrong.map { part in "\(percent(part.share ?? 0)) of the \(part.part)" + (part.note.map { " (\($0))" } ?? "") }
        return "only \(parts.joined(separator: ", ")) where they belong"
    }

    /// - Parameter spoiled: why the figures count for nothing wherever things were; nil: they count.
    private func row(
        _ clock: String, _ cells: [QuantileCell], samples: UInt64, maximum: Int64?, on node: NUMANode? = nil, perSecond: Double = 0, placed: [PlacedPart],
        interrupts: [InterruptRecord]?, spoiled: String? = nil
    ) -> LatencyRow {
        let parts = ["broker node \(cell.broker.id)", "client node \(cell.client.id)", "memory \(cell.memory)", node.map { "pages on node \($0.id)" }, disk.text(from: cell.broker.id)]
        let reason = spoiled ?? Self.misplaced(placed)
        return LatencyRow(
            placement: parts.compactMap { $0 }.joined(separator: " · "), clock: clock, eventsPerSecond: perSecond, cells: cells,
            maximum: maximum.map { UInt64(max(0, $0)) }, samples: samples, verifiedShare: placed.compactMap(\.share).min() ?? 0, valid: reason == nil, note: reason,
            placed: placed, interrupts: interrupts)
    }
}
