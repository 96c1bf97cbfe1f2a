// One rule about access, as Kafka's ACLs have them.
package import Vocabulary

/// How a rule's name stands for resources.
package enum PatternType: Int8, CaseIterable, Sendable {
    /// In filters only: matches both.
    case any = 1
    /// In filters only: every rule that is about the resource of that name.
    case match = 2
    /// The name itself; `*` stands for all.
    case literal = 3
    /// Every name that begins so.
    case prefixed = 4
}

package enum Permission: Int8, CaseIterable, Sendable {
    /// In filters only: matches both.
    case any = 1
    case deny = 2
    case allow = 3
}

/// Who may or may not do what, from where.
package struct AccessRule: Hashable, Sendable {
    /// As a name of a resource, as a host, and behind `User:`: every one.
    package static let wildcard = "*"
    package static let everyone = "User:*"

    package var resourceType: ResourceType
    package var name: String
    package var pattern: PatternType
    package var principal: String
    package var host: String
    package var operation: Operation
    package var permission: Permission

    package init(
        resourceType: ResourceType, name: String, pattern: PatternType = .literal, principal: String, host: String = wildcard,
        operation: Operation, permission: Permission
    ) {
        self.resourceType = resourceType
        self.name = name
        self.pattern = pattern
        self.principal = principal
        self.host = host
        self.operation = operation
        self.permission = permission
    }

    /// Why there can be no such rule; nil when there can.
    package var fault: String? {
        if resourceType == .any { return "a rule is about one resource type" }
        if pattern != .literal, pattern != .prefixed { return "a rule's pattern is literal or prefixed" }
        if operation == .any { return "a rule is about one operation, or about all of them" }
        if permission == .any { return "a rule allows or denies" }
        if name.isEmpty { return "the resource has no name" }
        if resourceType == .cluster, name != Resource.clusterName { return "the cluster's only name is \(Resource.clusterName)" }
        if host.isEmpty { return "the host is empty; * stands for every one" }
        guard let colon = principal.firstIndex(of: ":"), colon != principal.startIndex, principal.index(after: colon) != principal.endIndex
        else { return "a principal is written TYPE:NAME, such as User:alice" }
        return nil
    }

    /// Whether the rule is about this client. Of an address in a rule only its own spelling counts.
    func concerns(_ principal: String, _ host: String) -> Bool {
        (self.principal == principal || self.principal == AccessRule.everyone) && (self.host == host || self.host == AccessRule.wildcard)
    }

    /// Whether the rule says something about `operation`. What may be read, written, deleted or altered may also be
    /// described; the settings that may be altered may be described. What is denied implies nothing.
    func covers(_ operation: Operation) -> Bool {
        if self.operation == operation || self.operation == .all { return true }
        guard permission == .allow else { return false }
        return switch operation {
        case .describe: [.read, .write, .delete, .alter].contains(self.operation)
        case .describeConfigs: self.operation == .alterConfigs
        default: false
        }
    }
}
