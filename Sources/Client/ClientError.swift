package import Host
package import Wire

/// What keeps a client from going on.
package enum ClientError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No connection to a broker.
    case connect(BrokerAddress, SystemError)
    /// No connection that both sides trust: what TLS or SASL, or the want of them, came to.
    case security(BrokerAddress, String)
    /// The connection ended: by the broker (nil) or for the system's reason.
    case closed(BrokerAddress, SystemError?)
    /// Nothing came within the time allowed.
    case timedOut(BrokerAddress, waitingFor: String)
    /// The broker speaks no version of an API that we do.
    case unsupported(BrokerAddress, APIKey)
    /// An answer that cannot be read, or answers something else.
    case malformed(BrokerAddress, String)
    /// An error code where the call needs success.
    case broker(ErrorCode, String)
    /// What the metadata does not hold.
    case unknown(String)

    /// Whether there was a connection that ended.
    var isLoss: Bool {
        switch self {
        case .connect, .security: false
        case .closed, .timedOut, .unsupported, .malformed, .broker, .unknown: true
        }
    }

    /// One word, as errors are counted and profiles expect them: Kafka's own for what a broker answered. It names no host.
    package var name: String {
        switch self {
        case .connect: Self.cannotConnect
        case .security: "NO_SECURE_CONNECTION"
        case .closed: Self.connectionLost
        case .timedOut: "CONNECTION_TIMED_OUT"
        case .malformed: "MALFORMED_ANSWER"
        case .unsupported(_, let key): "UNSUPPORTED_\(key.name)"
        case .broker(let code, _): code.name
        case .unknown(let what): what
        }
    }

    private static let cannotConnect = "CANNOT_CONNECT"
    private static let connectionLost = "CONNECTION_LOST"
    /// Names of what a client meets while its broker is away.
    package static let namesOfAbsence = [cannotConnect, connectionLost]

    package var description: String {
        switch self {
        case .connect(let broker, let error): "cannot connect to broker \(broker): \(error)"
        case .security(let broker, let why): "broker \(broker): \(why)"
        case .closed(let broker, nil): "broker \(broker) closed the connection"
        case .closed(let broker, let error?): "connection to broker \(broker) lost: \(error)"
        case .timedOut(let broker, let what): "broker \(broker) gave no answer in time (\(what))"
        case .unsupported(let broker, let key): "broker \(broker) and we share no version of \(key.name)"
        case .malformed(let broker, let what): "broker \(broker) answered what cannot be read: \(what)"
        case .broker(let code, let what): "\(what): \(code.name)"
        case .unknown(let what): what
        }
    }
}
