// Requests whose answer is another loop's to give.
internal import Wire

extension ClientConnection {
    /// Has `work` done on the loop of shard `home`, within this call where it is this one, and sends what it replies in this
    /// request's turn.
    ///
    /// - Parameters:
    ///   - isPatient: the answer may wait for what other clients do. A connection that ends does not wait for it.
    ///   - work: replies once, then or later, on that loop.
    func answer<Response: WireMessage>(
        _ header: RequestHeaderView, from home: Int, isPatient: Bool = false,
        _ work: @escaping @Sendable (Shard, @escaping @Sendable (Response) -> Void) -> Void
    ) {
        let (version, correlationID, asking, broker) = (header.version, header.correlationID, shard.index, broker)
        let slot = wait()
        slot.expect(1)
        slot.isPatient = isPatient
        let bound = LoopBound(slot)
        let reply: @Sendable (Response) -> Void = { response in
            guard home != asking else { return bound.value.finish(response, version, correlationID) }
            broker.post(to: asking) { _ in bound.value.finish(response, version, correlationID) }
        }
        if home == asking { return work(shard, reply) }
        broker.post(to: home) { work($0, reply) }
    }
}

extension RequestSlot {
    /// Its one answer has come.
    fileprivate func finish<Response: WireMessage>(_ response: Response, _ version: Int16, _ correlationID: Int32) {
        if client != nil {
            parts.begin(Response.key, version, correlationID)
            response.encode(into: &parts.bytes, version: version)
            parts.end()
        }
        finishOne()
    }
}
