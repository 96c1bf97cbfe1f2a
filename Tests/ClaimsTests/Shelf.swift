// A book on disk, for the tests that read it back.
import Foundation
import Results
@testable import Claims

/// A stored book with a run at every point of every experiment.
final class Shelf {
    let store: BookStore
    var record: BookRecord

    init(_ stage: Stage, claims: [String] = ClaimCatalogue.all.map(\.name)) throws {
        store = BookStore(directory: URL(filePath: NSTemporaryDirectory() + "tidemark-test-book-\(UUID().uuidString)", directoryHint: .isDirectory))
        record = BookRecord(startedAt: "2026-11-30T06:00:00Z", tier: "quick", software: "tidemark 0.1.0 (3e5a00f)", claims: claims)
        for experiment in ClaimCatalogue.experiments(of: ClaimCatalogue.named(claims)!) {
            var entry = BookRecord.Experiment(name: experiment)
            for (number, stand) in (stage.stands[experiment] ?? []).enumerated() {
                let run = try stand.record(experiment, number)
                try RunWriter(store: ResultStore(root: store.runs), record: run).finish(run)
                entry.runs.append(.init(settings: stand.settings, directory: run.identity.directoryName))
            }
            entry.failure = stage.failures[experiment]
            entry.impossible = stage.impossible[experiment]
            record.experiments.append(entry)
        }
        record.endedAt = "2026-11-30T06:10:00Z"
        record.powerCut = stage.powerCut
        try store.write(record)
    }

    deinit { try? FileManager.default.removeItem(at: store.directory) }
}
