// One side of a relay between two sockets of one event loop.
internal import NIOCore

/// Sends what its channel receives out by the partner's channel. While the partner's socket takes no more, it
/// leaves what comes in its own socket. When its channel ends, the partner sends the rest and ends too.
final class RelayHalf: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a peer may take to read the last bytes.
    private static let lastBytesSeconds: Int64 = 30
    /// How long it may take from there to close its side.
    private static let goodbyeSeconds: Int64 = 1

    private var context: ChannelHandlerContext?
    private var partner: RelayHalf?
    private var isReadHeld = false
    private var isEnding = false
    private var cut: Scheduled<Void>?

    static func pair() -> (RelayHalf, RelayHalf) {
        let (one, other) = (RelayHalf(), RelayHalf())
        one.partner = other
        other.partner = one
        return (one, other)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        cut?.cancel()
        partner = nil
    }

    private var takesMore: Bool { context?.channel.isWritable ?? false }

    // MARK: in

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Behind the partner's end there is nobody to hear it.
        partner?.context?.write(data, promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        partner?.context?.flush()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if let partner, !partner.takesMore {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    private func readHeld() {
        guard isReadHeld else { return }
        isReadHeld = false
        context?.read()
    }

    // MARK: out

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { partner?.readHeld() }
        context.fireChannelWritabilityChanged()
    }

    // MARK: the end

    func channelInactive(context: ChannelHandlerContext) {
        let partner = self.partner
        self.partner = nil
        partner?.end()
        context.fireChannelInactive()
    }

    /// Sends what is queued, says that nothing follows, and closes when the peer has, or is taken to be gone.
    private func end() {
        partner = nil
        guard !isEnding, let context else { return }
        isEnding = true
        readHeld()
        cut(in: RelayHalf.lastBytesSeconds)
        let said = context.eventLoop.makePromise(of: Void.self)
        said.futureResult.assumeIsolated().whenComplete { [weak self] _ in self?.cut(in: RelayHalf.goodbyeSeconds) }
        context.close(mode: .output, promise: said)
    }

    private func cut(in seconds: Int64) {
        cut?.cancel()
        cut = context?.eventLoop.assumeIsolated().scheduleTask(in: .seconds(seconds)) { [weak self] in
            self?.context?.channel.closeAtOnce()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A peer that left without a goodbye, or broke the protocol: either way it is over.
        context.channel.closeAtOnce()
    }
}
