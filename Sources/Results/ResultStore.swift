// Where results live, and how they are read back.
package import Foundation
internal import Measurement

/// A folder of results: `<root>/<UTC date>-<profile>-<short id>/run.json`.
package struct ResultStore: Sendable {
    package static let recordName = "run.json"
    package static let seriesName = "series.ndjson"

    package let root: URL

    package init(root: URL) { self.root = root }

    package func directory(for identity: RunIdentity) -> URL {
        root.appendingPathComponent(identity.directoryName, isDirectory: true)
    }

    /// The record of a result directory that nobody changed.
    ///
    /// - Throws: `ResultError`, `.tampered` for a broken seal.
    package func load(_ directory: URL) throws -> RunRecord {
        let stored = try read(directory)
        if case .broken(let reason) = stored.seal { throw ResultError.tampered(path: stored.place.path, reason: reason) }
        return stored.record
    }

    /// What a result directory holds, whatever its seal says. Seconds that a killed harness left only in the series file
    /// are added to the phase they belong to; a phase that run.json does not know yet is added as incomplete.
    ///
    /// - Throws: `ResultError`.
    package func read(_ directory: URL) throws -> StoredResult {
        let place = directory.appendingPathComponent(Self.recordName)
        guard let data = FileManager.default.contents(atPath: place.path) else {
            throw ResultError.notFound(name: directory.lastPathComponent, reason: "\(place.path) cannot be read")
        }
        var (record, version, seal) = try RecordCoding.record(data, at: place.path)
        if !record.complete, let series = try? Data(contentsOf: directory.appendingPathComponent(Self.seriesName)) {
            for line in RecordCoding.lines(series) { record.add(line) }
        }
        return StoredResult(directory: directory, record: record, writtenVersion: version, seal: seal)
    }

    /// Every directory with a run.json, in the store and one level below `reference`; oldest name first, references last.
    package func list() -> [URL] {
        Self.runs(in: root) + Self.entries(root.appendingPathComponent(Self.referenceName)).flatMap(Self.runs)
    }

    /// Runs that are kept in git, one folder a machine.
    package static let referenceName = "reference"

    /// Comparisons of two builds, those that are under way or were cut off included; oldest name first.
    package func comparisons() -> [URL] {
        Self.entries(root).filter { FileManager.default.fileExists(atPath: $0.appendingPathComponent(CampaignStore.recordName).path) }
    }

    private static func runs(in folder: URL) -> [URL] {
        entries(folder).filter { FileManager.default.fileExists(atPath: $0.appendingPathComponent(recordName).path) }
    }

    private static func entries(_ folder: URL) -> [URL] {
        ((try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? [])
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    /// The directory that somebody means by `name`: a result's directory, its run.json, or a part of the name of exactly
    /// one result of this store.
    ///
    /// - Throws: `ResultError.notFound`.
    package func directory(named name: String) throws -> URL {
        let place = URL(filePath: name)
        if place.lastPathComponent == Self.recordName, FileManager.default.fileExists(atPath: name) { return place.deletingLastPathComponent() }
        if FileManager.default.fileExists(atPath: place.appendingPathComponent(Self.recordName).path) { return place }
        let fitting = list().filter { !name.contains("/") && $0.lastPathComponent.contains(name) }
        switch fitting.count {
        case 1: return fitting[0]
        case 0: throw ResultError.notFound(name: name, reason: "neither a place with a run.json nor a part of a name under \(root.relativePath)")
        default: throw ResultError.notFound(name: name, reason: "it could be \(fitting.map(\.lastPathComponent).joined(separator: " or "))")
        }
    }
}

/// A result as it was found.
package struct StoredResult: Sendable {
    package let directory: URL
    /// In the present shape.
    package let record: RunRecord
    /// Version of the schema that it was written in.
    package let writtenVersion: Int
    package let seal: Seal

    package init(directory: URL, record: RunRecord, writtenVersion: Int, seal: Seal) {
        self.directory = directory
        self.record = record
        self.writtenVersion = writtenVersion
        self.seal = seal
    }

    package var place: URL { directory.appendingPathComponent(ResultStore.recordName) }

    /// Whether somebody has changed it since it was sealed.
    package var isChanged: Bool { if case .broken = seal { true } else { false } }
}

extension RunRecord {
    mutating func add(_ line: SeriesLine) {
        var index = phases.lastIndex { $0.name == line.phase }
        if index == nil {
            phases.append(PhaseRecord(name: line.phase, kind: line.kind, startedNanoseconds: 0, endedNanoseconds: 0, complete: false))
            index = phases.count - 1
        }
        guard let index, !phases[index].series.contains(where: { $0.second == line.second.second }) else { return }
        phases[index].series.append(line.second)
    }
}
