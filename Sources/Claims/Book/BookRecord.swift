// The document of a book: which runs belong to which experiment. What they say is in their own run.json.

package struct BookRecord: Codable, Equatable, Sendable {
    package static let schemaName = "tidemark.claims"
    /// 2: sealed. A book of version 1 is read with that reservation.
    package static let schemaVersion = 2

    /// One experiment, with a run at each point of its matrix that was reached.
    package struct Experiment: Codable, Equatable, Sendable {
        package struct Run: Codable, Equatable, Sendable {
            /// By path of the profile.
            package var settings: [String: String]
            /// The result's directory below `runs`.
            package var directory: String
            /// That of an INVALID run which the machine spoiled and which this one was made after; nil: there was none.
            package var insteadOf: String?

            package init(settings: [String: String], directory: String, insteadOf: String? = nil) {
                self.settings = settings
                self.directory = directory
                self.insteadOf = insteadOf
            }
        }

        package var name: String
        package var runs: [Run] = []
        /// Why it was not carried out to its end; nil: it was.
        package var failure: String?
        /// Whether the reason is that this machine cannot do it; nil: it is not, or nothing failed.
        package var failedByMachine: Bool?
        /// Why this machine, as it was given, could not carry it out; nil: it could, or nobody looked.
        package var impossible: String?

        package init(name: String) { self.name = name }
    }

    package private(set) var schema = BookRecord.schemaName
    package internal(set) var version = BookRecord.schemaVersion
    /// SHA-256 over the document's canonical form without this member, at every write: which run stands at which point decides
    /// verdicts as much as what is in it.
    package internal(set) var sha256: String?
    /// ISO 8601, UTC.
    package var startedAt: String
    /// nil until the last experiment has ended.
    package var endedAt: String?
    /// `quick` or `full`.
    package var tier: String
    /// The program that made it.
    package var software: String
    /// Names of the claims that were asked for, in the order of the book.
    package var claims: [String]
    package var experiments: [Experiment] = []
    /// As it was given or found when the book was made; nil: there was none.
    package var powerCut: PowerCutRecord?

    /// Whether it is from before books were sealed.
    package var hasNoSeal: Bool { version == 1 && sha256 == nil }

    package init(startedAt: String, tier: String, software: String, claims: [String]) {
        self.startedAt = startedAt
        self.tier = tier
        self.software = software
        self.claims = claims
    }
}
