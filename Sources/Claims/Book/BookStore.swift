// Where a book is kept: book.json, its runs, and the report made of them.
package import Foundation
internal import Glibc
internal import Results

/// One directory. It is whole at any time: a book that was interrupted says what was measured until then.
package struct BookStore: Sendable {
    package static let recordName = "book.json"
    package static let reportName = "claims.md"
    private static let runsName = "runs"

    package let directory: URL

    package init(directory: URL) { self.directory = directory }

    /// Below which its runs are stored.
    package var runs: URL { directory.appendingPathComponent(Self.runsName, isDirectory: true) }

    /// Whether `directory` holds a book.
    package static func holds(_ directory: URL) -> Bool {
        FileManager.default.fileExists(atPath: directory.appendingPathComponent(recordName).path)
    }

    /// Replaces book.json, sealed, so that a reader finds the old one or the new one and never a torn one.
    ///
    /// - Throws: `ResultError.system`; of Foundation where the directory cannot be made.
    package func write(_ record: BookRecord) throws {
        var sealed = record
        sealed.sha256 = nil
        sealed.sha256 = try Seal.digest(of: Self.document(sealed))
        try put(Self.document(sealed), as: Self.recordName)
    }

    private static func document(_ record: BookRecord) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(record) + Data("\n".utf8)
    }

    /// Replaces the report.
    package func write(report: String) throws { try put(Data(report.utf8), as: Self.reportName) }

    private func put(_ data: Data, as name: String) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let (place, beside) = (directory.appendingPathComponent(name), directory.appendingPathComponent(".\(name).partial"))
        try data.write(to: beside)
        guard rename(beside.path, place.path) == 0 else {
            throw ResultError.system(call: "rename", path: place.path, reason: String(cString: strerror(errno)))
        }
    }

    /// The book with everything its claims look at.
    ///
    /// - Throws: `ResultError`: `.notFound` where there is no book or one of its runs is gone, `.tampered` for a book or a run that was changed.
    package func load() throws -> ClaimBook {
        let place = directory.appendingPathComponent(Self.recordName)
        guard let data = FileManager.default.contents(atPath: place.path) else {
            throw ResultError.notFound(name: directory.lastPathComponent, reason: "\(place.path) cannot be read")
        }
        let record = try Self.record(data, at: place.path)
        let store = ResultStore(root: runs)
        var outcomes: [String: Evidence.Outcome] = [:]
        var first: RunRecord?
        for experiment in record.experiments {
            let points = try experiment.runs.map { run in
                Evidence.Point(settings: run.settings, record: try load(run.directory, store), insteadOf: try run.insteadOf.map { try load($0, store) })
            }
            first = first ?? points.first?.record
            let outcome: Evidence.Outcome =
                if let reason = experiment.failure {
                    .failed(reason, byMachine: experiment.failedByMachine ?? false)
                } else if let reason = experiment.impossible {
                    .impossible(reason)
                } else {
                    .points(points)
                }
            outcomes[experiment.name] = outcome
        }
        return try ClaimBook(name: directory.lastPathComponent, record: record, machine: first?.environment, disk: first?.disks.first, Evidence(outcomes, powerCut: record.powerCut))
    }

    private func load(_ run: String, _ store: ResultStore) throws -> RunRecord {
        try store.load(runs.appendingPathComponent(run, isDirectory: true))
    }

    private static func record(_ data: Data, at path: String) throws(ResultError) -> BookRecord {
        struct Header: Decodable {
            let schema: String
            let version: Int
        }
        guard let header = try? JSONDecoder().decode(Header.self, from: data) else { throw .unreadable(path: path, reason: "it is no book") }
        guard header.schema == BookRecord.schemaName, (1...BookRecord.schemaVersion).contains(header.version) else {
            throw .unreadable(path: path, reason: "it is a ‘\(header.schema) \(header.version)’, this program reads ‘\(BookRecord.schemaName)’ 1 to \(BookRecord.schemaVersion)")
        }
        guard let record = try? JSONDecoder().decode(BookRecord.self, from: data) else { throw .unreadable(path: path, reason: "a part of the book is missing") }
        if !record.hasNoSeal, case .broken(let reason) = Seal.check(data, stated: record.sha256) { throw .tampered(path: path, reason: reason) }
        let leaves = record.experiments.flatMap(\.runs).flatMap { [$0.directory, $0.insteadOf].compactMap { $0 } }
        guard leaves.allSatisfy({ !$0.contains("/") && !$0.hasPrefix(".") && !$0.isEmpty }) else {
            throw .unreadable(path: path, reason: "a run of it lies outside of its directory")
        }
        return record
    }
}
