// Who may do what to which resource: Kafka's words and numbers for it.

/// What can be done to a resource, by the number that stands on the wire.
package enum Operation: Int8, CaseIterable, Sendable {
    /// In filters only: matches every operation.
    case any = 1
    /// In rules only: every operation that the resource has.
    case all = 2
    case read = 3
    case write = 4
    case create = 5
    case delete = 6
    case alter = 7
    case describe = 8
    case clusterAction = 9
    case describeConfigs = 10
    case alterConfigs = 11
    case idempotentWrite = 12
}

/// The kinds of resources that rules are about, by the number that stands on the wire.
package enum ResourceType: Int8, CaseIterable, Sendable {
    /// In filters only: matches every kind.
    case any = 1
    case topic = 2
    case group = 3
    /// There is one, by the name `kafka-cluster`.
    case cluster = 4
    case transactionalID = 5
}

/// One thing that access is asked to.
package enum Resource: Hashable, Sendable {
    case topic(String)
    case group(String)
    case cluster
    case transactionalID(String)

    package static let clusterName = "kafka-cluster"

    package var type: ResourceType {
        switch self {
        case .topic: .topic
        case .group: .group
        case .cluster: .cluster
        case .transactionalID: .transactionalID
        }
    }

    package var name: String {
        switch self {
        case .topic(let name), .group(let name), .transactionalID(let name): name
        case .cluster: Resource.clusterName
        }
    }
}
