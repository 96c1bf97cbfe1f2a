// Latency over memory nodes: broker × client × memory policy × page-cache node, for each disk, every cell verified and placed anew.
internal import Measurement
internal import Results
internal import Topology

struct NUMAMatrix: HeadlineMeasurement {
    let plan: NUMAHeadlinePlan

    var name: String { "numa" }

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        let cells = UInt64((try? plan.cells(machine.nodes))?.count ?? 0) * UInt64(max(1, plan.disks.count))
        let fetches = UInt64((try? plan.cachedOn(machine.nodes))?.count ?? 0)
        let seconds = Double(plan.warmUpNanoseconds + plan.steadyNanoseconds + profile.phases.steadyWaitNanoseconds) / 1e9
        let perSecond = (profile.producers?.recordsPerSecond ?? 0) * Double(profile.producers?.recordBytes ?? 0)
        return HeadlineCost(
            loadNanoseconds: cells * (plan.warmUpNanoseconds + plan.steadyNanoseconds + profile.phases.coolDownNanoseconds + fetches * plan.fetchNanoseconds),
            diskBytes: Int64(seconds * perSecond * 1.2) + (fetches > 0 ? plan.logBytes * 5 / 4 : 0), assumption: nil)
    }

    func run(_ context: RunContext) throws {
        try PlacementLatency.requireOpenLoop(context.profile, headline: name)
        guard context.external == nil else { throw HarnessError.impossible("headline numa places a broker on memory nodes: it needs one of its own, not --bootstrap") }
        let cells = try plan.cells(context.machine.nodes)
        guard !cells.isEmpty else { throw HarnessError.impossible("headline numa has no cell on this machine: name brokerNodes, clientNodes and memory that it has") }
        let cached = try plan.cachedOn(context.machine.nodes)
        var headline = context.record.headlines.latency ?? LatencyHeadline(rows: [], nodes: context.machine.nodes.count)
        if context.machine.nodes.count == 1, headline.rows.isEmpty { headline.notes.append("1 node: remote cells not measurable") }
        headline.notes += ["response: intended send time to acknowledgement; fetch: one at a time, of pages that are cached on the node named"] + balancing(context.machine) + [Self.network]
        let disks = try disks(context)
        var finished = 0
        for disk in disks {
            defer { disk.folder?.remove() }
            for cell in cells {
                do { headline.rows += try disk.on(context) { try NUMACellRun(plan: plan, cell: cell, disk: disk, cached: cached).run(context) } } catch {
                    if case HarnessError.interrupted = error { interrupted(after: finished, of: cells.count * disks.count, context) }
                    throw error
                }
                finished += 1
                context.record.headlines.latency = headline
                try context.publish()
            }
        }
    }

    /// The rows of finished cells are in the record already, and stay.
    private func interrupted(after finished: Int, of planned: Int, _ context: RunContext) {
        let cut = "interrupted after \(finished) of \(planned) cells"
        if finished > 0 { context.record.headlines.latency?.notes.append(cut) } else { context.record.notes.append("numa: n/a: \(cut)") }
    }

    /// What the two sides speak over has no place in a cell; where the machine's interfaces hang is told.
    private static var network: String {
        "broker and client speak over lo, which hangs on no node; interfaces of this machine: \(NetworkInterface.all().map(\.description).joined(separator: "; "))"
    }

    /// Whether the kernel moves pages between nodes by itself.
    private func balancing(_ machine: MachineDescription) -> [String] {
        machine.numaBalancing.map { [$0 ? "automatic NUMA balancing was on: the kernel may have moved pages" : "automatic NUMA balancing was off"] } ?? []
    }

    /// The directories that brokers keep their logs in, in turn.
    private func disks(_ context: RunContext) throws -> [NUMADisk] {
        guard !plan.disks.isEmpty else { return [NUMADisk(name: nil, directory: context.disk, folder: nil)] }
        let directories = try plan.disks.map { try DataDirectory.identify($0.path) }
        let names = StudiedDirectories.names(plan.disks.map(\.name), directories)
        return try directories.indices.map { index in
            // The run's own folder may be on the same disk.
            let folder = try RunFolder(base: plan.disks[index].path, name: "\(context.record.identity.directoryName)-numa-\(index)")
            // Where `headlines.disk` looked at it, too, it is there.
            if !context.record.disks.contains(where: { $0.name == names[index] }) {
                context.record.add(directories[index], name: names[index])
            }
            return NUMADisk(name: names[index], directory: directories[index], folder: folder)
        }
    }
}

/// Where the brokers of some cells keep their logs.
struct NUMADisk {
    /// nil: the run's own data directory.
    let name: String?
    let directory: DataDirectory
    let folder: RunFolder?

    /// `disk nvme-1 (nvme, node 1, remote)`, seen from a broker on this node; nil where there is nothing to tell: one disk, of no node.
    func text(from broker: Int32) -> String? {
        let node = directory.numaNode
        guard name != nil || node != nil else { return nil }
        return "disk \(name.map { "\($0) " } ?? "")(\(directory.diskClass.rawValue)\(node.map { ", node \($0), \($0 == broker ? "local" : "remote")" } ?? ""))"
    }

    /// Runs `body` with this disk's counters, and the limits of the machine alone: its own were not measured.
    func on<Result>(_ context: RunContext, _ body: () throws -> Result) rethrows -> Result {
        guard let name, let folder else { return try body() }
        let calibration = context.record.calibration.before.filter { !DiskCalibration.diskItems.contains($0.name) }
        return try context.on(MeasuredDisk(name: name, directory: directory, folder: folder, calibration: calibration), body)
    }
}
