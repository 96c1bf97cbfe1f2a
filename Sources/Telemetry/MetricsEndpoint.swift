// HTTP for those who watch: one thread, few connections, short ones.
internal import Host
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// What is told to whoever asked.
package struct EndpointAnswer: Sendable {
    package var status: Int
    package var contentType: String
    package var body: [UInt8]

    package init(status: Int, contentType: String = "text/plain; charset=utf-8", body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    package init(status: Int, text: String) { self.init(status: status, body: Array(text.utf8)) }
}

/// Answers GET and HEAD over HTTP/1.1, each connection once.
///
/// A peer can hold a connection for `connectionSeconds` and no longer, whatever it sends, and there are at most
/// `connectionLimit`: what is watched must not be hurt by who watches it.
package final class MetricsEndpoint: Sendable {
    /// Writes an answer. Runs on the endpoint's thread, so that it costs nobody else's time.
    package typealias Answer = @Sendable () -> EndpointAnswer
    /// Asked with the path and told where the answer goes, from any thread, at most once.
    package typealias Responder = @Sendable (_ path: String, _ reply: @escaping @Sendable (@escaping Answer) -> Void) -> Void

    package static let connectionLimit = 16
    package static let connectionSeconds: Int64 = 10
    /// A responder that has not replied by then is answered for.
    package static let patienceSeconds: Int64 = 5

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    /// The port in use, also where any free one was asked for.
    package let port: UInt16

    /// Listens at once.
    ///
    /// - Throws: what kept it from listening, in words.
    package init(host: String, port: UInt16, responder: @escaping Responder) throws {
        let open = OpenConnections()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.group = group
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 16)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try open.enter()
                    channel.closeFuture.whenComplete { _ in open.leave() }
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try pipeline.addHandler(RequestHandler(responder))
                    channel.eventLoop.scheduleTask(in: .seconds(Self.connectionSeconds)) { channel.close(promise: nil) }
                }
            }
        do { channel = try bootstrap.bind(host: host, port: Int(port)).wait() } catch {
            try? group.syncShutdownGracefully()
            throw EndpointError(description: "metrics cannot be served at \(host):\(port): \(error)")
        }
        self.port = UInt16(channel.localAddress?.port ?? Int(port))
    }

    /// Closes the listener and every connection.
    package func stop() {
        try? channel.close().wait()
        try? group.syncShutdownGracefully()
    }
}

/// Why nothing can be served.
package struct EndpointError: Error, CustomStringConvertible {
    package let description: String
}

private final class OpenConnections: Sendable {
    private let count = Atomic<Int>(0)

    func enter() throws {
        // Counted down by the channel's end only where it went on.
        guard count.add(1, ordering: .relaxed).newValue <= MetricsEndpoint.connectionLimit else {
            leave()
            throw EndpointError(description: "too many connections")
        }
    }

    func leave() { count.subtract(1, ordering: .relaxed) }
}

/// One connection: the first request is answered, then it ends.
private final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let responder: MetricsEndpoint.Responder
    private var context: ChannelHandlerContext?
    private var head: HTTPRequestHead?
    private var isAsked = false
    private var isAnswered = false

    init(_ responder: @escaping MetricsEndpoint.Responder) { self.responder = responder }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = self.head ?? head
        // Nothing that is asked here has a body.
        case .body: break
        case .end: ask(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func ask(_ context: ChannelHandlerContext) {
        guard let head, !isAsked else { return }
        isAsked = true
        guard head.method == .GET || head.method == .HEAD else {
            return answer(EndpointAnswer(status: 405, text: "GET or HEAD is expected\n"))
        }
        let loop = context.eventLoop
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: .seconds(MetricsEndpoint.patienceSeconds)) {
            bound.value.answer(EndpointAnswer(status: 503, text: "no answer within \(MetricsEndpoint.patienceSeconds) s\n"))
        }
        let path = head.uri.prefix { $0 != "?" }
        responder(String(path)) { answer in loop.execute { bound.value.answer(answer()) } }
    }

    private func answer(_ answer: EndpointAnswer) {
        guard !isAnswered, let context, let head else { return }
        isAnswered = true
        var response = HTTPResponseHead(version: head.version, status: HTTPResponseStatus(statusCode: answer.status))
        response.headers.add(name: "Content-Type", value: answer.contentType)
        response.headers.add(name: "Content-Length", value: "\(answer.body.count)")
        response.headers.add(name: "Cache-Control", value: "no-store")
        response.headers.add(name: "Connection", value: "close")
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        if head.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil) }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }
}
