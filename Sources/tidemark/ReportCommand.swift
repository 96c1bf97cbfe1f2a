// `tidemark report RUN`: the table of a stored run.
internal import ArgumentParser
internal import Foundation
internal import Results

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "report", abstract: "Print the table of a stored run.")

    @Argument(help: "The run's directory, its run.json, or a part of its name under Results.") var stored: String
    @Option(name: .customLong("results"), help: "Directory that keeps results.") var store = "Results"
    @Flag(help: "Every row, footnote and condition, not one screen.") var full = false

    func run() throws {
        let found = try StoredResults(store).read([stored])[0]
        if case .broken(let reason) = found.seal {
            FileHandle.standardError.write(Data("tidemark: \(ResultError.tampered(path: found.place.path, reason: reason))\n".utf8))
            throw ExitStatus.invalidRun
        }
        print(ResultTable.text(found.record, .asked(full: full, directory: found.directory)), terminator: "")
    }
}
