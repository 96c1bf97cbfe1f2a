// `tidemark history check`: tonight's build against the pinned release.
internal import ArgumentParser
internal import Foundation
internal import Gate
internal import Harness
internal import Host
internal import Results

struct HistoryCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Compare with the pinned release, add the ratios to the history, fail on a cumulative 5 %.",
        discussion: """
            What a comparison with the parent never sees: many small steps. The load is that of `tidemark ab`; a change is spoken of \
            when it is proven and estimated above 5 % against the release.

            Exit codes: 0 no cumulative regression, 1 the tool failed, 2 a regression of more than 5 %, 3 a deciding metric was \
            inconclusive three comparisons in a row, 4 not comparable, 5 invalid, interrupted, or a history with damaged lines; 64 wrong \
            usage, such as no pinned release.
            """)

    @Argument(help: "A gated profile.") var profile = "Profiles/ab-max.yaml"
    @Option(help: "The release: a git revision or a program. Default: the commit of the profile's last line in the history.") var pinned: String?
    @Option(help: "The build that is judged: a git revision or a program. Default: the tidemarkd beside this program.") var head: String?
    @Option(help: "More of the head's command line.") var headArguments: String?
    @Option(help: "The history.") var file = HistoryFile.defaultPath
    @Flag(help: "Leave the history as it is.") var noAdd = false
    @Option(help: "A stored check to add groups to.") var resume: String?
    @OptionGroup var attempt: AttemptOptions

    func run() throws {
        let interruption = try Interruption()
        let progress = attempt.progress
        let reports = ABReports(profile: profile, out: attempt.out, failAbove: EffectThresholds.creep.minimumEffect)
        try ComparisonEnding.guarding(progress, failed: reports.writeFailure) {
            try ComparisonEnding.requireProfile(profile)
            let file = HistoryFile(path: file)
            // Before the load: a night must not end at a file that was damaged the day before.
            let lines = try file.read().lines
            let profile = try Profile.load(path: profile, overrides: attempt.set)
            let release = try pinned ?? lastRelease(lines, profile.name)
            let base = try contender(release, .base, interruption, progress)
            let head = try headBuild(interruption, progress)
            var options = attempt.comparison
            options.thresholds = .creep
            options.resume = try resume.map { try CampaignStore.named($0, under: URL(filePath: attempt.results)).directory }
            options.reproduce = ShellWords.again(Array(CommandLine.arguments.dropFirst()), pinned: ["--pinned": base.commit, "--head": head.commit])
            if pinned == nil { options.reproduce += " --pinned \(base.commit ?? release)" }
            let outcome = try Comparison(
                profile, base: base, head: head, options: options, interruption: interruption, progress: progress
            ).perform()
            try conclude(outcome, file, lines, reports)
        }
    }

    /// Prints the table and what the nights before add to it.
    private func conclude(_ outcome: ComparisonOutcome, _ file: HistoryFile, _ lines: [HistoryLine], _ reports: ABReports) throws {
        guard let report = outcome.record.report else { throw ExitStatus.toolError }
        let committedAt = GitFacts.committedAt(HistoryBuild.commit(of: outcome.record.head))
        let check = HistoryCheck(outcome.record, after: lines, headCommittedAt: committedAt)
        print(ABTable.text(outcome.record, report, exitCode: check.exitCode, failAbove: nil, stored: fromHere(outcome.directory.path)), terminator: "")
        if let remark = check.remark { print(remark) }
        if let line = check.line, !noAdd { print(HistoryAddition.text(line, try file.add(line), file.path)) }
        fflush(nil)
        var reports = reports
        if !check.blind.isEmpty { reports.policy = .fail }
        try reports.write(outcome, report, remark: check.remark)
        if check.exitCode != 0 { throw ExitCode(check.exitCode) }
    }

    /// The commit that the profile was last compared with.
    private func lastRelease(_ lines: [HistoryLine], _ profile: String) throws(HistoryError) -> String {
        guard let last = lines.last(where: { $0.profile.name == profile }) else {
            throw .usage("\(file) has no comparison of \(profile) yet: say with --pinned what the release is")
        }
        // A program's checksum leads to no program.
        guard last.base.identity.hasPrefix("commit="), let commit = last.base.commit else {
            throw .usage("the release of the last comparison was a program (\(last.base.name)): give its path with --pinned")
        }
        return commit
    }

    private func contender(_ name: String, _ side: Side, _ interruption: Interruption, _ progress: ProgressLine) throws -> Contender {
        try .named(name, side: side) {
            try RevisionBuild(in: FileManager.default.currentDirectoryPath, interruption: interruption, progress: progress)
        }
    }

    private func headBuild(_ interruption: Interruption, _ progress: ProgressLine) throws -> Contender {
        let found = try head.map { try contender($0, .head, interruption, progress) } ?? .ownBuild(side: .head)
        guard let headArguments else { return found }
        return found.adding(headArguments.split(separator: " ").map(String.init), side: .head, named: " \(headArguments)")
    }
}
