// What a campaign of power cuts came to, as `Scripts/lab power-cut --json FILE` keeps it.
package import Foundation
package import Results

package struct PowerCutRecord: Codable, Equatable, Sendable {
    private static let schemaName = "tidemark.power-cut"
    private static let schemaVersion = 1
    /// Where `tidemark claims` looks for one, among its results.
    package static let fileName = "power-cut.json"

    /// One cut under produce, and what was read back after the machine had booted again.
    package struct Cut: Codable, Equatable, Sendable {
        /// `every-append`, `interval` or `none`.
        package var durability: String
        /// Whether the file system flushed the disk's cache: where it did not, records had to be lost, as by `none`.
        package var flushesDisk: Bool
        package var acknowledged: UInt64
        /// Of the acknowledged records, those that were not there any more.
        package var lost: UInt64
        /// Before the cut the oldest of them was acknowledged; nil: none was lost.
        package var oldestLostMilliseconds: Double?
        /// What is wrong besides lost records, or why the cut says nothing.
        package var failure: String?

        package init(
            durability: String, flushesDisk: Bool = true, acknowledged: UInt64, lost: UInt64, oldestLostMilliseconds: Double? = nil, failure: String? = nil
        ) {
            self.durability = durability
            self.flushesDisk = flushesDisk
            self.acknowledged = acknowledged
            self.lost = lost
            self.oldestLostMilliseconds = oldestLostMilliseconds
            self.failure = failure
        }

        /// Had to lose something, or the disk's cache did not die with the machine.
        package var isControl: Bool { durability == "none" || !flushesDisk }
    }

    /// ISO 8601, UTC.
    package var startedAt: String
    /// What of it is no hardware, in its own words.
    package var modelled: String
    /// That the model ran on.
    package var machine: String
    package var seed: Int
    /// That were to be made.
    package var count: Int
    /// How old what `interval` loses may be, and what a sync under way may take beyond it.
    package var windowMilliseconds, slackMilliseconds: Double
    package var cuts: [Cut]

    package init(
        startedAt: String, modelled: String, machine: String, seed: Int, count: Int, windowMilliseconds: Double, slackMilliseconds: Double, cuts: [Cut]
    ) {
        self.startedAt = startedAt
        self.modelled = modelled
        self.machine = machine
        self.seed = seed
        self.count = count
        self.windowMilliseconds = windowMilliseconds
        self.slackMilliseconds = slackMilliseconds
        self.cuts = cuts
    }

    /// - Throws: `ResultError`: `.notFound` where there is no such file, `.unreadable` for one that is no campaign of power cuts.
    package static func load(_ file: URL) throws(ResultError) -> PowerCutRecord {
        struct Header: Decodable {
            let schema: String
            let version: Int
        }
        guard let data = FileManager.default.contents(atPath: file.path) else {
            throw .notFound(name: file.lastPathComponent, reason: "\(file.path) cannot be read")
        }
        guard let header = try? JSONDecoder().decode(Header.self, from: data), header.schema == schemaName else {
            throw .unreadable(path: file.path, reason: "it is no result of Scripts/lab power-cut --json")
        }
        guard header.version == schemaVersion else {
            throw .unreadable(path: file.path, reason: "it is a ‘\(header.schema) \(header.version)’, this program reads ‘\(schemaName) \(schemaVersion)’")
        }
        guard let record = try? JSONDecoder().decode(PowerCutRecord.self, from: data) else {
            throw .unreadable(path: file.path, reason: "a part of it is missing, or is not what it should be")
        }
        return record
    }
}
