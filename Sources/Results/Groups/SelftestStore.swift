// Groups of a build compared with itself: what this machine's noise is known from.
package import Foundation
package import Gate

/// `<results>/selftest/<profile>-<machine>/<session>.jsonl`: a line that says what was measured, then a line a group.
/// Small, so that hundreds of groups can be kept with the sources.
package struct SelftestStore: Sendable {
    package static let schemaName = "tidemark.selftest.v1"
    package static let folderName = "selftest"

    /// The first line of a session.
    package struct Header: Codable, Equatable, Sendable {
        package var schema = SelftestStore.schemaName
        package var startedAt: String
        /// The build on both sides.
        package var build: String
        package var plan: GatePlan
        package var machine: [String: String]

        package init(startedAt: String, build: String, plan: GatePlan, machine: [String: String]) {
            self.startedAt = startedAt
            self.build = build
            self.plan = plan
            self.machine = machine
        }
    }

    package struct Session: Equatable, Sendable {
        package let header: Header
        package let groups: [RestartGroup]
    }

    /// Of one profile on one machine.
    package let directory: URL

    /// A folder of any machine.
    package init(directory: URL) { self.directory = directory }

    /// - Parameters:
    ///   - root: the directory that keeps results.
    ///   - machine: its hard fields tell machines apart.
    package init(root: String, profile: String, machine: EnvironmentRecord) {
        directory = URL(filePath: root).appending(path: Self.folderName).appending(path: "\(profile)-\(Self.key(machine))")
    }

    /// Eight digits for the fields that must match before results are compared (FNV-1a).
    private static func key(_ machine: EnvironmentRecord) -> String {
        let text = machine.hard.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
        let hash = text.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Adds a group to a session, which begins with its first one.
    ///
    /// - Parameter session: a name of its own, such as that of the run's directory.
    package func append(_ group: RestartGroup, to session: String, header: @autoclosure () -> Header) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let place = directory.appending(path: session + ".jsonl")
        if !FileManager.default.fileExists(atPath: place.path) { try (try encoder.encode(header()) + Data("\n".utf8)).write(to: place) }
        let handle = try FileHandle(forWritingTo: place)
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: try encoder.encode(group) + Data("\n".utf8))
    }

    /// Every session, oldest name first. A last line that was cut off is left out.
    ///
    /// - Throws: `ResultError` for a file that is no session.
    package func sessions() throws -> [Session] {
        let files = (try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? []
        return try files.filter { $0.pathExtension == "jsonl" }.sorted { $0.lastPathComponent < $1.lastPathComponent }.map(session)
    }

    private func session(_ place: URL) throws -> Session {
        let data = try Data(contentsOf: place)
        let lines = data.prefix(through: data.lastIndex(of: UInt8(ascii: "\n")) ?? data.startIndex).split(separator: UInt8(ascii: "\n"))
        do {
            guard let first = lines.first else { throw ResultError.unreadable(path: place.path, reason: "it is empty") }
            let header = try JSONDecoder().decode(Header.self, from: first)
            guard header.schema == Self.schemaName else { throw ResultError.otherSchema(path: place.path, found: header.schema) }
            return Session(header: header, groups: try lines.dropFirst().map { try JSONDecoder().decode(RestartGroup.self, from: $0) })
        } catch let error as DecodingError {
            throw ResultError.unreadable(path: place.path, reason: "\(error)")
        }
    }
}
