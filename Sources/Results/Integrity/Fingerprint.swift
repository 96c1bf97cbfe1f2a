// The machine's fingerprint: three tiers of fields, each with a hash of its own.
internal import Foundation

/// One SHA-256 per tier, over the canonical JSON of its fields: two machines' tiers are equal exactly when these are.
package struct FingerprintDigests: Codable, Equatable, Sendable {
    package let hard, soft, runState: String
}

extension EnvironmentRecord: Codable {
    package var digests: FingerprintDigests {
        FingerprintDigests(hard: Self.digest(hard), soft: Self.digest(soft), runState: Self.digest(runState))
    }

    private static func digest(_ fields: [String: String]) -> String {
        // A map of strings always encodes, and to JSON that is canonicalised without fail.
        guard let document = try? JSONEncoder().encode(fields), let canonical = try? CanonicalJSON.bytes([UInt8](document)) else {
            preconditionFailure("a map of strings is no JSON: \(fields)")
        }
        return SHA256.hex(canonical)
    }

    private enum CodingKeys: String, CodingKey { case hard, soft, runState, traits, digests }

    /// The hashes follow from the fields, so those that are stored are not read.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            hard: try fields.decode([String: String].self, forKey: .hard), soft: try fields.decode([String: String].self, forKey: .soft),
            runState: try fields.decode([String: String].self, forKey: .runState), traits: try fields.decode([TraitRecord].self, forKey: .traits))
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(hard, forKey: .hard)
        try fields.encode(soft, forKey: .soft)
        try fields.encode(runState, forKey: .runState)
        try fields.encode(traits, forKey: .traits)
        try fields.encode(digests, forKey: .digests)
    }
}
