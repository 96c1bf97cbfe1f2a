// `tidemark report RESULT…`: the table of a stored result, or one HTML file about one or several.
internal import ArgumentParser
internal import BuildInfo
internal import Claims
internal import Foundation
internal import Gate
internal import Host
internal import Results
internal import WebReport

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Print the table of a stored result, or write an HTML report.",
        discussion: """
            A result is a directory, its run.json or ab.json, or a part of its name under --results; a book of claims is its directory. With -o the results become one
            HTML file that needs nothing else: plots, their data as tables and downloads; several runs are compared with the first.
            The plots are drawn by plotly.js, which is written into the file: Scripts/plotly fetches it once, a package has it.
            Exit codes: 0 written, 1 the chart library is missing, 5 a result that is missing or was changed.
            """)

    @Argument(help: "Results: directories, run.json or ab.json files, or parts of names under --results.") var stored: [String]
    @Option(name: [.customShort("o"), .customLong("output")], help: "Write an HTML report of all of them to this file.") var output: String?
    @Option(help: "The plotly.min.js to write into the report, instead of the one that was installed.") var plotly: String?
    @Option(name: .customLong("results"), help: "Directory that keeps results.") var store = "Results"
    @Flag(help: "Every row, footnote and condition, not one screen.") var full = false

    func validate() throws {
        guard !stored.isEmpty else { throw ValidationError("report needs a result") }
        guard output != nil || stored.count == 1 else { throw ValidationError("\(stored.count) results make a report with -o FILE; `tidemark compare` prints them side by side") }
        guard output != nil || plotly == nil else { throw ValidationError("--plotly belongs to -o FILE") }
        guard output == nil || !full else { throw ValidationError("--full belongs to the table; a report with -o holds everything") }
    }

    func run() throws {
        let subjects = try stored.map { try ReportSubject($0, StoredResults(store)) }
        if let output { try write(subjects, to: output) } else { try subjects[0].printTable(full: full) }
    }

    private func write(_ subjects: [ReportSubject], to output: String) throws {
        let library: ChartLibrary
        do {
            library = try plotly.map { path throws(ChartLibraryError) in try ChartLibrary.named(path) } ?? .found(besides: Self.program, environment: ProcessInfo.processInfo.environment)
        } catch {
            StandardError.write("tidemark: \(error)\n")
            throw ExitStatus.toolError
        }
        let page = Data(WebReport.html(subjects.map(\.subject), library: library, maker: versionLine(of: "tidemark")).utf8)
        do { try page.write(to: URL(filePath: output), options: .atomic) } catch {
            StandardError.write("tidemark: \(output) cannot be written: \(error.localizedDescription)\n")
            throw ExitStatus.toolError
        }
        print("Written: \(output)")
    }

    /// The running program, symbolic links followed: the library lies beside the file itself.
    private static var program: String { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0] }
}

/// A stored run or comparison by the name that a person gave it.
private struct ReportSubject {
    let subject: WebReport.Subject
    private let directory: URL

    /// - Throws: exit 5 with the reason on standard error, for one that is missing, unreadable or changed.
    init(_ name: String, _ results: StoredResults) throws {
        do {
            let place = URL(filePath: name)
            if BookStore.holds(place) {
                subject = .claims(try BookStore(directory: place).load())
                directory = place
                return
            }
            if let directory = Self.campaign(name, results.store) {
                self.directory = directory
                subject = .campaign(try CampaignStore(directory: directory).load(), name: directory.lastPathComponent)
                return
            }
        } catch {
            StandardError.write("tidemark: \(error)\n")
            throw ExitStatus.invalidRun
        }
        let found = try results.readUnchanged(name)
        directory = found.directory
        subject = .run(found)
    }

    /// The comparison that `name` means; nil where it means no comparison, or could also mean a run.
    private static func campaign(_ name: String, _ store: ResultStore) -> URL? {
        func holds(_ directory: URL) -> Bool { FileManager.default.fileExists(atPath: directory.appendingPathComponent(CampaignStore.recordName).path) }
        let place = URL(filePath: name)
        if place.lastPathComponent == CampaignStore.recordName, FileManager.default.fileExists(atPath: name) { return place.deletingLastPathComponent() }
        if holds(place) { return place }
        guard !name.contains("/"), (try? store.directory(named: name)) == nil else { return nil }
        let entries = (try? FileManager.default.contentsOfDirectory(at: store.root, includingPropertiesForKeys: nil)) ?? []
        let fitting = entries.filter { $0.lastPathComponent.contains(name) && holds($0) }
        return fitting.count == 1 ? fitting[0] : nil
    }

    func printTable(full: Bool) throws {
        switch subject {
        case .run(let stored): print(ResultTable.text(stored.record, .asked(full: full, directory: directory)), terminator: "")
        case .campaign(let record, let name):
            guard let report = record.report else {
                StandardError.write("tidemark: \(name) did not end: \(record.groups.count) groups so far\n")
                throw ExitStatus.invalidRun
            }
            print(ABTable.text(record, report, exitCode: report.exitCode(), failAbove: nil, stored: directory.relativePath), terminator: "")
        case .claims(let book): print(ClaimsTable.text(book), terminator: "")
        }
    }
}
