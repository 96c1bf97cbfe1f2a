// A TLS handshake: from an accepted socket to a relay, in time or not at all.
internal import CLinux
internal import Host
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS

/// What becomes of a socket that was given to the terminator.
package enum TLSEvent: Sendable {
    /// The handshake is done. `plaintext` is a non-blocking stream socket that the receiver owns; `subject` is that of
    /// the certificate that the client proved to be its own, nil where it showed none.
    case established(plaintext: Int32, subject: String?)
    case failed(HandshakeFailure)
    /// The client's socket is closed. Always the last event, and always told.
    case ended
}

/// What all handshakes of a listener have in common, and who hears of this one.
struct HandshakeTerms: Sendable {
    let context: TLSContext
    /// The client's address.
    let address: String
    let timeoutMilliseconds: Int
    let report: @Sendable (TLSEvent) -> Void
}

/// Stands behind the TLS handler until the handshake is over. Belongs to its event loop.
final class Handshake: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    // The queue's: neighbours from the same address, and the place in the order of all.
    var older: Handshake?
    var newer: Handshake?
    var number: UInt64 = 0
    var address: String { terms.address }

    private let terms: HandshakeTerms
    private let queue: HandshakeQueue
    private var channel: (any Channel)?
    private var deadline: Scheduled<Void>?
    private var isOver = false

    private init(_ terms: HandshakeTerms, _ queue: HandshakeQueue) {
        self.terms = terms
        self.queue = queue
    }

    /// Takes the accepted socket over. On `loop`.
    static func begin(_ fd: Int32, _ terms: HandshakeTerms, _ queue: HandshakeQueue, on loop: any EventLoop) {
        guard !queue.isClosed else {
            _ = clinux_close(fd)
            terms.report(.failed(.stopping))
            return terms.report(.ended)
        }
        _ = clinux_tcp_keepalive(fd, 60, 10, 3, 30_000)
        let handshake = Handshake(terms, queue)
        let bound = NIOLoopBound(handshake, eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop).relayOptions().channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let tls = NIOSSLServerHandler(context: terms.context.context)
                try channel.pipeline.syncOperations.addHandlers([tls, bound.value])
            }
        }
        bootstrap.withConnectedSocket(fd).whenComplete { result in
            switch result {
            case .success(let channel):
                channel.closeFuture.whenComplete { _ in
                    bound.value.fail(.left)
                    terms.report(.ended)
                }
                bound.value.start(channel)
            case .failure(let error):
                bound.value.fail(HandshakeFailure(error))
                terms.report(.ended)
            }
        }
    }

    private func start(_ channel: any Channel) {
        // The client may have been quick, or gone, already.
        guard !isOver else { return }
        self.channel = channel
        deadline = channel.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(terms.timeoutMilliseconds))) { [weak self] in
            self?.fail(.late)
        }
        queue.append(self)?.fail(.displaced)
    }

    /// Ends it without a relay. The first reason counts.
    func fail(_ reason: HandshakeFailure) {
        guard !isOver else { return }
        over()
        terms.report(.failed(reason))
        channel?.closeAtOnce()
        channel = nil
    }

    private func over() {
        isOver = true
        deadline?.cancel()
        deadline = nil
        queue.remove(self)
    }

    // MARK: what the TLS handler says

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { establish(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isOver else { return context.fireErrorCaught(error) }
        channel = context.channel
        fail(HandshakeFailure(error))
    }

    /// Gives the near end of a socket pair away and relays between the far end and the client.
    private func establish(_ context: ChannelHandlerContext) {
        guard !isOver else { return }
        channel = context.channel
        var subject: String?
        do {
            if let certificate = try context.pipeline.syncOperations.nioSSL_peerCertificate() {
                subject = DistinguishedName.subject(ofCertificate: try certificate.toDERBytes())
                guard subject != nil else { return fail(.refused("the subject of the client's certificate can't be read")) }
            }
        } catch { return fail(HandshakeFailure(error)) }
        let ends: (near: Int32, far: Int32)
        do throws(SystemError) { ends = try SocketPair.make(for: "TLS client") } catch { return fail(.system(error)) }
        over()
        relay(context, near: ends.near, far: ends.far, subject)
    }

    private func relay(_ context: ChannelHandlerContext, near: Int32, far: Int32, _ subject: String?) {
        let client = context.channel
        let report = terms.report
        Relay.begin(context, behind: self, to: far).whenComplete { result in
            switch result {
            case .success: report(.established(plaintext: near, subject: subject))
            case .failure:
                _ = clinux_close(near)
                report(.failed(.left))
                client.closeAtOnce()
            }
        }
        channel = nil
    }
}
