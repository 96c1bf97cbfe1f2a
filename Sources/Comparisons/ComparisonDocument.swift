// A comparison as JSON: `tidemark.compare`, version 1.
package import Foundation
internal import Measurement
package import Results

/// Everything a comparison came to, for other programs. Its schema is Results/schema/compare-1.schema.json.
package struct ComparisonDocument: Codable, Equatable, Sendable {
    package struct Side: Codable, Equatable, Sendable {
        package let letter, name, profile, broker, startedAt: String
        package let commit: String?
        package let verdict: String?
        /// `intact`, or why there is none or it is broken.
        package let seal: String
        package let fingerprint: FingerprintDigests
    }

    package struct Judgement: Codable, Equatable, Sendable {
        /// Of the side that was judged against the first.
        package let letter: String
        package let rung: Rung
        package let obstacles: [Obstacle]
    }

    package let schema: String
    package let version: Int
    package let rung: Rung
    package let refused: Bool
    package let exitCode: Int32
    package let sides: [Side]
    package let judgements: [Judgement]
    package let tables: [PivotTable]

    package init(_ comparison: ResultComparison) {
        schema = ResultComparison.schemaName
        version = ResultComparison.schemaVersion
        rung = comparison.rung
        refused = comparison.isRefused
        exitCode = comparison.exitCode
        sides = comparison.sides.map { side in
            let record = side.stored.record
            return Side(
                letter: side.letter, name: side.name, profile: record.profile.name, broker: record.software.broker,
                startedAt: record.identity.startedAt, commit: record.software.brokerCommit, verdict: record.verdict?.outcome.rawValue,
                seal: side.stored.seal.text, fingerprint: record.environment.digests)
        }
        judgements = zip(comparison.sides.dropFirst(), comparison.judged).map { Judgement(letter: $0.letter, rung: $1.rung, obstacles: $1.obstacles) }
        tables = comparison.tables
    }

    /// Sorted keys, so that two of them can be compared line by line; ends with a newline.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}
