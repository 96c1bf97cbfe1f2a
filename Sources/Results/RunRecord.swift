// The whole document of run.json.
package import Measurement

/// Everything a run leaves behind. Written from its first second on; `complete` turns true with the last.
///
/// A change of this shape that an older reader would misread raises `schemaVersion`, and with it the schema
/// file under Results/schema and a step in `RecordMigration`.
package struct RunRecord: Codable, Equatable, Sendable {
    package static let schemaName = "tidemark.run"
    package static let schemaVersion = 2

    package private(set) var schema = RunRecord.schemaName
    package internal(set) var version = RunRecord.schemaVersion
    /// The seal of a finished run: SHA-256 over the document's canonical form without this member (`CanonicalJSON`).
    package internal(set) var sha256: String?
    /// False while the run goes on, and for ever if the harness was killed.
    package var complete = false
    package var identity: RunIdentity
    package var software: Software
    package var profile: ProfileRecord
    package var environment: EnvironmentRecord
    /// Both clocks of the host that drove the load; nil in results that were made before they were kept.
    package var clocks: RunClocks?
    package var disks: [DiskRecord] = []
    package var calibration = CalibrationRecord()
    package var phases: [PhaseRecord] = []
    package var headlines = Headlines()
    /// Figures that belong to no headline, such as the ratio to a C loop.
    package var metrics: [Metric] = []
    /// Every constant the verdict used, by name.
    package private(set) var thresholds = VerdictThresholds.table
    /// What the verdict was decided from.
    package var facts: [VerdictFacts] = []
    /// nil until the run has ended.
    package var verdict: Verdict?
    package var limiter: LimiterFinding?
    /// The search that the load was; nil: it had the rate that the profile gives.
    package var search: SearchRecord?
    /// What was read beside a broker of somebody else's and joined with the phases; nil: nothing.
    package var probes: [ProbeRecord]?
    /// Where it differs from what the files of another tool asked for; nil: it was asked by a profile, or differs in nothing.
    package var deviations: [DeviationRecord]?
    package var notes: [String] = []

    package init(identity: RunIdentity, software: Software, profile: ProfileRecord, environment: EnvironmentRecord) {
        self.identity = identity
        self.software = software
        self.profile = profile
        self.environment = environment
    }
}

/// What was run.
package struct Software: Codable, Equatable, Sendable {
    /// Commit of the harness.
    package var commit: String
    package var version: String
    /// Commit of the broker, where it is ours.
    package var brokerCommit: String?
    /// As the broker names itself, or the address of one of another make.
    package var broker: String

    package init(commit: String, version: String, brokerCommit: String? = nil, broker: String) {
        self.commit = commit
        self.version = version
        self.brokerCommit = brokerCommit
        self.broker = broker
    }
}

/// What was asked for.
package struct ProfileRecord: Codable, Equatable, Sendable {
    package var name: String
    /// The question its first line asks.
    package var question: String
    /// `quick` (never gates) or `full`.
    package var tier: String
    /// The YAML as it was read.
    package var text: String
    /// Seeds of payloads, keys and arrivals, by name.
    package var seeds: [String: UInt64]
    /// Errors that are part of the experiment.
    package var expect: [String]
    package var durability: String?

    package init(
        name: String, question: String, tier: String, text: String, seeds: [String: UInt64] = [:], expect: [String] = [],
        durability: String? = nil
    ) {
        self.name = name
        self.question = question
        self.tier = tier
        self.text = text
        self.seeds = seeds
        self.expect = expect
        self.durability = durability
    }
}

/// The machine, in three tiers: what must match to gate, what is worth a warning, and how it was just then.
/// A value that could not be read is `unknown`.
package struct EnvironmentRecord: Equatable, Sendable {
    package var hard: [String: String]
    package var soft: [String: String]
    package var runState: [String: String]
    package var traits: [TraitRecord]

    package init(hard: [String: String] = [:], soft: [String: String] = [:], runState: [String: String] = [:], traits: [TraitRecord] = []) {
        self.hard = hard
        self.soft = soft
        self.runState = runState
        self.traits = traits
    }
}

