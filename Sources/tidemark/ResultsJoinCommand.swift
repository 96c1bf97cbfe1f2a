// `tidemark results join RESULT --probe FILE`: a probe's readings beside the phases of a run that is over.
internal import ArgumentParser
internal import Foundation
internal import Harness
internal import Host
internal import Results

extension ResultsCommand {
    struct Join: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Join a probe's readings of the broker with a run that is over.",
            discussion: """
                For a broker on another host: its probe's file is whole only after the run. The figures that were n/a are filled in, marked as
                a probe's, and the result is sealed anew; a result is joined once. On one machine times are laid side by side by their common
                clock, else by the wall clocks, which must be known to be less than 5 % of a phase apart.
                Exit codes: 0 joined, 1 refused, 5 a result that is missing or was changed.
                """)

        @Argument(help: "The result's directory, its run.json, or a part of its name.") var stored: String
        @Option(help: "The file that `tidemark probe` wrote on the broker's host.") var probe: String
        @Option(help: "How far the clocks of two machines are apart at most, as you measured it (20ms); else as the kernels say.") var clockError: String?
        @Option(name: .customLong("results"), help: "Directory that keeps results.") var store = "Results"

        func validate() throws {
            if let clockError, duration(of: clockError) == nil { throw ValidationError("--clock-error must be a duration such as 20ms, not ‘\(clockError)’") }
        }

        func run() throws {
            let found = try StoredResults(store).readUnchanged(stored)
            var record = found.record
            do {
                guard record.complete else { throw ProbeError.nothingToJoin("\(found.directory.lastPathComponent) did not end: its phases are not whole") }
                try ProbeJoin.join(probe, with: &record, clockError: clockError.flatMap(duration(of:)))
                try ResultStore(root: URL(filePath: store)).replace(record, in: found.directory)
            } catch {
                StandardError.write("tidemark: \(error)\n")
                throw ExitStatus.toolError
            }
            print(ResultTable.text(record, .asked(full: false, directory: found.directory)), terminator: "")
        }
    }
}
