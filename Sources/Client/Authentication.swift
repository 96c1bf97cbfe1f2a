// What a listener for SASL hears before anything else: SaslHandshake, then SaslAuthenticate as often as the mechanism wants.
internal import Bytes
internal import Security
internal import Wire

/// The exchange of one connection, as frames: nothing here touches a socket. Versions are fixed, since ApiVersions is not asked before:
/// SaslHandshake 1 and SaslAuthenticate 0 are what every broker since Kafka 1.0 speaks. A broker that ends sessions by time
/// (`connections.max.reauth.ms`) ends this connection then, and the client makes a new one.
struct Authentication {
    private enum Step { case handshake, exchange }

    private let broker: BrokerAddress
    private let clientID: String
    private let mechanism: SaslMechanism
    private var client: SaslClient
    private var step = Step.handshake
    private var correlationID: Int32 = 0

    /// Longest answer that is read; SCRAM's have some hundred bytes.
    static let maxFrameBytes = 65_536

    init(_ login: SaslLogin, at broker: BrokerAddress, clientID: String) {
        self.broker = broker
        self.clientID = clientID
        mechanism = login.mechanism
        client = SaslClient(login)
    }

    /// What is sent first, with its length.
    mutating func begin() -> [UInt8] { frame(SaslHandshakeRequest(mechanism: mechanism.name), version: 1) }

    /// - Parameter bytes: an answer without its length.
    /// - Returns: what is sent next, with its length; nil: the broker has let the client in.
    /// - Throws: `.security` with the broker's reason or ours, `.malformed`.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(ClientError) -> [UInt8]? {
        switch step {
        case .handshake:
            let answer: SaslHandshakeResponse = try decode(bytes, version: 1)
            try check(answer)
            step = .exchange
            return frame(SaslAuthenticateRequest(authBytes: client.first), version: 0)
        case .exchange:
            let answer: SaslAuthenticateResponse = try decode(bytes, version: 0)
            try check(answer)
            let token: [UInt8]?
            do throws(SaslFailure) { token = try client.receive(answer.authBytes) } catch { throw .security(broker, error.description) }
            guard let token else { return nil }
            return frame(SaslAuthenticateRequest(authBytes: token), version: 0)
        }
    }

    private func check(_ answer: SaslHandshakeResponse) throws(ClientError) {
        switch answer.errorCode {
        case .none: return
        case .unsupportedSaslMechanism:
            let offered = answer.mechanisms.isEmpty ? "none" : answer.mechanisms.joined(separator: ", ")
            throw .security(broker, "it does not let clients in by \(mechanism.name); it offers \(offered)")
        case .illegalSaslState: throw .security(broker, "nobody has to say who he is on this port: leave SASL out")
        case let code: throw .broker(code, "SaslHandshake at \(broker)")
        }
    }

    private func check(_ answer: SaslAuthenticateResponse) throws(ClientError) {
        guard answer.errorCode != .none else { return }
        guard answer.errorCode == .saslAuthenticationFailed else { throw .broker(answer.errorCode, "SaslAuthenticate at \(broker)") }
        let words = answer.errorMessage.map { "; it says: \($0.prefix(300))" } ?? ""
        throw .security(broker, "the user was not let in by \(mechanism.name): a wrong password, or no such user\(words)")
    }

    private mutating func frame(_ request: some WireMessage, version: Int16) -> [UInt8] {
        correlationID &+= 1
        var writer = ByteWriter()
        let start = Frame.begin(&writer)
        RequestHeader(key: type(of: request).key, version: version, correlationID: correlationID, clientID: clientID).encode(into: &writer)
        request.encode(into: &writer, version: version)
        Frame.end(&writer, at: start)
        return Array(writer.bytes)
    }

    private func decode<Response: WireMessage>(_ bytes: UnsafeRawBufferPointer, version: Int16) throws(ClientError) -> Response {
        var reader = ByteReader(bytes)
        do throws(WireError) {
            let header = try ResponseHeader(from: &reader, key: Response.key, version: version)
            if header.correlationID == correlationID { return try Response(from: &reader, version: version) }
        } catch { throw .malformed(broker, "\(Response.key.name) version \(version): \(error)") }
        throw .malformed(broker, "an answer to another request than \(Response.key.name)")
    }
}
