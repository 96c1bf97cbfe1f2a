// The client's side of a TLS handshake: from a connected socket to a relay, in time or not at all.
internal import CLinux
internal import Host
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS

struct ClientHandshakeTerms: Sendable {
    let context: NIOSSLContext
    /// As it was connected to.
    let host: String
    /// Whether that is an address: then the certificate has to hold it as one, and no name is announced.
    let isAddress: Bool
    let timeoutMilliseconds: Int
    let link: TLSLink
}

/// Stands behind the TLS handler, also when the handshake is over: it sees what a broker says against the client's certificate, which
/// in TLS 1.3 comes later. Belongs to its event loop.
final class ClientHandshake: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let terms: ClientHandshakeTerms
    /// The far end of the socket pair: `fail` closes it, `establish` gives it to the relay.
    private let far: Int32
    private var channel: (any Channel)?
    private var deadline: Scheduled<Void>?
    private var isOver = false

    private init(_ terms: ClientHandshakeTerms, far: Int32) {
        self.terms = terms
        self.far = far
    }

    /// Takes the connected socket over. On `loop`.
    static func begin(_ fd: Int32, far: Int32, _ terms: ClientHandshakeTerms, on loop: any EventLoop) {
        let bound = NIOLoopBound(ClientHandshake(terms, far: far), eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop).relayOptions().channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let tls = try NIOSSLClientHandler(context: terms.context, serverHostname: terms.isAddress ? nil : terms.host)
                try channel.pipeline.syncOperations.addHandlers([tls, bound.value])
            }
        }
        bootstrap.withConnectedSocket(fd).whenComplete { result in
            switch result {
            case .success(let channel):
                channel.closeFuture.whenComplete { _ in bound.value.fail(.left) }
                bound.value.start(channel)
            case .failure(let error):
                bound.value.fail(TLSClientFailure(error, host: terms.host, isEstablished: false) ?? .left)
            }
        }
    }

    private func start(_ channel: any Channel) {
        // The broker may have been quick, or gone, already.
        guard !isOver else { return }
        self.channel = channel
        deadline = channel.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(terms.timeoutMilliseconds))) { [weak self] in
            self?.fail(.late)
        }
    }

    /// Ends it without a relay. The first reason counts.
    private func fail(_ reason: TLSClientFailure) {
        guard !isOver else { return }
        over()
        // First the reason, then the end that makes the owner ask for it.
        terms.link.record(reason)
        _ = clinux_close(far)
        channel?.closeAtOnce()
        channel = nil
    }

    private func over() {
        isOver = true
        deadline?.cancel()
        deadline = nil
    }

    // MARK: what the TLS handler says

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { establish(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let failure = TLSClientFailure(error, host: terms.host, isEstablished: isOver)
        guard !isOver else {
            if let failure { terms.link.record(failure) }
            return context.fireErrorCaught(error)
        }
        channel = context.channel
        fail(failure ?? .left)
    }

    /// Says so to the owner of the near end, and relays from now on.
    private func establish(_ context: ChannelHandlerContext) {
        guard !isOver else { return }
        over()
        let broker = context.channel
        var word: UInt8 = 1
        // Ahead of everything that the broker says. Fails where the owner has given up.
        guard clinux_send(far, &word, 1, false) == 1 else {
            _ = clinux_close(far)
            return broker.closeAtOnce()
        }
        Relay.begin(context, behind: self, to: far).whenFailure { _ in broker.closeAtOnce() }
        channel = nil
    }
}
