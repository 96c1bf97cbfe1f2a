// `tidemark run PROFILE`: the whole experiment, the table at the end.
internal import ArgumentParser
internal import BuildInfo
internal import Foundation
internal import Harness
internal import Host
internal import Results

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a profile: start the broker, drive it, measure, audit, judge.")

    @Argument(help: "The profile, such as Profiles/quickstart.yaml.") var profile: String
    @Option(help: "Measure this broker (HOST:PORT) instead of starting one.") var bootstrap: String?
    @Option(help: "Directory on the disk to measure.") var dataDir = RunOptions.defaultDataDirectory
    @Option(help: "Directory that keeps results.") var results = "Results"
    @Option(help: "A value laid over the profile, as in producers.rate=5000.") var set: [String] = []
    @Flag(help: "No progress; only the table.") var quiet = false
    @Flag(help: "The table with every row, footnote and condition, not one screen.") var full = false

    func validate() throws {
        if let bootstrap, HostPort(bootstrap) == nil { throw ValidationError("--bootstrap must be HOST:PORT, not ‘\(bootstrap)’") }
    }

    func run() throws {
        // Before anything starts a thread: every thread inherits the blocked signals.
        let interruption = try Interruption()
        let progress = ProgressLine(style: quiet ? .silent : nil)
        do {
            let outcome = try Run.perform(
                try Profile.load(path: profile, overrides: set), options(), interruption: interruption, progress: progress,
                makeFleet: LaneFleet.make)
            print(ResultTable.text(outcome.record, .asked(full: full, directory: outcome.directory)), terminator: "")
            if full { print("\nResult: \(outcome.directory.path)/\(ResultStore.recordName)") }
            if outcome.isInvalid { throw ExitStatus.invalidRun }
        } catch let code as ExitCode {
            throw code
        } catch {
            progress.clear()
            FileHandle.standardError.write(Data("tidemark: \(error)\n".utf8))
            throw error is ProfileError ? ExitCode(64) : ExitStatus.toolError
        }
    }

    private func options() -> RunOptions {
        var options = RunOptions()
        options.dataDirectory = dataDir
        options.resultsDirectory = results
        options.external = bootstrap.flatMap { HostPort($0) }
        options.version = projectVersion
        options.commit = buildCommit
        return options
    }
}
