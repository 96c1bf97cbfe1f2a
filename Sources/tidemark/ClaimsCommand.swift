// `tidemark claims`: the experiments behind the claims about log brokers, and what each claim comes to on this machine.
internal import ArgumentParser
internal import BuildInfo
internal import Claims
internal import Foundation
internal import Harness
internal import Host
internal import Reports
internal import Results

struct ClaimsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claims", abstract: "Test the claims that log brokers are built on, on this machine, and write a report.",
        discussion: """
            Each claim has its experiments, which are profiles; a verdict is a function of their results and of nothing else. The book is a directory \
            with book.json, the results below runs/ and claims.md; `tidemark report DIR -o FILE` makes HTML of it. Ctrl-C keeps what was measured.
            The claims:
            \(ClaimCatalogue.all.map { "  \($0.letter)  \($0.name): \($0.sentence)" }.joined(separator: "\n"))
            Exit codes: 0 written, whatever the verdicts are, 1 an experiment failed or the book could not be kept, 5 a stored book that is missing or was
            changed, 64 wrong usage.
            """)

    @Option(help: "Only this claim, by its name or letter; may be repeated.") var only: [String] = []
    @Flag(help: "Shorter experiments: under five minutes together.") var quick = false
    @Option(help: "Directory on the disk to measure; again for each further disk. Default: \(RunOptions.defaultDataDirectory).") var dataDir: [String] = []
    @Option(help: "Directory that keeps books and results.") var results = "Results"
    @Option(help: "Directory of the experiments' profiles. Default: Profiles/claims here, or beside the program.") var profiles: String?
    @Option(help: ArgumentHelp("What Scripts/lab power-cut --json has left. Default: power-cut.json among the results, if it is there.", valueName: "file")) var powerCut: String?
    @Option(help: ArgumentHelp("Measure nothing: write the report of this book anew.", valueName: "dir")) var render: String?
    @Flag(help: "No progress; only the report.") var quiet = false
    @Flag(help: "Progress as lines that stay, not as a screen.") var plain = false

    func validate() throws {
        guard let render else {
            if ClaimCatalogue.named(only) == nil {
                throw ValidationError("--only takes a claim's name or letter: \(ClaimCatalogue.all.map { "\($0.letter) \($0.name)" }.joined(separator: ", "))")
            }
            return
        }
        guard only.isEmpty, !quick, profiles == nil, powerCut == nil, dataDir.isEmpty else {
            throw ValidationError("--render \(render) writes a stored book's report: no --only, --quick, --profiles, --power-cut or --data-dir")
        }
    }

    func run() throws {
        if let render { return try write(BookStore(directory: URL(filePath: render))) }
        // Before anything starts a thread: every thread inherits the blocked signals.
        let interruption = try Interruption()
        let progress = ProgressLine(style: quiet ? .silent : plain ? .log : nil)
        do {
            let claims = only.isEmpty ? ClaimCatalogue.all : ClaimCatalogue.named(only) ?? []
            let run = try ClaimsRun(
                claims, isQuick: quick, profiles: try ClaimProfiles(named: profiles, isQuick: quick), results: results,
                dataDirectories: dataDir.isEmpty ? [RunOptions.defaultDataDirectory] : dataDir, powerCut: try powerCutRecord())
            let ending = try run.perform(interruption, progress)
            progress.clear()
            try write(run.store)
            if let interrupted = ending { throw interrupted }
            if run.hasFailed { throw ExitStatus.toolError }
        } catch let code as ExitCode {
            throw code
        } catch {
            progress.clear()
            StandardError.write("tidemark: \(error)\n")
            throw error is ProfileError ? ExitCode(64) : ExitStatus.toolError
        }
    }

    /// The file that was named or, where none was, one that lies among the results.
    private func powerCutRecord() throws -> PowerCutRecord? {
        if let powerCut { return try PowerCutRecord.load(URL(filePath: powerCut)) }
        let beside = URL(filePath: results).appending(path: PowerCutRecord.fileName)
        return FileManager.default.fileExists(atPath: beside.path) ? try PowerCutRecord.load(beside) : nil
    }

    /// The report into the book's directory, and the verdicts to standard output.
    private func write(_ store: BookStore) throws {
        let book: ClaimBook
        do { book = try store.load() } catch let error as ResultError {
            StandardError.write("tidemark: \(error)\n")
            throw ExitStatus.invalidRun
        }
        try store.write(report: ClaimsMarkdown.text(book))
        print(ClaimsTable.text(book), terminator: "")
        print("\nReport: \(store.directory.relativePath)/\(BookStore.reportName)")
    }
}

/// The verdicts on a terminal.
enum ClaimsTable {
    static func text(_ book: ClaimBook) -> String {
        var lines = [book.conditions, book.machineLine, ""]
        for reading in book.readings {
            lines.append("\(reading.claim.letter)  \(reading.claim.sentence)")
            lines.append("   → \(reading.verdictText)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
