// `tidemark results`: what is stored, one of them, joining a probe with it, and getting rid of old ones.
internal import ArgumentParser
internal import Foundation
internal import Gate
internal import Harness
internal import Results

struct ResultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results", abstract: "List, show and prune stored results; join a probe with one.",
        subcommands: [List.self, Show.self, Join.self, Prune.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One line a result, the oldest first, references last.")

        @Option(name: .customLong("results"), help: "Directory that keeps results.") var store = "Results"
        @Option(help: "Only results of this profile.") var profile: String?

        func run() throws {
            let listing = ResultListing(ResultStore(root: URL(filePath: store)), profile: profile)
            print(listing.text(), terminator: "")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A result's seal, fingerprint and full table; of a comparison of builds its table.",
            discussion: "Exit codes: 0 shown, 5 one that is missing or was changed since it was sealed: its figures are not printed.")

        @Argument(help: "The result's directory, its run.json, or a part of its name.") var stored: String
        @Option(name: .customLong("results"), help: "Directory that keeps results.") var store = "Results"

        func run() throws {
            if let comparison = try? CampaignStore.named(stored, under: URL(filePath: store)) { return try show(comparison) }
            let found = try StoredResults(store).read([stored])[0]
            let digests = found.record.environment.digests
            print("\(found.directory.lastPathComponent)")
            print("  written as  version \(found.writtenVersion)\(found.writtenVersion < RunRecord.schemaVersion ? ", read as version \(RunRecord.schemaVersion)" : "")")
            print("  seal        \(found.seal.text)")
            print("  fingerprint hard \(digests.hard.prefix(16))… soft \(digests.soft.prefix(16))… run state \(digests.runState.prefix(16))…")
            if found.isChanged { throw ExitStatus.invalidRun }
            print("")
            print(ResultTable.text(found.record, .full), terminator: "")
        }

        private func show(_ comparison: CampaignStore) throws {
            try ComparisonEnding.guarding(ProgressLine(style: .silent)) {
                let record = try comparison.load()
                let report = record.report ?? record.campaign.report(ending: .interrupted)
                print(ABTable.text(record, report, exitCode: report.exitCode(.warn), failAbove: nil, stored: fromHere(comparison.directory.path)), terminator: "")
            }
        }
    }

    struct Prune: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove old results; without --yes only say which.",
            discussion: "References and what is no result are never touched. At least one of --keep, --older-than and --worthless.")

        @Option(name: .customLong("results"), help: "Directory that keeps results.") var store = "Results"
        @Option(help: "Keep this many of each profile, the youngest.") var keep: Int?
        @Option(help: "Remove what is older than this many days.") var olderThan: Double?
        @Flag(help: "Remove what is INVALID, unfinished or changed.") var worthless = false
        @Flag(help: "Really remove them.") var yes = false

        func validate() throws {
            guard keep != nil || olderThan != nil || worthless else { throw ValidationError("say what to remove: --keep N, --older-than DAYS or --worthless") }
            guard (keep ?? 0) >= 0, (olderThan ?? 0) >= 0 else { throw ValidationError("--keep and --older-than must not be negative") }
        }

        func run() throws {
            let listing = ResultListing(ResultStore(root: URL(filePath: store)), profile: nil)
            let going = listing.prunable(PruneRule(keepOfEachProfile: keep, olderThanDays: olderThan, worthless: worthless), at: Date())
            for row in going {
                print("\(yes ? "removed" : "would remove") \(row.name): \(row.reason)")
                if yes { try FileManager.default.removeItem(at: row.directory) }
            }
            let bytes = going.reduce(0) { $0 + $1.bytes }
            print("\(going.count) results, \(decimalBytes(bytes))\(yes || going.isEmpty ? "" : "; --yes removes them")")
        }
    }
}
