// Finds rules, for those who look at them and for those who delete them.
package import Vocabulary

/// nil and `any` match everything.
package struct AccessFilter: Sendable {
    package var resourceType: ResourceType
    package var name: String?
    package var pattern: PatternType
    package var principal: String?
    package var host: String?
    package var operation: Operation
    package var permission: Permission

    package init(
        resourceType: ResourceType = .any, name: String? = nil, pattern: PatternType = .any, principal: String? = nil,
        host: String? = nil, operation: Operation = .any, permission: Permission = .any
    ) {
        self.resourceType = resourceType
        self.name = name
        self.pattern = pattern
        self.principal = principal
        self.host = host
        self.operation = operation
        self.permission = permission
    }

    package func matches(_ rule: AccessRule) -> Bool {
        (resourceType == .any || resourceType == rule.resourceType)
            && (principal == nil || principal == rule.principal) && (host == nil || host == rule.host)
            && (operation == .any || operation == rule.operation) && (permission == .any || permission == rule.permission)
            && matchesPattern(of: rule)
    }

    private func matchesPattern(of rule: AccessRule) -> Bool {
        switch pattern {
        case .any: name == nil || name == rule.name
        case .literal, .prefixed: pattern == rule.pattern && (name == nil || name == rule.name)
        case .match:
            if let name {
                rule.pattern == .prefixed
                    ? name.utf8.starts(with: rule.name.utf8) : rule.name == name || rule.name == AccessRule.wildcard
            } else {
                true
            }
        }
    }
}
