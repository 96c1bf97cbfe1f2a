// A comparison of two builds from its first group to its report.
internal import Foundation
internal import Gate
internal import Glibc
internal import Host
internal import Measurement
internal import Results
internal import Topology

/// Runs restart groups until the gate has seen enough, or patience ends. For the main thread.
package final class Comparison {
    private let profile: Profile
    private let plan: ComparisonPlan
    private let base: Contender
    private let head: Contender
    private let options: ComparisonOptions
    private let interruption: Interruption
    private let progress: ProgressLine
    private let makeFleet: ComparisonFleetMaker
    private var record: CampaignRecord!
    private var store: CampaignStore!
    private var ranGroups = 0
    private let redaction = Redaction.ofThisMachine()

    /// Share of all schedules that the generator must hand over on time.
    static let onTimeShareMinimum = VerdictThresholds.handedOverShareMinimum
    /// An idle build that uses more of a CPU than this is said to be restless.
    static let idleShareMaximum = 0.02

    /// - Throws: `ProfileError` for a profile without a `gate` section.
    package init(
        _ profile: Profile, base: Contender, head: Contender, options: ComparisonOptions, interruption: Interruption, progress: ProgressLine,
        makeFleet: @escaping ComparisonFleetMaker = Comparison.lanes
    ) throws(ProfileError) {
        guard let plan = profile.gate else {
            throw ProfileError(
                file: profile.path, line: nil, column: nil,
                message: "has no ‘gate’ section: it says nothing of how two builds are compared (Profiles/ab-max.yaml has one)")
        }
        self.profile = profile
        self.plan = plan
        self.base = base
        self.head = head
        self.options = options
        self.interruption = interruption
        self.progress = progress
        self.makeFleet = makeFleet
    }

    /// Real lanes.
    package static func lanes(_ plan: LoadPlan, _ target: BrokerTarget, _ check: () throws -> Void) throws -> any LoadFleet {
        try LaneFleet(plan, on: target, check: check)
    }

    /// Makes the comparison. Whatever happens, both builds are stopped and their data removed when it returns, and the
    /// groups that had ended are in the result's directory.
    ///
    /// - Returns: the record with its report; a spoiled or interrupted comparison has one, too, and its outcome is `invalid`.
    /// - Throws: what kept it from beginning: `ComparisonError`, `HarnessError`, `GateFault`, `ResultError`, `SystemError`.
    package func perform() throws -> ComparisonOutcome {
        try FileManager.default.createDirectory(atPath: options.dataDirectory, withIntermediateDirectories: true)
        try checkDisk()
        let identity = RunIdentity.new(profileName: "ab-" + profile.name)
        let folder = try RunFolder(base: options.dataDirectory, name: identity.directoryName)
        defer { folder.remove() }
        let hiccups = plan.kind == .rate ? HiccupMeter(cpus: try CPUSet.allowed().cpus) : nil
        defer { hiccups?.stop() }
        let logDirectory = folder.path + "/logs"
        try FileManager.default.createDirectory(atPath: logDirectory, withIntermediateDirectories: true)
        func setting(_ rate: Double?) -> GroupSetting {
            GroupSetting(
                profile: profile, plan: plan, base: base, head: head, folder: folder, logDirectory: logDirectory,
                interruption: interruption, progress: progress, makeFleet: makeFleet, recordsPerSecond: rate, hiccups: hiccups)
        }
        try open(identity, folder, setting(nil))
        try store.write(record)
        let ending = try run(setting(record.rate?.recordsPerSecond), folder)
        return try conclude(ending)
    }

    // MARK: begin

    private func checkDisk() throws {
        var run = RunPlan()
        run.add("both builds", plan.diskCost(profile))
        try run.check(freeBytes: RunPlan.freeBytes(at: options.dataDirectory), directory: options.dataDirectory)
    }

    /// A new record, or the one to go on with.
    private func open(_ identity: RunIdentity, _ folder: RunFolder, _ setting: GroupSetting) throws {
        progress.note("\(profile.name): \(profile.question)")
        progress.note("base \(base.name) · head \(head.name)")
        let machine = MachineDescription.read()
        let disk = try DataDirectory.identify(folder.path)
        var environment = EnvironmentRecord.read(machine, disk: disk, traits: [], brokerIsHere: true)
        environment.redact(by: redaction)
        var diskRecord = DiskRecord.describe(disk, name: "data directory")
        diskRecord.redact()
        if let place = options.resume {
            store = CampaignStore(directory: place)
            record = try store.load()
            try resume(environment)
            return
        }
        let rate = plan.kind == .rate ? try RatePilot(setting: setting).find() : nil
        let spreads = SelftestStore(root: options.resultsDirectory, profile: profile.name, machine: environment).counterSpreads()
        let gate = try gatePlan(rate, spreads, seed: options.seed ?? UInt64(UInt32.random(in: 1...UInt32.max)))
        record = CampaignRecord(
            identity: identity, software: Software(commit: options.commit, version: options.version, broker: base.name),
            profile: ProfileRecord(
                name: profile.name, question: profile.question, tier: profile.tier.rawValue, text: profileText,
                seeds: ["gate": gate.seed, "producers": profile.producers?.seed ?? 0], expect: profile.expectedErrors,
                durability: profile.broker.durability.description),
            environment: environment, disks: [diskRecord], base: contenderRecord(base),
            head: contenderRecord(head), campaign: GateCampaign(plan: gate), reproduce: options.reproduce)
        record.rate = rate
        store = CampaignStore(
            directory: ResultStore(root: URL(filePath: options.resultsDirectory)).directory(for: identity))
    }

    private var profileText: String { redaction.text(profile.overrides.reduce(profile.text) { $0 + "\n# --set \($1)" }) }

    private func contenderRecord(_ contender: Contender) -> ContenderRecord {
        var version: String?
        if case .program(let path, _) = contender.launch { version = Programs.versionLine(of: path) }
        return ContenderRecord(name: contender.name, identity: contender.identity, version: version)
    }

    /// - Parameter spreads: relative A/A spreads of counters that a selftest saw on this machine.
    private func gatePlan(_ rate: PinnedRate?, _ spreads: [String: Double], seed: UInt64) throws -> Gate.GatePlan {
        try Gate.GatePlan(
            profile: profile.name, base: base.identity, head: head.identity,
            metrics: GroupValues.metrics(plan, gatesQuantiles: hasSamples(rate, 0.99), showsTail: hasSamples(rate, 0.999), spreads: spreads), seed: seed,
            slicesPerSide: plan.slices / 2, sliceSeconds: Double(plan.sliceNanoseconds) / 1e9,
            thresholds: options.thresholds ?? EffectThresholds(regression: plan.thresholdFraction, minimumEffect: plan.minimumEffectFraction))
    }

    /// Whether the slices of one side of a group hold samples enough for a quantile, with room for a build that batches more.
    private func hasSamples(_ rate: PinnedRate?, _ quantile: Double) -> Bool {
        guard let rate else { return false }
        let requests = rate.requestsPerSecond * Double(plan.measuredNanoseconds) / 1e9 * Double(plan.slices / 2)
        return VerdictThresholds.tailIsLongEnough(quantile: quantile, samples: UInt64(requests / Self.sampleReserve))
    }
    private static let sampleReserve = 2.0

    /// - Throws: `.notComparable` when machine, profile or builds are not those of the stored groups.
    private func resume(_ environment: EnvironmentRecord) throws {
        var differences = environment.hard.keys.sorted().filter { record.environment.hard[$0] != environment.hard[$0] }
            .map { "\($0) was \(record.environment.hard[$0] ?? "not known") and is \(environment.hard[$0] ?? "not known")" }
        if record.profile.text != profileText { differences.append("the profile is not the one that the groups were measured with") }
        if let seed = options.seed, seed != record.campaign.plan.seed { differences.append("the seed was \(record.campaign.plan.seed)") }
        guard differences.isEmpty else { throw ComparisonError.notComparable(differences) }
        // As they were known then: a selftest since must not change what is asked.
        let spreads = record.campaign.plan.metrics.reduce(into: [:]) { $0[$1.name] = $1.selftestSpread }
        do { try record.campaign.resume(with: try gatePlan(record.rate, spreads, seed: record.campaign.plan.seed)) } catch let fault as GateFault {
            if case .planChanged = fault { throw ComparisonError.notComparable([fault.description]) }
            throw ComparisonError.invalid(side: nil, group: nil, reason: fault.description)
        }
        record.complete = false
        record.report = nil
        progress.note("resumed with \(record.groups.count) groups; seed \(record.campaign.plan.seed)")
    }

    // MARK: groups

    /// Runs groups until there is a reason to stop.
    private func run(_ setting: GroupSetting, _ folder: RunFolder) throws -> CampaignEnding {
        let rest = DiskRest(directory: folder.path)
        do {
            while true {
                if let ending = ending() { return ending }
                _ = try rest.wait { try self.interruption.check() }
                let probe = MachineProbe.take()
                record.probeNanoseconds = record.probeNanoseconds ?? probe.nanosecondsPerOperation
                let group = try GroupRun(setting, record.campaign.nextArrangement, index: record.campaign.nextIndex)
                    .perform(attempt: record.campaign.attempts - 1, probe: probe, reference: record.probeNanoseconds!)
                try take(group)
            }
        } catch HarnessError.interrupted {
            interruption.beginTeardown()
            return .interrupted
        } catch let error as ComparisonError {
            record.campaign.spoil(redaction.text(error.description))
            return .spoiled
        } catch let fault as GateFault {
            record.campaign.spoil(fault.description)
            return .spoiled
        }
    }

    private func ending() -> CampaignEnding? {
        if case .stop(let ending) = record.campaign.step, !options.ignoresLooks || ending == .spoiled { return ending }
        if ranGroups >= options.groups ?? plan.groups { return .budget }
        let budget = options.budgetNanoseconds ?? plan.budgetNanoseconds
        if UInt64(ranGroups + 1) * plan.groupNanoseconds > budget { return .budget }
        guard let deadline = options.deadlineNanoseconds else { return nil }
        let spent = MonotonicClock.now() - options.startedNanoseconds
        let longest = record.groups.suffix(ranGroups).map(\.group.seconds).max() ?? Double(plan.groupNanoseconds) / 1e9
        return spent + UInt64(longest * 1e9) > deadline ? .budget : nil
    }

    private func take(_ group: GroupRecord) throws {
        _ = try record.campaign.record(group.group)
        record.groups.append(group)
        ranGroups += 1
        try store.append(group)
        try options.groupEnded(record, group)
        progress.note(GroupLine.text(group, of: record.campaign.plan))
    }

    // MARK: end

    private func conclude(_ ending: CampaignEnding) throws -> ComparisonOutcome {
        var ending = ending
        if ending != .interrupted, let fault = generatorFault() {
            record.campaign.spoil(fault)
            ending = .spoiled
        }
        record.report = record.campaign.report(ending: ending)
        record.notes = ComparisonRemarks.of(record, plan)
        record.complete = ending != .interrupted
        record.identity.endedAt = Date().formatted(.iso8601)
        progress.clear()
        if ending == .interrupted { try store.write(record) } else { try store.finish(record) }
        return ComparisonOutcome(record: record, directory: store.directory)
    }

    /// A generator that was late measures itself.
    private func generatorFault() -> String? {
        let slices = record.groups.flatMap(\.slices)
        let scheduled = slices.reduce(0) { $0 + $1.scheduledRecords }
        guard scheduled > 0 else { return nil }
        let share = Double(slices.reduce(0) { $0 + $1.handedOverOnTime }) / Double(scheduled)
        guard share < Self.onTimeShareMinimum else { return nil }
        return "the load generator handed over \(decidingPercent(share)) of the schedule on time: lower gate.rate"
    }
}
