// A broker's refusal, in its own words where it has any, and with what its access rules would have to allow.
package import Vocabulary
package import Wire

/// An operation that a call needs, as Kafka's access rules name it.
package struct NeededAccess: Sendable, Equatable, CustomStringConvertible {
    package let operation: Vocabulary.Operation
    package let resource: Resource

    package init(_ operation: Vocabulary.Operation, on resource: Resource) {
        self.operation = operation
        self.resource = resource
    }

    /// `DescribeConfigs on topic orders`
    package var description: String {
        let word = "\(operation)"
        return "\(word.prefix(1).uppercased() + word.dropFirst()) on \(place)"
    }

    private var place: String {
        switch resource {
        case .topic(let name): "topic \(name)"
        case .group(let name): "group \(name)"
        case .transactionalID(let name): "transactional id \(name)"
        case .cluster: "the cluster"
        }
    }
}

extension ErrorCode {
    /// Whether the broker knows who the client is, and does not let it do this.
    package var isDenial: Bool {
        [.topicAuthorizationFailed, .groupAuthorizationFailed, .clusterAuthorizationFailed, .transactionalIDAuthorizationFailed].contains(self)
    }
}

extension ClientError {
    /// - Parameters:
    ///   - message: the broker's own words.
    ///   - what: was asked for.
    ///   - access: any of them would do.
    static func refused(_ code: ErrorCode, _ message: String?, _ what: String, needs access: NeededAccess...) -> ClientError {
        .broker(code, text(what, code, access) + (message.map { " (\($0))" } ?? ""))
    }

    static func refused(_ code: ErrorCode, _ what: String, needs access: NeededAccess...) -> ClientError {
        .broker(code, text(what, code, access))
    }

    private static func text(_ what: String, _ code: ErrorCode, _ access: [NeededAccess]) -> String {
        code.isDenial ? "\(what), which needs \(access.map(\.description).joined(separator: ", or "))" : what
    }
}
