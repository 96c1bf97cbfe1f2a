// Books that are kept in git: each is whole, and its report is what its runs say.
import Foundation
import Reports
import Results
import Testing
@testable import Claims

@Suite struct CommittedBookTests {
    private static let place = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Results/claims", directoryHint: .isDirectory)

    /// On a machine of two cores a whole book takes less.
    private static let secondsMaximum = 1_200.0

    /// What is the matter with the books below `place`, each once; empty where there is no such place yet.
    private static func faults(below place: URL) throws -> [String] {
        guard FileManager.default.fileExists(atPath: place.path) else { return [] }
        let names = try FileManager.default.contentsOfDirectory(atPath: place.path).filter { !$0.hasPrefix(".") }.sorted()
        return names.isEmpty ? ["\(place.lastPathComponent) holds no book"] : names.compactMap { name in fault(of: BookStore(directory: place.appending(path: name))).map { "\(name): \($0)" } }
    }

    private static func fault(of store: BookStore) -> String? {
        do {
            let book = try store.load()
            guard let endedAt = book.record.endedAt else { return "it was not carried to its end" }
            guard book.record.tier == "full" else { return "it is of the \(book.record.tier) tier" }
            let seconds = try Self.time(endedAt).timeIntervalSince(Self.time(book.record.startedAt))
            guard seconds >= 0, seconds < secondsMaximum else { return "it took \(Int(seconds)) s, and has less than \(Int(secondsMaximum))" }
            guard let report = FileManager.default.contents(atPath: store.directory.appending(path: BookStore.reportName).path) else { return "its \(BookStore.reportName) is missing" }
            return report == Data(ClaimsMarkdown.text(book).utf8) ? nil : "its \(BookStore.reportName) is not what its runs say: tidemark claims --render it"
        } catch {
            return "\(error)"
        }
    }

    private static func time(_ text: String) throws -> Date { try Date.ISO8601FormatStyle().parse(text) }

    @Test func `a committed book is whole, was made in its time, and its runs give its report byte for byte`() throws {
        #expect(try Self.faults(below: Self.place) == [])
    }

    /// A place with one book in it, as it would be committed, and something done to it.
    private func faults(_ spoil: (Shelf) throws -> Void) throws -> [String] {
        let shelf = try Shelf(Stage(), claims: ["sparse-index"])
        shelf.record.tier = "full"
        try shelf.store.write(shelf.record)
        try shelf.store.write(report: ClaimsMarkdown.text(try shelf.store.load()))
        let place = URL(filePath: NSTemporaryDirectory() + "tidemark-test-books-\(UUID().uuidString)", directoryHint: .isDirectory)
        defer { try? FileManager.default.removeItem(at: place) }
        try spoil(shelf)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        // A shelf that is gone takes its book with it.
        try withExtendedLifetime(shelf) { try FileManager.default.copyItem(at: shelf.store.directory, to: place.appending(path: "book")) }
        return try Self.faults(below: place)
    }

    @Test func `a book that is incomplete, changed, too slow or of another tier is a fault, and so is a place without a book`() throws {
        #expect(try faults { _ in } == [])
        #expect(try faults { try FileManager.default.removeItem(at: $0.store.directory.appending(path: BookStore.recordName)) }.count == 1)
        #expect(try faults { try FileManager.default.removeItem(at: $0.store.directory.appending(path: BookStore.reportName)) } == ["book: its claims.md is missing"])
        #expect(try faults { try $0.store.write(report: "# Claims\n") } == ["book: its claims.md is not what its runs say: tidemark claims --render it"])
        #expect(try faults { try FileManager.default.removeItem(at: $0.store.runs.appending(path: $0.record.experiments[0].runs[0].directory)) }.count == 1)
        #expect(try faults { try FileManager.default.removeItem(at: $0.store.runs) }.count == 1)
        #expect(try faults { shelf in
            shelf.record.tier = "quick"
            try shelf.store.write(shelf.record)
        } == ["book: it is of the quick tier"])
        #expect(try faults { shelf in
            shelf.record.endedAt = nil
            try shelf.store.write(shelf.record)
        } == ["book: it was not carried to its end"])
        let ends: [String: [String]] = [
            "06:19:59": [], "06:20:00": ["book: it took 1200 s, and has less than 1200"], "05:59:00": ["book: it took -60 s, and has less than 1200"],
        ]
        for (end, expected) in ends {
            let found = try faults { shelf in
                shelf.record.endedAt = "2026-11-30T\(end)Z"
                try shelf.store.write(shelf.record)
                try shelf.store.write(report: ClaimsMarkdown.text(try shelf.store.load()))
            }
            #expect(found == expected, "\(end)")
        }
        let empty = URL(filePath: NSTemporaryDirectory() + "tidemark-test-books-\(UUID().uuidString)", directoryHint: .isDirectory)
        defer { try? FileManager.default.removeItem(at: empty) }
        #expect(try Self.faults(below: empty) == [])
        try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
        #expect(try Self.faults(below: empty).count == 1)
    }
}
