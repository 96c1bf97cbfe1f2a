// `tidemark explain A B`: why two results are or are not comparable.
internal import ArgumentParser
internal import Comparisons
internal import Foundation
internal import Results

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say field by field why two results are or are not comparable.",
        discussion: "Exit codes: 0 explained, 5 a result that is missing or was changed since it was sealed.")

    @Argument(help: "A result: its directory, its run.json or a part of its name.") var first: String
    @Argument(help: "The one to compare it with.") var second: String
    @Option(name: .customLong("results"), help: "Directory that keeps results.") var store = "Results"
    @Flag(help: "Fields that are equal too.") var all = false

    func run() throws {
        let stored = try StoredResults(store).read([first, second])
        let sides = stored.map { Comparand($0, name: $0.directory.lastPathComponent) }
        print(Explanation.text(sides[0], sides[1], everything: all), terminator: "")
        if stored.contains(where: \.isChanged) { throw ExitStatus.invalidRun }
    }
}
