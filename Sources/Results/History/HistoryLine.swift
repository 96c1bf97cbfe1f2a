// One line of a history: what one comparison said of a build beside a pinned release.
internal import Foundation
package import Gate

/// A self-contained JSON object of one line, so that a file of them merges line by line. It holds ratios, never the figures
/// of a day: those belong to the machine's mood, ratios to the builds.
///
/// A change of this shape that an older reader would misread raises `schemaVersion`, and with it the schema file.
package struct HistoryLine: Codable, Equatable, Sendable {
    package static let schemaName = "tidemark.history"
    package static let schemaVersion = 1

    package private(set) var schema = HistoryLine.schemaName
    package private(set) var version = HistoryLine.schemaVersion
    /// Names the comparison, as its directory does: `2026-11-24-ab-ab-max-f8561e`.
    package let id: String
    /// When the comparison began: ISO 8601, UTC, to the second.
    package let time: String
    /// The pinned release.
    package let base: HistoryBuild
    package let head: HistoryBuild
    package let profile: HistoryProfile
    package let machine: HistoryMachine
    /// Version of the compiler that the harness was built with; a build's own is in its identity.
    package let toolchain: String
    /// The pinned rate of an open loop; nil at maximum rate.
    package let recordsPerSecond: Double?
    /// What `same` rules out and `REGRESSED` takes.
    package let thresholds: EffectThresholds
    package let outcome: GateOutcome
    /// Restart groups kept.
    package let groups: Int
    package let seed: UInt64
    /// In the plan's order; those that neither decide nor have a ratio are left out.
    package let metrics: [HistoryMetric]
    /// SHA-256 of the line's canonical form without this member.
    package private(set) var sha256: String

    /// An unsealed line: see `sealed()`.
    init(
        id: String, time: String, base: HistoryBuild, head: HistoryBuild, profile: HistoryProfile, machine: HistoryMachine, toolchain: String,
        recordsPerSecond: Double?, thresholds: EffectThresholds, outcome: GateOutcome, groups: Int, seed: UInt64, metrics: [HistoryMetric]
    ) {
        self.id = id
        self.time = time
        self.base = base
        self.head = head
        self.profile = profile
        self.machine = machine
        self.toolchain = toolchain
        self.recordsPerSecond = recordsPerSecond
        self.thresholds = thresholds
        self.outcome = outcome
        self.groups = groups
        self.seed = seed
        self.metrics = metrics
        sha256 = ""
    }

    /// - Throws: Foundation's error for a figure that is no number.
    func sealed() throws -> HistoryLine {
        var line = self
        line.sha256 = try Seal.digest(of: try encoded())
        return line
    }

    /// The line without its end.
    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    package subscript(metric: String) -> HistoryMetric? { metrics.first { $0.name == metric } }
}

/// One side.
package struct HistoryBuild: Codable, Equatable, Sendable {
    /// As people know it.
    package let name: String
    /// Equal text, equal build.
    package let identity: String
    /// In hexadecimal, `-modified` behind that of a tree with changes; nil for a broker that does not say.
    package let commit: String?
    /// ISO 8601; nil where no repository was at hand that knows the commit.
    package let committedAt: String?

    package init(name: String, identity: String, commit: String?, committedAt: String? = nil) {
        self.name = name
        self.identity = identity
        self.commit = commit
        self.committedAt = committedAt
    }

    /// The commit's first ten digits, or the name.
    package var short: String { commit.map { String($0.prefix(10)) } ?? name }
}

package struct HistoryProfile: Codable, Equatable, Sendable {
    package let name: String
    /// SHA-256 of its text without comments, settings from the command line included.
    package let digest: String

    package init(name: String, digest: String) {
        self.name = name
        self.digest = digest
    }
}

package struct HistoryMachine: Codable, Equatable, Sendable {
    /// As people know it; names nobody.
    package let label: String
    /// The fingerprint's tiers, as `EnvironmentRecord.digests`, without what a reboot or an update changes.
    package let hard, soft: String

    package init(label: String, hard: String, soft: String) {
        self.label = label
        self.hard = hard
        self.soft = soft
    }
}

package struct HistoryMetric: Codable, Equatable, Sendable {
    package let name, unit: String
    package let polarity: GatedMetric.Polarity
    package let role: GatedMetric.Role
    /// Whether it could make that comparison fail.
    package let decides: Bool
    package let verdict: MetricVerdict
    /// head ÷ base.
    package let ratio: Double
    /// 95 %; nil where there were too few groups.
    package let lower, upper: Double?
    package let isExact: Bool
    package let p: Double?
    /// 0.023 is 2.3 %.
    package let smallestDetectable: Double?
    package let groups: Int

    package init(
        name: String, unit: String, polarity: GatedMetric.Polarity, role: GatedMetric.Role, decides: Bool, verdict: MetricVerdict, ratio: Double,
        lower: Double? = nil, upper: Double? = nil, isExact: Bool = false, p: Double? = nil, smallestDetectable: Double? = nil, groups: Int
    ) {
        self.name = name
        self.unit = unit
        self.polarity = polarity
        self.role = role
        self.decides = decides
        self.verdict = verdict
        self.ratio = ratio
        self.lower = lower
        self.upper = upper
        self.isExact = isExact
        self.p = p
        self.smallestDetectable = smallestDetectable
        self.groups = groups
    }
}