/// One trait of the machine that can spoil numbers, and what was done about it.
package struct TraitRecord: Codable, Equatable, Sendable {
    package var name: String
    package var finding: String
    package var countermeasure: String
    /// Whether it would distort figures if nothing were done.
    package var spoils: Bool

    package init(name: String, finding: String, countermeasure: String, spoils: Bool) {
        self.name = name
        self.finding = finding
        self.countermeasure = countermeasure
        self.spoils = spoils
    }
}

/// What a data directory stands on, down to the device.
package struct DiskRecord: Codable, Equatable, Sendable {
    /// The directory as the profile calls it.
    package var name: String
    package var filesystem, mountOptions, device, model, transport: String
    package var rotational: Bool?
    package var scheduler, writeCache: String?
    /// Memory node of its controller; nil where none is known, as on a machine with one node.
    package var numaNode: Int?
    /// `hdd`, `ssd`, `nvme`, `virtual`, `memory` or `network`.
    package var diskClass: String
    /// Whether the calibration is what that class does; nil when it was not judged.
    package var classConfirmed: Bool?
    /// What the calibration says by itself, whatever the disk is called; nil where there is none.
    package var behaviour: DiskBehaviourRecord?
    package var calibration: [Metric]
    /// Limits of its device that other programs measured; nil where none was brought along.
    package var imported: [ImportedRoofline]?
    /// What a log got of it; nil where none was put on it.
    package var log: DiskLog?

    package init(
        name: String, filesystem: String, mountOptions: String, device: String, model: String, transport: String,
        rotational: Bool? = nil, scheduler: String? = nil, writeCache: String? = nil, diskClass: String,
        classConfirmed: Bool? = nil, calibration: [Metric] = []
    ) {
        self.name = name
        self.filesystem = filesystem
        self.mountOptions = mountOptions
        self.device = device
        self.model = model
        self.transport = transport
        self.rotational = rotational
        self.scheduler = scheduler
        self.writeCache = writeCache
        self.diskClass = diskClass
        self.classConfirmed = classConfirmed
        self.calibration = calibration
    }
}

/// What the machine could do before and after.
package struct CalibrationRecord: Codable, Equatable, Sendable {
    /// `quick` (0.5 s an item; afterwards only what the run was nearest to being bound by) or `full` (3 s an item, before and
    /// after); empty when none was made.
    package var tier: String
    package var before: [Metric]
    package var after: [Metric]
    /// By item: what each slice of the reading came to, in the item's unit.
    package var beforeSlices: [String: [Double]]?
    package var afterSlices: [String: [Double]]?
    package var drift: [CalibrationDrift]

    package init(tier: String = "", before: [Metric] = [], after: [Metric] = [], drift: [CalibrationDrift] = []) {
        self.tier = tier
        self.before = before
        self.after = after
        self.drift = drift
    }
}

extension RunRecord {
    /// The phases that were not set aside to be measured again, and are no steps of a search, of which the last window alone is the load.
    package var countedPhases: [PhaseRecord] {
        let setAside = Set(facts.filter { $0.setAside != nil }.map(\.phase))
        return phases.filter { !setAside.contains($0.name) && SearchTrial.Kind(rawValue: $0.kind) == nil }
    }

    /// The metric that says what the generator of a load at maximum rate can do by itself; unavailable where that is not known.
    package static let ceilingName = "load_generator_ceiling"

    /// The metric that says how much of what its generator can do by itself the load at maximum rate has reached.
    package static let ceilingShareName = "load_share_of_generator_ceiling"

    /// The first of the reasons that make it INVALID; nil: it is not, or did not end.
    package var invalidReason: String? {
        guard let verdict, verdict.outcome == .invalid else { return nil }
        return verdict.reasons.first { $0.outcome == .invalid }?.text ?? "no reason given"
    }

    /// Whether its load at maximum rate says as much of the generator as of the broker.
    package var isClientBound: Bool {
        metrics.contains { $0.name == Self.ceilingShareName && $0.value.map { $0 > VerdictThresholds.generatorCeilingShare } == true }
    }
}
