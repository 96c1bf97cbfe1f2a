// All rules about access, and what they say.
package import Vocabulary

/// What the rules say of one question.
package enum AccessDecision: Sendable {
    case allowed
    case denied
    /// There is no rule about the resource at all.
    case noRule
}

/// An immutable set of rules, found by resource.
package final class AccessRules: Sendable {
    private struct Key: Hashable, Sendable {
        let type: ResourceType
        let name: String
    }

    package let all: Set<AccessRule>
    private let literal: [Key: [AccessRule]]
    private let prefixed: [Key: [AccessRule]]
    /// In bytes, by type: a name is looked up once for each.
    private let prefixLengths: [ResourceType: [Int]]

    package init(_ rules: Set<AccessRule> = []) {
        all = rules
        var (literal, prefixed): ([Key: [AccessRule]], [Key: [AccessRule]]) = ([:], [:])
        var lengths: [ResourceType: Set<Int>] = [:]
        for rule in rules {
            let key = Key(type: rule.resourceType, name: rule.name)
            if rule.pattern == .prefixed {
                prefixed[key, default: []].append(rule)
                lengths[rule.resourceType, default: []].insert(rule.name.utf8.count)
            } else {
                literal[key, default: []].append(rule)
            }
        }
        self.literal = literal
        self.prefixed = prefixed
        prefixLengths = lengths.mapValues { $0.sorted() }
    }

    /// Denials come first, whatever else is allowed.
    ///
    /// - Complexity: the rules about the resource, and a look for each length that prefixes have.
    /// - Source: Kafka's `AclAuthorizer.authorizeAction`.
    package func decision(_ principal: String, from host: String, _ operation: Operation, _ resource: Resource) -> AccessDecision {
        var (isAllowed, isRuled) = (false, false)
        /// - Returns: whether a rule denies it.
        func consider(_ rules: [AccessRule]?) -> Bool {
            guard let rules else { return false }
            isRuled = true
            for rule in rules where rule.concerns(principal, host) && rule.covers(operation) {
                if rule.permission == .deny { return true }
                isAllowed = true
            }
            return false
        }
        let (type, name) = (resource.type, resource.name)
        if consider(literal[Key(type: type, name: name)]) { return .denied }
        if name != AccessRule.wildcard, consider(literal[Key(type: type, name: AccessRule.wildcard)]) { return .denied }
        for length in prefixLengths[type] ?? [] {
            guard length <= name.utf8.count else { break }
            // A length that cuts a character in two is no prefix of it.
            guard let prefix = String(name.utf8.prefix(length)) else { continue }
            if consider(prefixed[Key(type: type, name: prefix)]) { return .denied }
        }
        return isAllowed ? .allowed : isRuled ? .denied : .noRule
    }

    /// Whether there may be a resource of the type that the client may do `operation` to: a pattern allows it that no
    /// other one denies as a whole.
    ///
    /// - Source: Kafka's `Authorizer.authorizeByResourceType`.
    package func allowsAny(_ principal: String, from host: String, _ operation: Operation, _ type: ResourceType) -> Bool {
        let mine = all.filter { $0.resourceType == type && $0.concerns(principal, host) && $0.covers(operation) }
        let denied = mine.filter { $0.permission == .deny }
        if denied.contains(where: { $0.pattern == .literal && $0.name == AccessRule.wildcard }) { return false }
        return mine.contains { rule in
            guard rule.permission == .allow else { return false }
            if rule.pattern == .literal, rule.name == AccessRule.wildcard { return true }
            return !denied.contains { denial in
                denial.pattern == .prefixed
                    ? rule.name.utf8.starts(with: denial.name.utf8) : rule.pattern == .literal && rule.name == denial.name
            }
        }
    }
}
