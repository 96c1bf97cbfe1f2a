// One run from profile to result: plan, prepare, measure, judge, store, tear down.
internal import Client
package import Foundation
internal import Host
package import Measurement
package import Results
package import Topology

/// What a run came to.
package struct RunOutcome: Sendable {
    package let record: RunRecord
    /// The result's directory, with run.json in it.
    package let directory: URL
    package var isInvalid: Bool { verdict.outcome == .invalid }
    package var verdict: Verdict { record.verdict ?? Verdict(reasons: []) }
    /// Why the probe that was given was not joined; nil: it was, or there was none.
    package var probeRefusal: ProbeError?
    /// The signal that ended it before its time: the record holds what was measured until then, without a verdict, and is marked
    /// incomplete. nil: it ran to its end.
    package var interruptedBy: Int32?
}

package enum Run {
    /// Makes the run. Whatever happens, every process it started is gone and its data folder removed when it
    /// returns; what had been measured stays in the result directory, marked incomplete.
    ///
    /// - Returns: what it came to; also where Ctrl-C ended it, once there is a result to keep.
    /// - Throws: `HarnessError`, `ProfileError`, `SystemError` and what the parts throw.
    package static func perform(
        _ profile: Profile, _ options: RunOptions, interruption: Interruption, progress: ProgressLine,
        measurements: [any HeadlineMeasurement]? = nil, ceilings: CeilingBook = CeilingBook(), makeFleet: @escaping RunContext.FleetMaker
    ) throws -> RunOutcome {
        let parts = measurements ?? headlineMeasurements(for: profile)
        if profile.search == nil, profile.producerGroups.contains(where: { $0.mode == .open && $0.recordsPerSecond == nil }) {
            throw HarnessError.impossible(
                "\(profile.name) compares builds (`tidemark ab`), which finds the rate; a run needs it: --set producers.rate=RECORDS")
        }
        try requirePrograms(options, profile)
        let machine = MachineDescription.read()
        var options = options
        if let asked = profile.headlines.disk {
            try StudiedDirectories.check(asked, profile, machine, isExternal: options.external != nil)
            options.dataDirectory = asked.directories.first?.path ?? options.dataDirectory
        }
        // A probe that is not there is missed now, not at the end.
        let probe = try options.probe.map { try ProbeRecording.header(of: $0) }
        try FileManager.default.createDirectory(atPath: options.dataDirectory, withIntermediateDirectories: true)
        let plan = plan(profile, parts, machine)
        // Where the bytes go, as far as that is this host.
        let directory = options.externalOptions.dataDirectory ?? options.dataDirectory
        try plan.check(freeBytes: RunPlan.freeBytes(at: directory), directory: directory)
        progress.note("\(profile.name): \(profile.question)")
        progress.note("planned: \(fixed(plan.loadSeconds, 0)) s of load, at most \(decimalBytes(plan.diskBytes)) on \(directory)")
        let context = try prepare(profile, options, machine, interruption, progress, ceilings, makeFleet)
        context.record.notes.append("plan:\n" + plan.description)
        if let probe { context.companions = [probe.probePID] }
        do {
            try carryOut(parts, context)
            context.tearDown()
            progress.clear()
            return try conclude(context)
        } catch {
            // First, so that the terminal is in order even if a second Ctrl-C ends this at once.
            progress.clear()
            interruption.beginTeardown()
            context.tearDown()
            context.record.notes.append("ended early: \(error)")
            try? context.publish()
            if case HarnessError.interrupted(let signal) = error { return try interrupted(context, by: signal) }
            throw error
        }
    }

    private static func interrupted(_ context: RunContext, by signal: Int32) throws -> RunOutcome {
        let directory = context.writer.directory
        let store = ResultStore(root: directory.deletingLastPathComponent())
        return RunOutcome(record: try store.load(directory), directory: directory, interruptedBy: signal)
    }

    /// Everything this run would cost.
    package static func plan(_ profile: Profile, _ parts: [any HeadlineMeasurement], _ machine: MachineDescription) -> RunPlan {
        var plan = RunPlan()
        for part in parts { plan.add(part.name, part.cost(profile, machine: machine)) }
        if let search = profile.search {
            plan.add("search", search.cost(profile))
        } else if runsOwnLoad(profile) {
            plan.add("load", profile.cost(of: profile.producerGroups, over: profile.phases))
            for later in profile.later { plan.add(later.label, profile.cost(of: later.producerGroups, over: later.phases)) }
            if let backlog = profile.backlog { plan.add("backlog", backlog.cost(profile.producerGroups, profile.consumerGroups)) }
            if OwnCeiling.judges(profile.producerGroups) { plan.add("ceiling", OwnCeiling.cost) }
        }
        let hasOwnLoad = profile.search != nil || runsOwnLoad(profile)
        let ceilings = hasOwnLoad && OwnCeiling.judges(profile.producerGroups) ? OwnCeiling.brokers : 0
        // One for the appends on a disk, one for its acknowledgements.
        let onDisks = profile.headlines.disk.map { $0.append == nil ? 0 : 2 * max(1, $0.directories.count) } ?? 0
        plan.besides = .estimate(profile, brokers: parts.count + ceilings + onDisks, hasOwnLoad: hasOwnLoad)
        return plan
    }

    /// The placement measurement runs the profile's load once per cell; then it is not run a further time.
    static func runsOwnLoad(_ profile: Profile) -> Bool { !profile.producerGroups.isEmpty && profile.headlines.placing == nil }

    private static func requirePrograms(_ options: RunOptions, _ profile: Profile) throws {
        if let pid = options.externalOptions.processID, ProcessSample.take(pid: pid) == nil {
            throw HarnessError.impossible("--broker-pid \(pid): there is no such process on this host, or it may not be read")
        }
        if options.external == nil { _ = try Programs.path(of: "tidemarkd") }
        if profile.headlines.disk != nil || profile.headlines.append != nil || profile.headlines.ask.contains(where: \.isOfMicrobench) { _ = try Programs.path(of: "microbench") }
    }

    private static func prepare(
        _ profile: Profile, _ options: RunOptions, _ machine: MachineDescription, _ interruption: Interruption, _ progress: ProgressLine,
        _ ceilings: CeilingBook, _ makeFleet: @escaping RunContext.FleetMaker
    ) throws -> RunContext {
        let identity = RunIdentity.new(profileName: profile.name)
        let folder = try RunFolder(base: options.dataDirectory, name: identity.directoryName)
        let disk = try DataDirectory.identify(folder.path)
        let externalDisk = try options.externalOptions.dataDirectory.map { try DataDirectory.identify($0) }
        let besides = profile.headlines.otherDirectories
        let traits = Doctor.examine(dataDirectories: [folder.path] + besides, probe: TraitProbe.measure())
        var record = RunRecord(
            identity: identity, software: try software(options),
            profile: ProfileRecord(
                name: profile.name, question: profile.question, tier: profile.tier.rawValue, text: text(of: profile),
                seeds: seeds(of: profile), expect: profile.expectedErrors, durability: profile.broker.durability.description),
            environment: EnvironmentRecord.read(
                machine, disk: disk, besides: try besides.map { try DataDirectory.identify($0) }, traits: traits, brokerIsHere: brokerIsHere(options)))
        record.clocks = RunClocks(start: .read())
        record.disks = [DiskRecord.describe(disk, name: "data directory", imported: options.rooflines)]
        if let externalDisk { record.add(externalDisk, name: "broker's data directory") }
        record.metrics += profile.prices?.metrics ?? []
        if !options.deviations.isEmpty { record.deviations = options.deviations }
        record.notes += externalNotes(options) + otherDevices(options.rooflines, disk)
        if !folder.swept.isEmpty { record.notes.append("swept the folders of \(folder.swept.count) dead runs: \(folder.swept.joined(separator: ", "))") }
        let writer = try RunWriter(store: ResultStore(root: URL(filePath: options.resultsDirectory)), record: record)
        return try RunContext(
            profile: profile, options: options, machine: machine, disk: disk, runFolder: folder, writer: writer,
            progress: progress, interruption: interruption, record: record, externalDisk: externalDisk, ceilings: ceilings, makeFleet: makeFleet)
    }

    /// What was measured on a device that the data directory does not stand on is no limit of it.
    private static func otherDevices(_ rooflines: [ImportedRoofline], _ disk: DataDirectory) -> [String] {
        let own = disk.devices.map(\.name)
        return rooflines.filter { !$0.devices.isEmpty && Set($0.devices).isDisjoint(with: own) }.map {
            "\($0.name) measured \($0.devices.joined(separator: ", ")); the data directory is on \(own.joined(separator: ", "))"
        }
    }

    private static func brokerIsHere(_ options: RunOptions) -> Bool {
        options.external?.isLoopback ?? true || options.externalOptions.processID != nil || options.externalOptions.dataDirectory != nil
    }

    /// What a reader of the result should know of how it came about on a broker of somebody else's.
    private static func externalNotes(_ options: RunOptions) -> [String] {
        guard let external = options.external else { return [] }
        var notes: [String] = []
        if !options.externalOptions.existingTopics.isEmpty {
            notes.append("the records went into topics that were there before; their configuration, and what else is in them, is not the run's")
        }
        if let pid = options.externalOptions.processID {
            let listening = ListeningProcess.pids(port: external.port)
            if !listening.isEmpty, ProcessTreeSample.members(of: pid).isDisjoint(with: listening) {
                notes.append("nothing of process \(pid), which was named as the broker's, listens on port \(external.port) of this host")
            }
        }
        return notes
    }

    /// The YAML as read, and what the command line laid over it, without secrets.
    static func text(of profile: Profile) -> String {
        Secrets.hidden(in: profile.overrides.reduce(profile.text) { $0 + "\n# --set \($1.replacing("\n", with: " "))" }, values: profile.broker.settings)
    }

    private static func seeds(of profile: Profile) -> [String: UInt64] {
        var seeds: [String: UInt64] = [:]
        for group in profile.producerGroups { seeds[group.name.map { "producers.\($0)" } ?? "producers"] = group.seed }
        if let zeroCopy = profile.headlines.zeroCopy { seeds["zeroCopy"] = zeroCopy.seed }
        return seeds
    }

    private static func software(_ options: RunOptions) throws -> Software {
        if let external = options.external {
            // Somebody's host is nobody else's business: only whether it is this one is kept.
            let place = external.isLoopback ? "at \(external)" : "on another host, port \(external.port)"
            let condition = options.externalOptions.security.condition.map { " over \($0)" } ?? ""
            return Software(commit: options.commit, version: options.version, broker: "external broker \(place)\(condition)")
        }
        let line = Programs.versionLine(of: try Programs.path(of: "tidemarkd"))
        let commit = line.split(separator: "(").last.map { String($0.prefix { $0 != ")" }) }
        return Software(commit: options.commit, version: options.version, brokerCommit: commit, broker: line)
    }

    private static func carryOut(_ parts: [any HeadlineMeasurement], _ context: RunContext) throws {
        for part in parts {
            context.progress.note("measuring: \(part.name)")
            try part.run(context)
            try context.publish()
        }
        if runsOwnLoad(context.profile) {
            try OwnLoad.run(context)
            try context.publish()
        }
        try CalibrationAfter.run(context)
    }

    private static func conclude(_ context: RunContext) throws -> RunOutcome {
        context.record.verdict = Verdict.judge(context.record.facts)
        context.record.clocks?.end = .read()
        let refusal = joinProbe(context)
        let place = try context.writer.finish(context.record)
        let store = ResultStore(root: place.deletingLastPathComponent().deletingLastPathComponent())
        return RunOutcome(record: try store.load(context.writer.directory), directory: context.writer.directory, probeRefusal: refusal)
    }

    /// - Returns: why it could not be joined. The run stands all the same.
    private static func joinProbe(_ context: RunContext) -> ProbeError? {
        guard let path = context.options.probe else { return nil }
        let clockError = context.options.clockError
        context.progress.note("joining the probe's readings")
        // Its next reading is at most a second away, and the phase that it is to cover may have ended just now.
        let deadline = MonotonicClock.now() + probeWaitNanoseconds
        while !ProbeJoin.covers(path, context.record, clockError: clockError), MonotonicClock.now() < deadline {
            MonotonicClock.sleep(nanoseconds: 200_000_000)
        }
        do throws(ProbeError) {
            try ProbeJoin.join(path, with: &context.record, clockError: clockError)
            return nil
        } catch {
            context.record.notes.append("the probe was not joined: \(error)")
            return error
        }
    }

    private static let probeWaitNanoseconds: UInt64 = 3_000_000_000
}
