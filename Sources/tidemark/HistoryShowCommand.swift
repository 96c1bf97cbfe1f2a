// `tidemark history show`: the series as a table, and as other programs read them.
internal import ArgumentParser
internal import Foundation
internal import Harness
internal import Host
internal import Reports
internal import Results

struct HistoryShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "A row a comparison, trends, and change points: a view, never a gate.",
        discussion: """
            Exit codes: 0 shown; 5 no such history or series, or damaged lines, which are named (what can be read of the file is shown \
            before); 64 wrong usage, such as an export of several series at a time.
            """)

    enum CSVReader: String, ExpressibleByArgument, CaseIterable { case otava }
    enum JSONReader: String, ExpressibleByArgument, CaseIterable { case nyrkio }

    @Option(help: "The history.") var file = HistoryFile.defaultPath
    @Option(help: "Only this metric; may be repeated. Default: those that decided; all of them in exports.") var metric: [String] = []
    @Option(help: "Only comparisons under this profile.") var profile: String?
    @Option(help: "Only the series whose name begins so.") var series: String?
    @Option(help: "Rows shown of a series.") var last = 30
    @Option(help: "Print one series as CSV for a program: otava (Apache Otava).") var csv: CSVReader?
    @Option(help: "Print one series as JSON for a program: nyrkio (the body of a POST to its API).") var json: JSONReader?
    @Option(help: "Address of the repository in the JSON. Default: where git's origin is.") var gitRepo: String?
    @Option(help: "Branch in the JSON.") var branch = "main"

    func validate() throws {
        guard csv == nil || json == nil else { throw ValidationError("give either --csv or --json") }
        guard last >= 1 else { throw ValidationError("--last must be at least 1") }
    }

    func run() throws {
        try ComparisonEnding.guarding(ProgressLine(style: .silent)) {
            let reading = try HistoryFile(path: file).readWithDamage()
            let series = HistorySeries.all(of: reading.lines).filter {
                (profile == nil || $0.latest.profile.name == profile) && $0.key.hasPrefix(self.series ?? "")
            }
            guard !series.isEmpty || !reading.damage.isEmpty else { throw HistoryError.missing("\(file) has no comparison that was asked for") }
            for name in metric where !series.contains(where: { $0.metricNames.contains(name) }) {
                throw HistoryError.missing("no comparison has a metric ‘\(name)’: there are \(Set(series.flatMap(\.metricNames)).sorted().joined(separator: ", "))")
            }
            // An export with holes would be taken for the whole; a table says it below.
            if csv != nil || json != nil, !reading.damage.isEmpty { throw HistoryError.damaged(reading.damage) }
            try print(series)
            if !reading.damage.isEmpty { throw HistoryError.damaged(reading.damage) }
        }
    }

    private var metrics: [String]? { metric.isEmpty ? nil : metric }

    private func print(_ series: [HistorySeries]) throws {
        if csv == nil, json == nil {
            Swift.print(HistoryTable.text(series, metrics: metrics, last: last), terminator: "")
            fflush(nil)
            return
        }
        guard series.count == 1 else {
            let names = series.map { "\($0.key) (\($0.latest.profile.name) against \($0.latest.base.name))" }
            throw HistoryError.usage("an export is of one series; choose with --series: \(names.joined(separator: ", "))")
        }
        if csv != nil {
            let document = OtavaCSV.document(series[0], metrics: metrics)
            if !document.leftOut.isEmpty {
                StandardError.write("tidemark: left out, because a comparison lacks it: \(document.leftOut.joined(separator: ", "))\n")
            }
            Swift.print(document.text, terminator: "")
        } else {
            guard let repository = gitRepo ?? GitFacts.address() else {
                throw HistoryError.usage("there is no origin to take the repository's address from: give --git-repo")
            }
            StandardOutput.write(try NyrkioJSON.document(series[0], metrics: metrics, repository: repository, branch: branch))
        }
    }
}
