// The mechanisms by which clients say who they are.

package enum SaslMechanism: Hashable, Sendable {
    case plain
    case scram(ScramMechanism)

    package static let names = ["PLAIN"] + ScramMechanism.allCases.map(\.name)

    /// As SaslHandshake and `sasl.enabled.mechanisms` name it.
    package var name: String {
        switch self {
        case .plain: "PLAIN"
        case .scram(let mechanism): mechanism.name
        }
    }

    package init?(name: String) {
        if name == "PLAIN" { self = .plain } else if let mechanism = ScramMechanism(name: name) { self = .scram(mechanism) } else { return nil }
    }
}
