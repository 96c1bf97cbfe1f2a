// What `ab` and `history check` are told of one attempt: how long, where, and what to write of it.
internal import ArgumentParser
internal import BuildInfo
internal import Harness
internal import Reports

struct AttemptOptions: ParsableArguments {
    @Option(help: "Seed of orders and coins. Default: a new one, which is printed.") var seed: UInt64?
    @Option(help: "Groups that this attempt may run.") var groups: Int?
    @Option(help: "Load that this attempt may make, as in 10m.") var budget: String?
    @Option(help: "Wall time after which this attempt begins no group, as in 12m.") var deadline: String?
    @Option(help: "Directory on the disk to measure.") var dataDir = RunOptions.defaultDataDirectory
    @Option(help: "Directory that keeps results.") var results = "Results"
    @Option(help: "A value laid over the profile, as in gate.slice=5s.") var set: [String] = []
    @Option(help: "Reports to write: md=FILE,comment=FILE,junit=FILE,json=FILE,gobench=FILE,gab=FILE.") var out: [String] = []
    @Flag(help: "No progress; only the table.") var quiet = false

    func validate() throws {
        for (name, value) in [("--budget", budget), ("--deadline", deadline)] {
            if let value, duration(of: value) == nil { throw ValidationError("\(name) must be a duration such as 10m, not ‘\(value)’") }
        }
        do { _ = try ReportRequest.parse(out) } catch { throw ValidationError("\(error)") }
        if let groups, groups < 1 { throw ValidationError("--groups must be at least 1") }
    }

    var progress: ProgressLine { ProgressLine(style: quiet ? .silent : nil) }

    var comparison: ComparisonOptions {
        var options = ComparisonOptions()
        options.dataDirectory = dataDir
        options.resultsDirectory = results
        options.seed = seed
        options.groups = groups
        options.budgetNanoseconds = budget.flatMap(duration(of:))
        options.deadlineNanoseconds = deadline.flatMap(duration(of:))
        options.version = projectVersion
        options.commit = buildCommit
        return options
    }
}
