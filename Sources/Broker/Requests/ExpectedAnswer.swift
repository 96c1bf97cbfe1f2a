// An answer that somebody else gives: a coordinator, when its log has what the answer promises.
internal import Bytes
internal import Reactor
internal import Wire

extension ClientConnection {
    /// A slot in this request's turn.
    ///
    /// - Parameter encode: writes the body, on this connection's loop.
    /// - Returns: gives the answer; to be called once, from any thread. The answer goes in a tick of its own.
    func expectAnswer<Outcome: Sendable>(
        _ header: RequestHeaderView, encode: @escaping (ClientConnection, Outcome, inout ByteWriter) -> Void
    ) -> @Sendable (Outcome) -> Void {
        guard let key = header.key else { preconditionFailure("a request without an API has no answer") }
        let version = header.version
        let correlationID = header.correlationID
        let slot = wait()
        slot.expect(1)
        let bound = LoopBound(slot)
        let write = LoopBound(encode)
        return { [loop = shard.loop] outcome in
            loop.post {
                let slot = bound.value
                if let client = slot.client {
                    slot.parts.begin(key, version, correlationID)
                    write.value(client, outcome, &slot.parts.bytes)
                    slot.parts.end()
                }
                slot.finishOne()
            }
        }
    }

    /// The same of a message.
    func expectAnswer<Response: WireMessage>(_ header: RequestHeaderView, of _: Response.Type) -> @Sendable (Response) -> Void {
        let version = header.version
        return expectAnswer(header) { (_, response: Response, writer: inout ByteWriter) in
            response.encode(into: &writer, version: version)
        }
    }
}
