// `tidemark ab PROFILE --base … [--head …]`: two builds under one load, and whether the second is worse.
internal import ArgumentParser
internal import Foundation
internal import Gate
internal import Harness
internal import Host
internal import Results

struct ABCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ab", abstract: "Compare two builds of a broker under a gated profile, in restart groups of drawn order.",
        discussion: """
            A side is a git revision (built in a worktree, kept by commit and toolchain), the path of a program with tidemarkd's \
            command line, or, with --base-command and --head-command, any command that starts a broker: {port} and {dir} in it stand \
            for where it listens and keeps its data. Without --head the head is the tidemarkd beside this program.

            Exit codes: 0 no regression proven, 1 the tool failed, 2 regression, 3 inconclusive under --inconclusive fail, \
            4 not comparable, 5 invalid: a side missing, crashed or lossy, or interrupted; 64 wrong usage.
            """)

    @Argument(help: "A profile with a gate section, such as Profiles/ab-max.yaml.") var profile: String
    @Option(help: "The build to compare with: a git revision or a program.") var base: String?
    @Option(help: "The build that is judged: a git revision or a program.") var head: String?
    @Option(help: "A command that starts the base broker.") var baseCommand: String?
    @Option(help: "A command that starts the head broker.") var headCommand: String?
    @Option(help: "More of the base's command line, as in --base-arguments='--set log.preallocate=false'.") var baseArguments: String?
    @Option(help: "More of the head's command line.") var headArguments: String?
    @Option(help: "What follows from an inconclusive comparison: warn (exit 0) or fail (exit 3).") var inconclusive = InconclusivePolicy.warn
    @Option(help: "A proven regression fails only above this, as in 10%; a smaller one is printed, and exit 0.") var failAbove: String?
    @Option(help: "A stored comparison to add to; the groups pool.") var resume: String?
    @OptionGroup var attempt: AttemptOptions

    func validate() throws {
        guard (base == nil) != (baseCommand == nil) else { throw ValidationError("give the base as either --base or --base-command") }
        guard head == nil || headCommand == nil else { throw ValidationError("give the head as either --head or --head-command") }
        if let failAbove, fraction(of: failAbove) == nil { throw ValidationError("--fail-above must be a share such as 10%, not ‘\(failAbove)’") }
        if baseCommand != nil, baseArguments != nil { throw ValidationError("--base-arguments are for a program; write them into the command") }
        if headCommand != nil, headArguments != nil { throw ValidationError("--head-arguments are for a program; write them into the command") }
    }

    func run() throws {
        // Before anything starts a thread: every thread inherits the blocked signals.
        let interruption = try Interruption()
        let progress = attempt.progress
        let started = MonotonicClock.now()
        let reports = ABReports(profile: profile, out: attempt.out, policy: inconclusive, failAbove: failAboveShare)
        try ComparisonEnding.guarding(progress, failed: reports.writeFailure) {
            try ComparisonEnding.requireProfile(profile)
            let profile = try Profile.load(path: profile, overrides: attempt.set)
            let base = try side(.base, interruption, progress)
            let head = try side(.head, interruption, progress)
            var options = attempt.comparison
            options.resume = resume.map { URL(filePath: $0) }
            options.startedNanoseconds = started
            options.reproduce = ShellWords.again(Array(CommandLine.arguments.dropFirst()), pinned: ["--base": base.commit, "--head": head.commit])
            let outcome = try Comparison(
                profile, base: base, head: head, options: options, interruption: interruption, progress: progress
            ).perform()
            guard let report = outcome.record.report else { throw ExitStatus.toolError }
            let code = report.exitCode(inconclusive, failAbove: failAboveShare)
            let stored = fromHere(outcome.directory.path)
            print(ABTable.text(outcome.record, report, exitCode: code, failAbove: failAboveShare, stored: stored), terminator: "")
            try reports.write(outcome, report)
            if code != 0 { throw ExitCode(code) }
        }
    }

    private func side(_ side: Side, _ interruption: Interruption, _ progress: ProgressLine) throws -> Contender {
        let (name, command, more) = side == .base ? (base, baseCommand, baseArguments) : (head, headCommand, headArguments)
        if let command { return try .command(command, side: side) }
        let found: Contender
        if let name {
            found = try .named(name, side: side) {
                try RevisionBuild(in: FileManager.default.currentDirectoryPath, interruption: interruption, progress: progress)
            }
        } else {
            found = try .ownBuild(side: side)
        }
        guard let more else { return found }
        return found.adding(more.split(separator: " ").map(String.init), side: side, named: " \(more)")
    }

    private var failAboveShare: Double? { failAbove.flatMap(fraction(of:)) }
}

extension InconclusivePolicy: ExpressibleByArgument {}

/// As someone would type it in the working directory.
func fromHere(_ path: String) -> String {
    let here = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
}
