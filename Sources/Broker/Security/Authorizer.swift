// The broker's rules about access: read by every loop, changed by the control thread.
internal import Security
internal import Synchronization
internal import Vocabulary

/// Decides by the rules as they are at the moment of the question.
final class Authorizer: Sendable {
    private let superUsers: Set<String>
    private let allowsWithoutRule: Bool
    private let current: Mutex<AccessRules>
    private let changes = Atomic<UInt64>(1)

    /// - Parameter allowsWithoutRule: whether everybody may use what no rule is about.
    init(_ rules: AccessRules, superUsers: Set<String>, allowsWithoutRule: Bool) {
        current = Mutex(rules)
        self.superUsers = superUsers
        self.allowsWithoutRule = allowsWithoutRule
    }

    var rules: AccessRules { current.withLock { $0 } }

    /// Grows with every change, behind it: who has seen a number has seen the rules of that number, or newer ones.
    var version: UInt64 { changes.load(ordering: .acquiring) }

    func publish(_ rules: AccessRules) {
        current.withLock { $0 = rules }
        changes.add(1, ordering: .releasing)
    }

    func isAuthorized(_ principal: String, from host: String, _ operation: Operation, _ resource: Resource) -> Bool {
        if superUsers.contains(principal) { return true }
        return switch rules.decision(principal, from: host, operation, resource) {
        case .allowed: true
        case .denied: false
        case .noRule: allowsWithoutRule
        }
    }

    /// Whether there may be a resource of the type that the client may do `operation` to.
    func isAuthorizedForAny(_ principal: String, from host: String, _ operation: Operation, _ type: ResourceType) -> Bool {
        superUsers.contains(principal) || allowsWithoutRule || rules.allowsAny(principal, from: host, operation, type)
    }
}
