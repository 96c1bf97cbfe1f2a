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

    /// The record of a result directory. Seconds that a killed harness left only in the series file are added
    /// to the phase they belong to; a phase that run.json does not know yet is added as incomplete.
    ///
    /// - Throws: `ResultError`, or Foundation's error when run.json does not exist.
    package func load(_ directory: URL) throws -> RunRecord {
        let place = directory.appendingPathComponent(Self.recordName)
        var record = try RecordCoding.record(Data(contentsOf: place), at: place.path)
        guard !record.complete, let series = try? Data(contentsOf: directory.appendingPathComponent(Self.seriesName)) else { return record }
        for line in RecordCoding.lines(series) { record.add(line) }
        return record
    }

    /// Every directory with a run.json, oldest name first.
    package func list() -> [URL] {
        let entries = (try? FileManager.default.contentsOfDirectory(at: root, includingPropertiesForKeys: nil)) ?? []
        return entries.filter { FileManager.default.fileExists(atPath: $0.appendingPathComponent(Self.recordName).path) }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }
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
