// What one client may do. ACCESS.md says which handler asks for what, and what it answers when that is denied.
internal import Security
internal import Vocabulary

/// A client's name and what it may do, as a value that other threads may take along.
struct Access: Sendable {
    /// Of a client that has not said who it is.
    static let anonymous = "User:ANONYMOUS"

    /// nil: none is configured, and everything is allowed.
    let authorizer: Authorizer?
    /// `User:` and the name that the client proved.
    var principal = Access.anonymous
    /// The address that the client came from.
    let host: String

    init(_ authorizer: Authorizer?, host: String) {
        self.authorizer = authorizer
        self.host = host
    }

    func isAuthorized(_ operation: Operation, _ resource: Resource) -> Bool {
        authorizer?.isAuthorized(principal, from: host, operation, resource) ?? true
    }

    /// Whether there may be a resource of the type that the client may do `operation` to.
    func isAuthorizedForAny(_ operation: Operation, _ type: ResourceType) -> Bool {
        authorizer?.isAuthorizedForAny(principal, from: host, operation, type) ?? true
    }
}

extension ClientConnection {
    var principal: String { access.principal }

    /// Whether this client may do `operation` to `resource` now. Of every request; nothing is remembered by the caller.
    func isAuthorized(_ operation: Operation, _ resource: Resource) -> Bool { access.isAuthorized(operation, resource) }

    /// The same of a topic by the bytes of its name: for produce and fetch. Allocates nothing for a topic that this
    /// connection has used since the last change of rules.
    func isAuthorized(_ operation: Operation, topic name: UnsafeRawBufferPointer) -> Bool {
        guard access.authorizer != nil else { return true }
        return topicAccess.isAuthorized(operation, name, access)
    }
}
