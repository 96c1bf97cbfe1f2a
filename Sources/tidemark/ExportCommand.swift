// `tidemark export RESULT`: a stored run in the forms that other tools read.
internal import ArgumentParser
internal import Foundation
internal import Host
internal import Reports
internal import Results

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a stored run for other tools: histogram logs, percentiles, seconds, benchmarks.",
        discussion: """
            \(ExportFormat.allCases.map { "\($0.rawValue): \($0.meaning)" }.joined(separator: "\n"))
            Exit codes: 0 written, 1 the result has nothing of the kind, 5 a result that is missing or was changed.
            """)

    @Argument(help: "The result's directory, its run.json, or a part of its name.") var stored: String
    @Option(help: "hlog, hgrm, csv, gobench or gab.") var format: ExportFormat
    @Option(help: "Only this phase (hlog, hgrm, csv).") var phase: String?
    @Option(help: "Only this clock, such as response or service (hlog, hgrm).") var clock: String?
    @Option(name: [.customShort("o"), .customLong("output")], help: "The file to write; else standard output.") var output: String?
    @Option(name: .customLong("results"), help: "Directory that keeps results.") var store = "Results"

    func validate() throws {
        let isOfFigures = format == .gobench || format == .gab
        guard phase == nil || !isOfFigures else { throw ValidationError("--phase belongs to hlog, hgrm and csv: \(format.rawValue) holds the run's figures") }
        guard clock == nil || format == .hlog || format == .hgrm else { throw ValidationError("--clock belongs to hlog and hgrm") }
    }

    func run() throws {
        let found = try StoredResults(store).readUnchanged(stored)
        do {
            let data = try RunExport.data(found, format, phase: phase, clock: clock)
            if let output { try data.write(to: URL(filePath: output), options: .atomic) } else { StandardOutput.write(data) }
        } catch {
            StandardError.write("tidemark: \((error as? ExportError)?.description ?? error.localizedDescription)\n")
            throw ExitStatus.toolError
        }
    }
}

extension ExportFormat: ExpressibleByArgument {}
