// `tidemark selftest [PROFILE]`: a build compared with itself, then with itself slowed down.
internal import ArgumentParser
internal import BuildInfo
internal import Foundation
internal import Gate
internal import Harness
internal import Host
internal import Results
internal import Topology

struct SelftestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest", abstract: "Measure what the gate can see on this machine: false alarms, noise, smallest change caught.",
        discussion: """
            Groups are kept under RESULTS/selftest, a line each, and pool over sessions with --resume; an interrupted session keeps \
            those that had ended. Counters that were still here may gate afterwards.

            Exit codes: 0 measured, 1 the tool failed, 5 invalid or interrupted, or the injected slow-down was not caught; 64 wrong usage.
            """)

    @Argument(help: "A gated profile.") var profile = "Profiles/ab-max.yaml"
    @Option(help: "Groups to run in this session; 0: only look at what is stored.") var groups = 10
    @Flag(help: "Judge the groups of earlier sessions as well.") var resume = false
    @Option(help: "The program to compare with itself. Default: the tidemarkd beside this one.") var program: String?
    @Option(help: "Then compare with a broker that burns so many per cent more CPU a request; 0: do not.") var burn = 10.0
    @Option(help: "Seed of orders and coins. Default: a new one.") var seed: UInt64?
    @Option(help: "Directory on the disk to measure.") var dataDir = RunOptions.defaultDataDirectory
    @Option(help: "Directory that keeps results.") var results = "Results"
    @Option(help: "A value laid over the profile, as in gate.slice=5s.") var set: [String] = []
    @Flag(help: "No progress; only the tables.") var quiet = false

    func validate() throws {
        if groups < 0 { throw ValidationError("--groups must be at least 0") }
        if burn < 0 || burn > 1_000 { throw ValidationError("--burn must be from 0 to 1000") }
        if groups == 0, !resume { throw ValidationError("--groups 0 looks at stored groups: it needs --resume") }
    }

    func run() throws {
        let interruption = try Interruption()
        let progress = ProgressLine(style: quiet ? .silent : nil)
        try ComparisonEnding.guarding(progress) {
            try ComparisonEnding.requireProfile(profile)
            let profile = try Profile.load(path: profile, overrides: set)
            let store = try selftestStore(profile)
            let session = groups > 0 ? try compareWithItself(profile, store, interruption, progress) : nil
            let stored = try store.sessions()
            let sessions = resume ? stored : stored.filter { $0.header.startedAt == session }
            guard !sessions.isEmpty else {
                throw ComparisonError.invalid(side: nil, group: nil, reason: "no group of \(profile.name) is stored for this machine in \(store.directory.path)")
            }
            print(SelftestTable.text(try SelftestAnalysis(sessions), profile: profile.name), terminator: "")
            fflush(nil)
            if burn > 0, groups > 0 { try compareWithBurn(profile, interruption, progress) }
        }
    }

    /// Where this machine's groups are; the machine as the comparison itself sees it.
    private func selftestStore(_ profile: Profile) throws -> SelftestStore {
        try FileManager.default.createDirectory(atPath: dataDir, withIntermediateDirectories: true)
        var environment = EnvironmentRecord.read(MachineDescription.read(), disk: try DataDirectory.identify(dataDir), traits: [], brokerIsHere: true)
        environment.redact(by: .ofThisMachine())
        return SelftestStore(root: results, profile: profile.name, machine: environment)
    }

    private func side(_ side: Side) throws -> Contender { try program.map { try .program($0, side: side) } ?? .ownBuild(side: side) }

    /// - Returns: when the session began: its name in the store.
    private func compareWithItself(
        _ profile: Profile, _ store: SelftestStore, _ interruption: Interruption, _ progress: ProgressLine
    ) throws -> String {
        var options = options
        options.groups = groups
        options.budgetNanoseconds = .max
        options.ignoresLooks = true
        options.groupEnded = { record, group in
            try store.append(
                group.group, to: record.identity.directoryName,
                header: SelftestStore.Header(
                    startedAt: record.identity.startedAt, build: record.base.identity, plan: record.campaign.plan, machine: record.environment.hard))
        }
        let outcome = try Comparison(
            profile, base: side(.base), head: side(.head), options: options, interruption: interruption, progress: progress
        ).perform()
        if let report = outcome.record.report, report.outcome == .invalid {
            throw ComparisonError.invalid(side: nil, group: nil, reason: report.reasons.joined(separator: "; "))
        }
        return outcome.record.identity.startedAt
    }

    private func compareWithBurn(_ profile: Profile, _ interruption: Interruption, _ progress: ProgressLine) throws {
        let slow = try side(.head).adding(["--burn-percent", "\(burn)"], side: .head, named: " burning \(burn) %")
        let outcome = try Comparison(
            profile, base: side(.base), head: slow, options: options, interruption: interruption, progress: progress
        ).perform()
        guard let report = outcome.record.report else { throw ExitStatus.toolError }
        print("")
        print(SelftestTable.burn(burn, outcome.record, report), terminator: "")
        if report.outcome != .regression { throw ExitStatus.invalidRun }
    }

    private var options: ComparisonOptions {
        var options = ComparisonOptions()
        options.dataDirectory = dataDir
        options.resultsDirectory = results
        options.seed = seed
        options.version = projectVersion
        options.commit = buildCommit
        options.reproduce = "tidemark selftest \(profile)"
        return options
    }
}
