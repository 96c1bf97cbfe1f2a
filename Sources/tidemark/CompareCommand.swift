// `tidemark compare A B…`: stored results side by side.
internal import ArgumentParser
internal import Comparisons
internal import Foundation
internal import Host
internal import Reports
internal import Results

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compare stored results with the first of them.",
        discussion: """
            A result is a directory, a run.json, or a part of the name of one result under --results. Before anything is compared the
            results climb down a ladder: same, similar, different (another machine: relative figures only), invalid (refused).
            Rows and columns: \(Axis.names.joined(separator: ", ")), or any field of the machine or the profile.
            Exit codes: 0 compared, 4 refused (two experiments; two machines without --across-machines), 5 a run that is missing,
            changed, unfinished or INVALID.
            """)

    @Argument(help: "Two results or more, the base first.") var results: [String]
    @Option(name: .customLong("results"), help: "Directory that keeps results.") var store = "Results"
    @Option(help: "What stands in the rows.") var row = "metric"
    @Option(help: "What stands in the columns.") var col = "result"
    @Option(help: "Only figures with this in their name; may be repeated.") var metric: [String] = []
    @Flag(help: "Only rows in which something changed.") var onlyChanged = false
    @Option(help: "What counts as changed where nothing can be proven, in percent.") var changedBy = 5.0
    @Option(help: "Order of the rows: table, ratio (the worst first) or name.") var sort = PivotOptions.Order.table
    @Flag(help: "Figures relative to the machine's own limits, on one machine too.") var normalised = false
    @Flag(help: "Compare different machines by their relative figures instead of refusing.") var acrossMachines = false
    @Flag(help: "Print the comparison as JSON (tidemark.compare 1).") var json = false
    @Option(help: "Reports to write: md=FILE,comment=FILE,json=FILE,gobench=FILE,gab=FILE (gab: the last result's figures).") var out: [String] = []

    func validate() throws {
        guard results.count >= 2 else { throw ValidationError("compare needs two results or more") }
        guard row != col else { throw ValidationError("--row and --col are both `\(row)`") }
        guard changedBy >= 0 else { throw ValidationError("--changed-by must not be negative") }
        do {
            let requests = try ReportRequest.parse(out)
            if requests.contains(where: { $0.format == .junit }) { throw ValidationError("stored results are no gate and have no JUnit; `tidemark ab` writes it") }
        } catch let error as ReportRequestError {
            throw ValidationError("\(error)")
        }
    }

    func run() throws {
        let comparison = ResultComparison(try stored(), options)
        try ReportOutput.write(comparison, requests: ReportRequest.parse(out), environment: ProcessInfo.processInfo.environment)
        if json {
            StandardOutput.write(try ComparisonDocument(comparison).json())
        } else {
            print(comparison.text(), terminator: "")
        }
        if comparison.exitCode != 0 { throw ExitCode(comparison.exitCode) }
    }

    /// - Throws: exit 5 for a side that is missing, which is in every report that was asked for.
    private func stored() throws -> [StoredResult] {
        let found = StoredResults(store)
        do { return try found.find(results) } catch {
            ABReports(profile: "compare", out: out).writeFailure((reason: "\(error)", code: ExitStatus.invalidRun.rawValue))
            throw found.complain(error)
        }
    }

    private var options: PivotOptions {
        var options = PivotOptions()
        options.row = Axis(row)
        options.column = Axis(col)
        options.metrics = metric
        options.onlyChanged = onlyChanged
        options.changeMinimum = changedBy / 100
        options.order = sort
        options.showsNormalised = normalised
        options.acceptsOtherMachines = acrossMachines
        return options
    }
}

extension PivotOptions.Order: ExpressibleByArgument {}

/// Results by the names a person gives them.
struct StoredResults {
    let store: ResultStore

    init(_ root: String) { store = ResultStore(root: URL(filePath: root)) }

    /// - Throws: exit 5 with the reason on standard error: a side that is missing is as bad as one that does not count.
    func read(_ names: [String]) throws -> [StoredResult] {
        do { return try find(names) } catch let error as ResultError { throw complain(error) }
    }

    /// - Throws: `ResultError`.
    func find(_ names: [String]) throws -> [StoredResult] { try names.map { try store.read(store.directory(named: $0)) } }

    /// - Returns: what to end with.
    func complain(_ error: any Error) -> ExitCode {
        StandardError.write("tidemark: \(error)\n")
        return ExitStatus.invalidRun
    }

    /// - Throws: exit 5 with the reason on standard error, for one that was changed since it was sealed, too.
    func readUnchanged(_ name: String) throws -> StoredResult {
        let found = try read([name])[0]
        if case .broken(let reason) = found.seal {
            StandardError.write("tidemark: \(ResultError.tampered(path: found.place.path, reason: reason))\n")
            throw ExitStatus.invalidRun
        }
        return found
    }
}
