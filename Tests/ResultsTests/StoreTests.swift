import Foundation
@testable import Results
import Testing

@Suite struct StoreTests {
    /// Three results of two profiles and a reference, in a store that is removed at the end.
    private func withResults(_ body: (ResultStore) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-test-\(UInt64.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: root) }
        let store = ResultStore(root: root)
        for (date, profile, id) in [("2026-11-01", "a", "000001"), ("2026-11-02", "a", "000002"), ("2026-11-03", "b", "000003")] {
            try add(store, date, profile, id)
        }
        try add(ResultStore(root: root.appendingPathComponent("reference/box")), "2026-10-01", "a", "00000f")
        try FileManager.default.createDirectory(at: root.appendingPathComponent("schema"), withIntermediateDirectories: true)
        try body(store)
    }

    private func add(_ store: ResultStore, _ date: String, _ profile: String, _ id: String) throws {
        var record = Sample.finished()
        record.identity = RunIdentity(date: date, startedAt: "\(date)T10:00:00Z", profileName: profile, shortID: id)
        try RunWriter(store: store, record: record, redaction: Redaction()).finish(record)
    }

    @Test func `a name that fits nothing or two results is refused, a part of one is enough`() throws {
        try withResults { store in
            #expect(throws: ResultError.self) { try store.directory(named: "2025") }
            #expect(throws: ResultError.self) { try store.directory(named: "-a-") }
            let place = store.root.path + "/2026-11-03-b-000003"
            let found = try ["000002", "00000f", place, place + "/run.json"].map { try store.directory(named: $0).lastPathComponent }
            #expect(found == ["2026-11-02-a-000002", "2026-10-01-a-00000f", "2026-11-03-b-000003", "2026-11-03-b-000003"])
        }
    }

    @Test func `a list shows the state of each, changed and unreadable ones too, references last`() throws {
        try withResults { store in
            let place = store.root.appendingPathComponent("2026-11-02-a-000002/run.json")
            try String(contentsOf: place, encoding: .utf8).replacing("6310", with: "9999").write(to: place, atomically: true, encoding: .utf8)
            try Data("{}".utf8).write(to: store.root.appendingPathComponent("2026-11-03-b-000003/run.json"))
            let listing = ResultListing(store, profile: nil)
            #expect(listing.rows.map(\.state) == ["VALID", "changed", "unreadable", "VALID"])
            #expect(listing.rows.map(\.isReference) == [false, false, false, true])
            #expect(ResultListing(store, profile: "a").rows.count == 3)
            #expect(listing.text().contains("2026-10-01-a-00000f (reference)"))
        }
    }

    @Test func `pruning keeps references, the youngest of each profile and what is young`() throws {
        try withResults { store in
            let listing = ResultListing(store, profile: nil)
            let now = try Date("2026-11-04T10:00:00Z", strategy: .iso8601)
            #expect(listing.prunable(PruneRule(keepOfEachProfile: 1), at: now).map(\.name) == ["2026-11-01-a-000001"])
            #expect(listing.prunable(PruneRule(olderThanDays: 1.5), at: now).map(\.name) == ["2026-11-01-a-000001", "2026-11-02-a-000002"])
            #expect(listing.prunable(PruneRule(worthless: true), at: now).isEmpty)
            #expect(listing.prunable(PruneRule(keepOfEachProfile: 0), at: now).count == 3)
        }
    }
}
