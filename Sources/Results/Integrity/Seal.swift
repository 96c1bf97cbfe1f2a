// The seal of a finished result: a hash that says whether anything was changed since.
package import Foundation

/// What the seal of a stored document says.
package enum Seal: Equatable, Sendable {
    /// Nothing was changed.
    case intact
    /// Something was, or the seal was taken off.
    case broken(reason: String)
    /// Written before results were sealed, or by a run that did not end.
    case absent(reason: String)

    /// `intact`, or what is the matter.
    package var text: String {
        switch self {
        case .intact: "intact"
        case .broken(let reason), .absent(let reason): reason
        }
    }

    /// The member of the outermost object that carries the seal.
    package static let member = "sha256"
    /// Finished results carry one from this version of the schema on.
    static let sinceVersion = 2

    /// - Parameters:
    ///   - version, complete: as the document says.
    ///   - stated: the seal that it carries.
    static func check(_ document: Data, version: Int, complete: Bool, stated: String?) -> Seal {
        guard version >= sinceVersion else { return .absent(reason: "a result of version \(version) carries no hash") }
        guard complete else { return .absent(reason: "the run did not end, so nothing sealed it") }
        return check(document, stated: stated)
    }

    /// Of a finished document of a kind that is always sealed.
    package static func check(_ document: Data, stated: String?) -> Seal {
        guard let stated else { return .broken(reason: "a finished result without its \(member): it was taken off") }
        guard let found = try? digest(of: document) else { return .broken(reason: "it is no JSON document any more") }
        return found == stated ? .intact : .broken(reason: "its content hashes to \(found.prefix(12))…, its seal says \(stated.prefix(12))…")
    }

    /// SHA-256 over the canonical form without the seal itself.
    package static func digest(of document: Data) throws(JSONDamage) -> String {
        SHA256.hex(try CanonicalJSON.bytes([UInt8](document), leavingOut: member))
    }
}
