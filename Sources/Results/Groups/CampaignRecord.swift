// The record of a comparison of two builds: `ab.json`.
package import Gate
internal import Measurement

/// One build as the result names it.
package struct ContenderRecord: Codable, Equatable, Sendable {
    /// As people know it.
    package var name: String
    /// Equal text, equal build.
    package var identity: String
    /// What its program answers to `--version`; nil for a command.
    package var version: String?

    package init(name: String, identity: String, version: String?) {
        self.name = name
        self.identity = identity
        self.version = version
    }
}

/// The rate at which response times are compared: found once, then the same for every slice.
package struct PinnedRate: Codable, Equatable, Sendable {
    package var recordsPerSecond: Double
    /// What the base build carried with nothing held back; nil where the rate was given.
    package var saturationRecordsPerSecond: Double?
    /// At the pinned rate.
    package var requestsPerSecond: Double
    /// What was tried and could not be held, in order.
    package var refused: [Double]

    package init(recordsPerSecond: Double, saturationRecordsPerSecond: Double?, requestsPerSecond: Double, refused: [Double]) {
        self.recordsPerSecond = recordsPerSecond
        self.saturationRecordsPerSecond = saturationRecordsPerSecond
        self.requestsPerSecond = requestsPerSecond
        self.refused = refused
    }
}

package struct CampaignRecord: Codable, Equatable, Sendable {
    /// A change that an older reader would misread gets another name.
    package static let schemaName = "tidemark.ab.v1"

    package var schema = CampaignRecord.schemaName
    /// Whether the comparison ended by itself; what was interrupted has its last groups in the lines file.
    package var complete = false
    package var identity: RunIdentity
    package var software: Software
    package var profile: ProfileRecord
    package var environment: EnvironmentRecord
    package var disks: [DiskRecord]
    package var base, head: ContenderRecord
    /// nil at maximum rate.
    package var rate: PinnedRate?
    /// Wall nanoseconds of one operation of the first probe, which the others are compared with; nil before it.
    package var probeNanoseconds: Double?
    /// Plan, groups and looks, as they are judged.
    package var campaign: GateCampaign
    /// The same groups as measured, in their order.
    package var groups: [GroupRecord] = []
    /// What it came to; nil while it runs.
    package var report: GateReport?
    /// The command that makes it again.
    package var reproduce: String
    package var notes: [String] = []
    /// SHA-256 of the canonical form without this member; nil until it is stored.
    package var sha256: String?

    package init(
        identity: RunIdentity, software: Software, profile: ProfileRecord, environment: EnvironmentRecord, disks: [DiskRecord],
        base: ContenderRecord, head: ContenderRecord, campaign: GateCampaign, reproduce: String
    ) {
        self.identity = identity
        self.software = software
        self.profile = profile
        self.environment = environment
        self.disks = disks
        self.base = base
        self.head = head
        self.campaign = campaign
        self.reproduce = reproduce
    }
}
