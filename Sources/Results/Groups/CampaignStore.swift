// Where a comparison is kept while it grows: ab.json, and a line for every group that has ended since.
package import Foundation
internal import Gate
internal import Glibc

/// Keeps one result directory. A comparison that is killed loses the group that was under way and no more: `load` puts the
/// lines and the document together.
package struct CampaignStore: Sendable {
    package static let recordName = "ab.json"
    package static let linesName = "ab.jsonl"

    package let directory: URL

    package init(directory: URL) { self.directory = directory }

    /// Replaces ab.json, sealed, so that a reader finds the old one or the new one and never a torn one.
    package func write(_ record: CampaignRecord) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let place = directory.appendingPathComponent(Self.recordName)
        let beside = directory.appendingPathComponent(".\(Self.recordName).partial")
        try Self.sealed(record).write(to: beside)
        guard rename(beside.path, place.path) == 0 else { throw failure("rename", place.path) }
    }

    /// Appends one group, forced to disk: a run that is killed right behind it still has it.
    package func append(_ group: GroupRecord) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try encoder.encode(group) + Data("\n".utf8)
        try DurableAppend.append(line, to: directory.appendingPathComponent(Self.linesName).path)
    }

    /// Whether it has ended or not: what is resumed is judged by what stands there.
    private static func sealed(_ record: CampaignRecord) throws -> Data {
        var record = record
        record.sha256 = nil
        record.sha256 = try Seal.digest(of: document(record))
        return try document(record)
    }

    private static func document(_ record: CampaignRecord) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return RecordCoding.numberArraysOnOneLine(try encoder.encode(record))
    }

    /// Writes everything into ab.json and removes the lines.
    package func finish(_ record: CampaignRecord) throws {
        try write(record)
        try? FileManager.default.removeItem(at: directory.appendingPathComponent(Self.linesName))
    }

    /// The document with the groups of its lines behind those that it holds. A last line without its end is left out.
    ///
    /// - Throws: `ResultError`, `.tampered` for a broken seal and `.notFound` where there is no ab.json; the gate's refusal of
    ///   groups that do not fit.
    package func load() throws -> CampaignRecord {
        let place = directory.appendingPathComponent(Self.recordName)
        guard let data = FileManager.default.contents(atPath: place.path) else {
            throw ResultError.notFound(name: directory.lastPathComponent, reason: "\(place.path) cannot be read")
        }
        var record = try Self.record(data, at: place.path)
        guard let lines = try? Data(contentsOf: directory.appendingPathComponent(Self.linesName)) else { return record }
        let whole = lines.prefix(through: lines.lastIndex(of: UInt8(ascii: "\n")) ?? lines.startIndex)
        for line in whole.split(separator: UInt8(ascii: "\n")) {
            guard let group = try? JSONDecoder().decode(GroupRecord.self, from: line) else {
                throw ResultError.unreadable(path: Self.linesName, reason: "a line in it is no group")
            }
            guard group.group.index >= record.groups.count else { continue }
            _ = try record.campaign.record(group.group)
            record.groups.append(group)
        }
        return record
    }

    private static func record(_ data: Data, at path: String) throws -> CampaignRecord {
        struct Header: Decodable { let schema: String }
        do {
            let header = try JSONDecoder().decode(Header.self, from: data)
            guard header.schema == CampaignRecord.schemaName else { throw ResultError.otherSchema(path: path, found: header.schema) }
            let record = try JSONDecoder().decode(CampaignRecord.self, from: data)
            if case .broken(let reason) = Seal.check(data, stated: record.sha256) { throw ResultError.tampered(path: path, reason: reason) }
            return record
        } catch let error as DecodingError {
            throw ResultError.unreadable(path: path, reason: "\(error)")
        }
    }

    private func failure(_ call: String, _ path: String) -> ResultError {
        .system(call: call, path: path, reason: String(cString: strerror(errno)))
    }
}
