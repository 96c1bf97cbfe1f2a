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
        discussion: "A profile with a sweep is run at every point of its matrix, each a result of its own; --set on an axis fixes it.")

    @Argument(help: "The profile, such as Profiles/quickstart.yaml.") var profile: String
    @Option(help: "Measure this broker (HOST:PORT) instead of starting one.") var bootstrap: String?
    @Option(help: "The file of a `tidemark probe` beside that broker, being written on this machine; its readings are joined with the phases.") var probe: String?
    @Option(help: "How far the clocks of two machines are apart at most, as you measured it (20ms); else as the kernels say.") var clockError: String?
    @Option(help: "Directory on the disk to measure.") var dataDir = RunOptions.defaultDataDirectory
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
    @OptionGroup(title: "With --bootstrap") var external: ExternalBrokerOptions

    func validate() throws {
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
            let points = try ProfileSweep.points(path: profile, overrides: set)
            let rooflines = try fio.flatMap { try FioReport.rooflines(at: $0) }
            if dryRun { return print(SweepPlan.text(points, MachineDescription.read()), terminator: "") }
            let options = try self.options(rooflines)
            if points.count == 1 { try one(points[0], options, interruption, progress) } else { try all(points, options, interruption, progress) }
        } catch let code as ExitCode {
            throw code
        } catch {
            progress.clear()
            FileHandle.standardError.write(Data("tidemark: \(error)\n".utf8))
            throw error is ProfileError || error is PeerToolError ? ExitCode(64) : ExitStatus.toolError
        }
    }

    private func one(_ point: SweepPoint, _ options: RunOptions, _ interruption: Interruption, _ progress: ProgressLine) throws {
        let outcome = try perform(point, options, interruption, progress)
        print(ResultTable.text(outcome.record, .asked(full: full, directory: outcome.directory)), terminator: "")
        if full { print("\nResult: \(outcome.directory.path)/\(ResultStore.recordName)") }
        if let refusal = outcome.probeRefusal { tell(refusal, outcome) }
        if outcome.isInvalid { throw ExitStatus.invalidRun }
        if outcome.probeRefusal != nil { throw ExitStatus.toolError }
    }

    /// The result stands; what was asked for beside it does not.
    private func tell(_ refusal: ProbeError, _ outcome: RunOutcome) {
        let later = "`tidemark results join \(outcome.directory.lastPathComponent) --probe FILE` joins one later"
        FileHandle.standardError.write(Data("tidemark: the probe was not joined: \(refusal)\n\(later)\n".utf8))
    }

    /// Point after point, each a run with a result of its own. One that fails does not keep the others from running; Ctrl-C does.
    private func all(_ points: [SweepPoint], _ options: RunOptions, _ interruption: Interruption, _ progress: ProgressLine) throws {
        var rows: [SweepTable.Row] = []
        var failed = false
        for (number, point) in points.enumerated() {
            progress.note("point \(number + 1) of \(points.count): \(point.label)")
            do {
                let outcome = try perform(point, options, interruption, progress)
                rows.append(.init(values: point.settings.map(\.value), outcome: .measured(outcome.record)))
                if full { print(ResultTable.text(outcome.record, .full)) }
                if let refusal = outcome.probeRefusal {
                    progress.note("the probe was not joined: \(refusal)")
                    failed = true
                }
            } catch {
                progress.clear()
                if case HarnessError.interrupted = error {
                    print(SweepTable.text(axes: points[0].settings.map(\.path), rows), terminator: "")
                    throw error
                }
                rows.append(.init(values: point.settings.map(\.value), outcome: .failed("\(error)")))
                failed = true
            }
        }
        print(SweepTable.text(axes: points[0].settings.map(\.path), rows), terminator: "")
        if failed { throw ExitStatus.toolError }
        if rows.contains(where: \.isInvalid) { throw ExitStatus.invalidRun }
    }

    private func perform(
        _ point: SweepPoint, _ options: RunOptions, _ interruption: Interruption, _ progress: ProgressLine
    ) throws -> RunOutcome {
        try Run.perform(point.profile, options, interruption: interruption, progress: progress, makeFleet: LaneFleet.make)
    }

    private func options(_ rooflines: [ImportedRoofline]) throws -> RunOptions {
        var options = RunOptions()
        options.rooflines = rooflines
        options.dataDirectory = dataDir
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
