// `tidemark report RUN`: the table of a stored run.
internal import ArgumentParser
internal import Foundation
internal import Results

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "report", abstract: "Print the table of a stored run.")

    @Argument(help: "The run's directory, or its run.json.") var stored: String
    @Flag(help: "Every row, footnote and condition, not one screen.") var full = false

    func run() throws {
        var place = URL(filePath: stored)
        if place.lastPathComponent == ResultStore.recordName { place = place.deletingLastPathComponent() }
        let record = try ResultStore(root: place.deletingLastPathComponent()).load(place)
        print(ResultTable.text(record, .asked(full: full, directory: place)), terminator: "")
    }
}
