// What one client may do. ACCESS.md says which handler asks for what, and what it answers when that is denied.
internal import Vocabulary

/// A client's name and what it may do, as a value that other threads may take along.
struct Access: Sendable {
    /// Of a client that has not said who it is.
    static let anonymous = "User:ANONYMOUS"

    /// `User:` and the name that the client proved.
    var principal = Access.anonymous
    /// The address that the client came from.
    let host: String

    init(host: String) { self.host = host }

    /// Everything is allowed where no authorizer is configured.
    func isAuthorized(_ operation: Operation, _ resource: Resource) -> Bool { true }

    /// The elements of which the client may do `operation` to the topic.
    func authorized<Element>(_ operation: Operation, _ elements: [Element], topic: (Element) -> String) -> [Element] {
        elements.filter { isAuthorized(operation, .topic(topic($0))) }
    }
}

extension ClientConnection {
    var principal: String { access.principal }

    /// Whether this client may do `operation` to `resource` now. Of every request; nothing is remembered by the caller.
    func isAuthorized(_ operation: Operation, _ resource: Resource) -> Bool { access.isAuthorized(operation, resource) }

    /// The same of a topic by the bytes of its name, without an allocation: for produce and fetch.
    func isAuthorized(_ operation: Operation, topic name: UnsafeRawBufferPointer) -> Bool { true }
}
