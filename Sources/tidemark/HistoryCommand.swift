// `tidemark history`: ratios to a pinned release, night after night.
internal import ArgumentParser
internal import Foundation
internal import Harness
internal import Results

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Keep the ratios to a pinned release, show their trend, and fail when small steps add up.",
        discussion: """
            A history is a text file, a line a comparison, which merges in git by keeping the lines of both sides. Lines of another \
            pinned release, another machine or another profile are series of their own.
            """,
        subcommands: [HistoryAddCommand.self, HistoryShowCommand.self, HistoryCheckCommand.self])
}

struct HistoryAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add comparisons that `tidemark ab --base RELEASE` has stored.",
        discussion: """
            Exit codes: 0 added, or there already; 4 a comparison that is not comparable; 5 one that is missing, unfinished, invalid or \
            changed, or a history with damaged lines. Nothing is added then.
            """)

    @Argument(help: "The comparison's directory, its ab.json, or a part of its name.") var stored: [String]
    @Option(help: "The history.") var file = HistoryFile.defaultPath
    @Option(name: .customLong("results"), help: "Directory that keeps results.") var store = "Results"

    func run() throws {
        try ComparisonEnding.guarding(ProgressLine(style: .silent)) {
            let file = HistoryFile(path: file)
            _ = try file.read()
            // All of them are read before the first is added.
            let lines = try stored.map { try line($0) }
            for line in lines { print(HistoryAddition.text(line, try file.add(line), file.path)) }
        }
    }

    private func line(_ name: String) throws -> HistoryLine {
        let record = try CampaignStore.named(name, under: URL(filePath: store)).load()
        return try HistoryLine(record, headCommittedAt: GitFacts.committedAt(HistoryBuild.commit(of: record.head)))
    }
}

enum HistoryAddition {
    /// One sentence on what was done.
    static func text(_ line: HistoryLine, _ addition: HistoryFile.Addition, _ path: String) -> String {
        switch addition {
        case .alreadyThere: "\(line.id) is in \(path) already"
        case .added(let points) where points == 1: "\(line.id) begins series \(line.seriesKey) of \(path): \(line.profile.name) against \(line.base.name)"
        case .added(let points): "\(line.id) is comparison \(points) of series \(line.seriesKey) in \(path)"
        }
    }
}
