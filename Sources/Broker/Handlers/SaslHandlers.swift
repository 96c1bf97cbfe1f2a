// SaslHandshake and SaslAuthenticate: a client of a SASL listener proves who it is before anything else.
//
//   SaslHandshake 1 ──► SaslAuthenticate … ──► authenticated ──► (its time is over) SaslHandshake 1 ──► …
//   SaslHandshake 0 ──► tokens without headers ──► authenticated
//
// What does not fit the order ends the connection. Nothing that a client sends here is ever logged.
internal import Bytes
internal import Reactor
internal import Security
internal import StorageEngine
internal import Wire

/// In which form an answer to a token goes.
private enum SaslReply {
    case raw
    case response(version: Int16, correlationID: Int32)
}

extension ClientConnection {
    /// Whether requests are served: at once where clients need not say who they are.
    var isAuthenticated: Bool { sasl?.isAuthenticated ?? true }

    func saslHandshake(_ request: SaslHandshakeRequest, _ header: RequestHeaderView) {
        let enabled = broker.configuration.saslMechanisms
        func refuse(_ error: ErrorCode, _ mechanisms: [String]) {
            shard.counters.add(.errors)
            answer(header) { SaslHandshakeResponse(errorCode: error, mechanisms: mechanisms).encode(into: &$0, version: header.version) }
        }
        guard let sasl, !sasl.isAuthenticated || sasl.canRepeat else { return refuse(.illegalSaslState, []) }
        guard enabled.contains(request.mechanism), let mechanism = SaslMechanism(name: request.mechanism) else {
            refuse(.unsupportedSaslMechanism, enabled)
            return finish()
        }
        if let proved = sasl.proved, proved.mechanism != mechanism {
            refuse(.illegalSaslState, enabled)
            return finish()
        }
        sasl.state = .chosen(mechanism, isRaw: header.version == 0)
        answer(header) { SaslHandshakeResponse(mechanisms: enabled).encode(into: &$0, version: header.version) }
    }

    func saslAuthenticate(_ request: SaslAuthenticateRequest, _ header: RequestHeaderView) {
        guard let sasl, !sasl.isAuthenticated else {
            shard.counters.add(.errors)
            let response = SaslAuthenticateResponse(
                errorCode: .illegalSaslState, errorMessage: "SaslAuthenticate request received after successful authentication")
            return answer(header) { response.encode(into: &$0, version: header.version) }
        }
        receive(request.authBytes, sasl, .response(version: header.version, correlationID: header.correlationID))
    }

    /// A frame that is nothing but a token.
    func saslToken(_ bytes: [UInt8], _ sasl: SaslSession) { receive(bytes, sasl, .raw) }

    private func receive(_ token: [UInt8], _ sasl: SaslSession, _ reply: SaslReply) {
        switch sasl.state {
        case .chosen(.plain, _): compare(token, sasl, reply)
        case .chosen(.scram(let mechanism), let isRaw): exchange(token, ScramExchange(mechanism), .scram(mechanism), isRaw, sasl, reply)
        case .exchanging(let exchange, let mechanism, let isRaw): self.exchange(token, exchange, mechanism, isRaw, sasl, reply)
        case .initial, .comparing, .authenticated: preconditionFailure("a token that nothing waits for")
        }
    }

    private func exchange(
        _ token: [UInt8], _ exchange: ScramExchange, _ mechanism: SaslMechanism, _ isRaw: Bool, _ sasl: SaslSession, _ reply: SaslReply
    ) {
        var exchange = exchange
        let step = held(exchange.receive(token, nonce: ScramExchange.randomNonce(), credentials: broker.credentials.book), to: sasl)
        sasl.state = .exchanging(exchange, mechanism, isRaw: isRaw)
        if conclude(step, mechanism, sasl, reply, in: shard.response) { answer(shard.response) }
        if case .failed = step { finish() }
    }

    /// Compares a password on a thread of its own: that takes as long as the user's credential says.
    private func compare(_ token: [UInt8], _ sasl: SaslSession, _ reply: SaslReply) {
        sasl.state = .comparing
        let slot = wait()
        slot.expect(1)
        let bound = LoopBound(slot)
        let answer = LoopBound(reply)
        broker.authentication.enqueue { [loop = shard.loop, credentials = broker.credentials] in
            let step = PlainMessage(token)?.check(with: credentials.book) ?? .failed("the client's message is not one of PLAIN")
            loop.post {
                let slot = bound.value
                if let client = slot.client { client.compared(step, answer.value, slot) } else { slot.finishOne() }
            }
        }
    }

    private func compared(_ step: SaslStep, _ reply: SaslReply, _ slot: RequestSlot) {
        guard let sasl else { return slot.finishOne() }
        let step = held(step, to: sasl)
        let isAnswered = conclude(step, .plain, sasl, reply, in: slot.parts)
        slot.finishOne()
        if case .failed = step { finish() }
        if !isAnswered { connection.close() }
    }

    /// A client that proves itself again is still the same one.
    private func held(_ step: SaslStep, to sasl: SaslSession) -> SaslStep {
        guard case .done(let user, _) = step, let proved = sasl.proved, proved.principal != "User:\(user)" else { return step }
        return .failed("it was \(proved.principal) before")
    }

    /// Acts on what a token has come to, and writes what the client is told.
    ///
    /// - Returns: false when it is told nothing: the connection ends.
    private func conclude(
        _ step: SaslStep, _ mechanism: SaslMechanism, _ sasl: SaslSession, _ reply: SaslReply, in parts: ResponseParts
    ) -> Bool {
        var response = SaslAuthenticateResponse()
        switch step {
        case .challenge(let bytes): response.authBytes = bytes
        case .done(let user, let bytes):
            response.authBytes = bytes
            response.sessionLifetimeMilliseconds = succeed(mechanism, "User:\(user)", sasl, reply)
        case .failed(let why):
            shard.counters.add(.errors)
            broker.log.limited(.authenticationFailed, "\(peer): authentication by \(mechanism.name) has failed: \(why)")
            response.errorCode = .saslAuthenticationFailed
            response.errorMessage = mechanism.refusal
        }
        switch reply {
        case .raw:
            guard response.errorCode == .none else { return false }
            parts.beginRaw()
            parts.bytes.write(response.authBytes)
        case .response(let version, let correlationID):
            parts.begin(.saslAuthenticate, version, correlationID)
            response.encode(into: &parts.bytes, version: version)
        }
        parts.end()
        return true
    }

    /// - Returns: milliseconds after which the client has to prove itself anew; 0: never.
    private func succeed(_ mechanism: SaslMechanism, _ principal: String, _ sasl: SaslSession, _ reply: SaslReply) -> Int64 {
        var lifetime: Int64 = 0
        // Before version 1 a client is not told, so nothing is held against it.
        if case .response(let version, _) = reply, version >= 1 { lifetime = broker.configuration.maxReauthMilliseconds }
        sasl.succeed(
            mechanism, principal, now: shard.loop.now, lifetimeNanoseconds: lifetime > 0 ? UInt64(lifetime) * 1_000_000 : nil)
        access.principal = principal
        topicAccess = TopicAccess()
        connection.maxFrameBytes = broker.configuration.maxRequestBytes
        touch()
        return lifetime
    }
}
