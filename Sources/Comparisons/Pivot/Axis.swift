// What stands in the rows or columns of a comparison.
internal import Foundation
package import Results

package enum Axis: Equatable, Sendable {
    case metric, result, profile, commit, broker, durability, tier, date, disk, machine
    /// A field of the machine or of the profile by its name: `kernel`, `producers.recordBytes`.
    case field(String)

    private static let named: [String: Axis] = [
        "metric": .metric, "result": .result, "profile": .profile, "commit": .commit, "broker": .broker, "durability": .durability,
        "tier": .tier, "date": .date, "disk": .disk, "machine": .machine,
    ]

    package static var names: [String] { named.keys.sorted() }

    package init(_ text: String) { self = Self.named[text] ?? .field(text) }

    package var name: String {
        if case .field(let name) = self { return name }
        return Self.named.first { $0.value == self }?.key ?? ""
    }

    /// The field in which results may differ because this axis asks for it; nil where none has to be excused.
    var excusedField: String? {
        switch self {
        case .durability: "durability"
        case .profile: ExperimentField.profileName
        case .tier: "tier"
        case .field(let name): name
        case .metric, .result, .commit, .broker, .date, .disk, .machine: nil
        }
    }

    /// Where a result stands on this axis. Of `metric` the figure decides, not the result.
    func value(of side: ComparisonSide) -> String {
        let record = side.stored.record
        switch self {
        case .metric: return ""
        case .result: return side.letter
        case .profile: return record.profile.name
        case .commit: return record.software.brokerCommit ?? record.software.commit
        case .broker: return record.software.broker
        case .durability: return record.profile.durability ?? "not recorded"
        case .tier: return record.profile.tier
        case .date: return record.identity.date
        case .disk: return record.disks.first.map { "\($0.filesystem) on \($0.diskClass)" } ?? "not recorded"
        // Eight digits tell machines apart; the fingerprint behind them says how they differ.
        case .machine: return "\(record.environment.hard["cpu_model"] ?? "unknown") \(record.environment.digests.hard.prefix(8))"
        case .field(let name):
            let all = [side.comparand.experiment, side.comparand.hard, side.comparand.soft, side.comparand.runState]
            return all.lazy.compactMap { fields in fields[name] ?? fields.first { $0.key.hasSuffix(".\(name)") }?.value }.first ?? "not recorded"
        }
    }
}

/// One result of a comparison.
package struct ComparisonSide: Sendable {
    /// `A` for the base, `B`, … as the tables call it.
    package let letter: String
    package let stored: StoredResult
    package let comparand: Comparand
    let figures: [ResultFigure]
    let normalised: [NormalisedFigure]
    /// What keeps its fractions of a limit from being held beside those of a run without it.
    let obstacles: [FractionObstacle]

    /// - Parameter index: 0 for the base.
    package init(_ stored: StoredResult, index: Int) {
        letter = index < 26 ? String(UnicodeScalar(UInt8(65 + index))) : "R\(index + 1)"
        self.stored = stored
        comparand = Comparand(stored, name: letter)
        figures = ResultFigures.list(stored.record)
        normalised = NormalisedFigures.list(stored.record)
        obstacles = FractionObstacle.all(of: stored.record)
    }

    package var name: String { stored.directory.lastPathComponent }
}
