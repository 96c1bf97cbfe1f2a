// A relay between a TLS connection and the far end of a socket pair.
internal import CLinux
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

enum Relay {
    /// Relays between the channel of `context` and `far`, which it owns from now on, behind `handler`.
    ///
    /// - Returns: when the far end is up; a failure closes it and leaves the channel as it is.
    static func begin(_ context: ChannelHandlerContext, behind handler: any ChannelHandler, to far: Int32) -> EventLoopFuture<Void> {
        let (outer, inner) = RelayHalf.pair()
        let bound = NIOLoopBound(inner, eventLoop: context.eventLoop)
        do { try context.pipeline.syncOperations.addHandler(outer, position: .after(handler)) } catch {
            _ = clinux_close(far)
            return context.eventLoop.makeFailedFuture(error)
        }
        let bootstrap = ClientBootstrap(group: context.eventLoop).relayOptions().channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
        }
        return bootstrap.withConnectedSocket(far).map { _ in }
    }
}

extension ClientBootstrap {
    /// One read, then the other side has its turn: a connection keeps little of what its peer does not take.
    func relayOptions() -> ClientBootstrap {
        channelOption(.maxMessagesPerRead, value: 1)
    }
}

extension Channel {
    /// Closes the socket without a goodbye that somebody may not want to hear. On the channel's event loop.
    func closeAtOnce() {
        let handlers = pipeline.syncOperations
        if let server = try? handlers.context(handlerType: NIOSSLServerHandler.self) {
            server.close(promise: nil)
        } else if let client = try? handlers.context(handlerType: NIOSSLClientHandler.self) {
            client.close(promise: nil)
        } else {
            close(promise: nil)
        }
    }
}
