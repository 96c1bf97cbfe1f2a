// `tidemark run PROFILE`: the whole experiment, the table at the end.
internal import ArgumentParser
internal import BuildInfo
internal import Foundation
internal import Harness
internal import Host
internal import Results
internal import Topology

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a profile: start the broker, drive it, measure, audit, judge.",
        discussion: """
            A profile with a sweep is run at every point of its matrix, each a result of its own; --set on an axis fixes it.

            With --omb WORKLOAD.yaml --driver DRIVER.yaml in place of a profile OpenMessaging Benchmark's files are run as they are, those of \
            Redpanda's fork too. They become a profile, which --set changes, and --dry-run --full prints; whatever had to be adjusted or has no \
            effect is listed as deviations, and OMB's result JSON stands beside run.json. producerRate: 0 searches for the highest sustainable \
            rate; --time-scale 0.01 shortens minutes and backlogs; without --bootstrap a broker is started as for any profile.
            """)

    @Argument(help: "The profile, such as Profiles/quickstart.yaml.", completion: .file(extensions: ["yaml"])) var profile: String?
    @Option(help: "Measure this broker (HOST:PORT) instead of starting one.") var bootstrap: String?
    @Option(help: "The file of a `tidemark probe` beside that broker, being written on this machine; its readings are joined with the phases.") var probe: String?
    @Option(help: "How far the clocks of two machines are apart at most, as you measured it (20ms); else as the kernels say.") var clockError: String?
    @Option(help: "Directory on the disk to measure, without it /var/tmp; several for a profile that looks at disks side by side.") var dataDir: [String] = []
    @Option(help: "Directory that keeps results.") var results = "Results"
    @Option(help: "A value laid over the profile, as in producers.rate=5000.") var set: [String] = []
    @Option(
        help: ArgumentHelp("fio's JSON (--output-format=json): its write jobs stand beside our own calibration as limits of the device.", valueName: "file"),
        completion: .file())
    var fio: [String] = []
    @Flag(help: "No progress; only the table.") var quiet = false
    @Flag(help: "Progress as lines that stay, not as a screen.") var plain = false
    @Flag(help: "Only say what would be run, point by point, and what it would take.") var dryRun = false
    @Flag(help: "The table with every row, footnote and condition, not one screen.") var full = false
    @Option(help: ArgumentHelp("Write the table of a profile with a sweep here too, as Markdown.", valueName: "file"), completion: .file(extensions: ["md"])) var markdown: String?
    @OptionGroup(title: "With --bootstrap") var external: ExternalBrokerOptions
    @OptionGroup(title: "OpenMessaging Benchmark") var omb: OMBOptions

    func validate() throws {
        if profile == nil, omb.omb == nil { throw ValidationError("what is to be run? A profile, or --omb WORKLOAD.yaml --driver DRIVER.yaml") }
        if let profile, omb.omb != nil { throw ValidationError("‘\(profile)’ and --omb both say what is to be run: leave one of them out") }
        if let bootstrap, HostPort(bootstrap) == nil { throw ValidationError("--bootstrap must be HOST:PORT, not ‘\(bootstrap)’") }
        if bootstrap == nil, let option = external.needsBootstrap {
            throw ValidationError("\(option) is for a broker that is running already: --bootstrap HOST:PORT says where")
        }
        if probe != nil, bootstrap == nil { throw ValidationError("--probe belongs to --bootstrap: of a broker that the run starts it reads everything itself") }
        if probe != nil, external.brokerPid != nil { throw ValidationError("--probe and --broker-pid both read the broker's process: one of them is enough") }
        if clockError != nil, probe == nil { throw ValidationError("--clock-error belongs to --probe") }
        if let clockError, duration(of: clockError) == nil { throw ValidationError("--clock-error must be a duration such as 20ms, not ‘\(clockError)’") }
    }

    func run() throws {
        // Before anything starts a thread: every thread inherits the blocked signals.
        let interruption = try Interruption()
        let progress = ProgressLine(style: quiet ? .silent : plain ? .log : nil)
        do {
            let points = try points(try options(try fio.flatMap { try FioReport.rooflines(at: $0) }))
            if dryRun { return print(plan(points), terminator: "") }
            try prepareMarkdown(points)
            if points.count == 1 { try one(points[0], interruption, progress) } else { try all(points, interruption, progress) }
        } catch let code as ExitCode {
            throw code
        } catch {
            progress.clear()
            StandardError.write("tidemark: \(error)\n")
            if case HarnessError.interrupted = error { throw ExitStatus.invalidRun }
            throw error is ProfileError || error is PeerToolError ? ExitCode(64) : ExitStatus.toolError
        }
    }

    /// Every run that is asked for.
    private func points(_ options: RunOptions) throws -> [RunPoint] {
        if let points = try omb.points(options, external, overrides: set) {
            if dataDir.count > 1 { throw HarnessError.impossible("--omb measures one disk: --data-dir names \(dataDir.count)") }
            return points
        }
        return try ProfileSweep.points(path: profile ?? "", overrides: set).map { RunPoint(point: try $0.measuring(directories: dataDir), options: options, omb: nil) }
    }

    /// What would be run, and where that is not what OMB's files say.
    private func plan(_ points: [RunPoint]) -> String {
        let text = SweepPlan.text(points.map(\.point), MachineDescription.read())
        guard points.contains(where: { $0.omb != nil }) else { return text }
        return text + points.map { point in
            let name = points.count > 1 ? " of \(point.point.label)" : ""
            return (point.deviations.isEmpty ? "" : "deviations\(name):\n\(point.deviations)") + (full ? "profile\(name):\n\(point.point.profile.text)" : "")
        }.joined()
    }

    private func one(_ point: RunPoint, _ interruption: Interruption, _ progress: ProgressLine) throws {
        let outcome = try perform(point, interruption, progress)
        print(ResultTable.text(outcome.record, .asked(full: full, directory: outcome.directory)), terminator: "")
        if let signal = outcome.interruptedBy { throw HarnessError.interrupted(signal: signal) }
        if let path = try point.writeOMBResult(outcome) { print("OMB JSON  \(path)") }
        if full { print("\nResult: \(outcome.directory.path)/\(ResultStore.recordName)") }
        if let refusal = outcome.probeRefusal { tell(refusal, outcome) }
        if outcome.isInvalid { throw ExitStatus.invalidRun }
        if outcome.probeRefusal != nil { throw ExitStatus.toolError }
    }

    /// The result stands; what was asked for beside it does not.
    private func tell(_ refusal: ProbeError, _ outcome: RunOutcome) {
        let later = "`tidemark results join \(outcome.directory.lastPathComponent) --probe FILE` joins one later"
        StandardError.write("tidemark: the probe was not joined: \(refusal)\n\(later)\n")
    }

    /// Point after point, each a run with a result of its own. One that fails does not keep the others from running; Ctrl-C does.
    private func all(_ points: [RunPoint], _ interruption: Interruption, _ progress: ProgressLine) throws {
        var rows: [SweepTable.Row] = []
        var failed = false
        let ceilings = CeilingBook()
        let axes = points[0].point.settings.map(\.path)
        for (number, point) in points.enumerated() {
            progress.note("point \(number + 1) of \(points.count): \(point.point.label)")
            let values = point.point.settings.map(\.value)
            do {
                let outcome = try perform(point, interruption, progress, ceilings)
                rows.append(.init(values: values, outcome: .measured(outcome.record)))
                if let signal = outcome.interruptedBy { throw HarnessError.interrupted(signal: signal) }
                if let path = try point.writeOMBResult(outcome) { progress.note("OMB JSON: \(path)") }
                if full { print(ResultTable.text(outcome.record, .full)) }
                if let refusal = outcome.probeRefusal {
                    progress.note("the probe was not joined: \(refusal)")
                    failed = true
                }
            } catch {
                progress.clear()
                if case HarnessError.interrupted = error {
                    try show(axes, rows)
                    throw error
                }
                rows.append(.init(values: values, outcome: .failed("\(error)")))
                failed = true
            }
        }
        try show(axes, rows)
        if failed { throw ExitStatus.toolError }
        if rows.contains(where: \.isInvalid) { throw ExitStatus.invalidRun }
    }

    /// Finds out before hours of runs whether the file can be written at all.
    private func prepareMarkdown(_ points: [RunPoint]) throws {
        guard let markdown else { return }
        guard points.count > 1 else {
            StandardError.write("tidemark: --markdown writes the table of a sweep, and \(points[0].point.profile.name) has one point\n")
            throw ExitCode(64)
        }
        try Data().write(to: URL(filePath: markdown))
    }

    private func show(_ axes: [String], _ rows: [SweepTable.Row]) throws {
        print(SweepTable.text(axes: axes, rows), terminator: "")
        if let markdown { try Data(SweepTable.markdown(axes: axes, rows).utf8).write(to: URL(filePath: markdown)) }
    }

    private func perform(
        _ point: RunPoint, _ interruption: Interruption, _ progress: ProgressLine, _ ceilings: CeilingBook = CeilingBook()
    ) throws -> RunOutcome {
        try Run.perform(
            point.point.profile, point.options, interruption: interruption, progress: progress, ceilings: ceilings, makeFleet: LaneFleet.make)
    }

    private func options(_ rooflines: [ImportedRoofline]) throws -> RunOptions {
        var options = RunOptions()
        options.rooflines = rooflines
        options.dataDirectory = dataDir.first ?? RunOptions.defaultDataDirectory
        options.resultsDirectory = results
        options.external = bootstrap.flatMap { HostPort($0) }
        options.externalOptions = try external.options()
        options.probe = probe
        options.clockError = clockError.flatMap(duration(of:))
        options.version = projectVersion
        options.commit = buildCommit
        return options
    }
}
