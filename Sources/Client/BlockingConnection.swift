// One connection for the control plane: a request, then its answer, on the calling thread.
internal import Bytes
internal import CLinux
internal import Glibc
internal import Host
internal import Security
internal import TLS
internal import Wire

/// Connects at once, says who it is, negotiates versions, and waits for every answer.
final class BlockingConnection {
    let broker: BrokerAddress
    private let options: ConnectionOptions
    /// With TLS the near end of a relay; -1 while neither that nor a socket is ours.
    private(set) var descriptor: Int32
    private var link: TLSLink?
    private var correlationID: Int32 = 0
    private var writer = ByteWriter()
    /// Requests that were answered, of whatever kind.
    private var answers = 0
    private(set) var negotiation = APINegotiation(ApiVersionsResponse(apiKeys: []))
    private static let maxResponseBytes = 64 << 20

    /// - Throws: within the connect timeout, whatever listens there.
    init(_ broker: BrokerAddress, _ options: ConnectionOptions) throws(ClientError) {
        self.broker = broker
        self.options = options
        let socket = clinux_tcp_connect(broker.host, broker.port, options.congestionControl)
        guard socket >= 0 else {
            throw .connect(broker, SystemError(call: "connect", errno: -socket, subject: broker.description))
        }
        descriptor = socket
        let deadline = clinux_monotonic_ns() &+ options.connectTimeoutNanoseconds
        try wait(for: POLLOUT, until: deadline, "connect")
        let failed = clinux_socket_error(socket)
        guard failed == 0 else {
            throw .connect(broker, SystemError(call: "connect", errno: -failed, subject: broker.description))
        }
        if let tls = options.security.tls { try secure(by: tls, until: deadline) }
        if let login = options.security.login { try authenticate(login, until: deadline) }
        try negotiate(until: deadline)
    }

    deinit { if descriptor >= 0 { _ = clinux_close(descriptor) } }

    // MARK: before the first request

    /// Gives the socket to TLS and takes the near end of its relay, when the handshake is done.
    private func secure(by tls: TLSConnector, until deadline: UInt64) throws(ClientError) {
        let connected = descriptor
        descriptor = -1
        let now = clinux_monotonic_ns()
        let link: TLSLink
        do throws(SystemError) {
            link = try tls.secure(connected, host: broker.host, timeoutMilliseconds: Int((max(now, deadline) - now) / 1_000_000))
        } catch { throw .connect(broker, error) }
        self.link = link
        descriptor = link.descriptor
        var word: UInt8 = 0
        do throws(ClientError) {
            try withUnsafeMutableBytes(of: &word) { (bytes) throws(ClientError) in
                try receive(bytes, until: deadline, "TLS handshake")
            }
        } catch .timedOut { throw .security(broker, TLSClientFailure.late.description) }
    }

    private func authenticate(_ login: SaslLogin, until deadline: UInt64) throws(ClientError) {
        var authentication = Authentication(login, at: broker, clientID: options.clientID)
        var next: [UInt8]? = authentication.begin()
        while let request = next {
            writer.removeAll()
            writer.write(request)
            try sendAll(until: deadline, "authentication")
            let frame = try receiveFrame(until: deadline, "authentication")
            defer { frame.deallocate() }
            answers += 1
            next = try authentication.receive(UnsafeRawBufferPointer(frame))
        }
    }

    /// Why a connection that a broker ended was ended, as far as one can tell.
    private func ended(_ error: SystemError?) -> ClientError {
        if let failure = link?.failure { return .security(broker, failure.description) }
        if let meaning = options.security.meaning(ofEndAfter: answers) { return .security(broker, meaning) }
        return .closed(broker, error)
    }

    /// Sends a request at the agreed version and reads its answer.
    func call<Request: WireMessage, Response: WireMessage>(
        _ request: Request, _: Response.Type = Response.self
    ) throws(ClientError) -> Response {
        guard let version = negotiation.version(of: Request.key) else { throw .unsupported(broker, Request.key) }
        return try call(request, version: version, until: clinux_monotonic_ns() &+ options.requestTimeoutNanoseconds)
    }

    private func negotiate(until deadline: UInt64) throws(ClientError) {
        let request = ApiVersionsRequest(clientSoftwareName: "tidemark", clientSoftwareVersion: "1")
        let highest = APIVersions.of(.apiVersions).maximum
        // A broker that does not know the version answers in the layout of version 0: then ask at 0.
        var answer: ApiVersionsResponse = try exchange(request, version: highest, until: deadline) { (reader) throws(WireError) in
            var retry = reader
            if let response = try? ApiVersionsResponse(from: &reader, version: highest) { return response }
            return try ApiVersionsResponse(from: &retry, version: 0)
        }
        if answer.errorCode == .unsupportedVersion { answer = try call(request, version: 0, until: deadline) }
        guard answer.errorCode == .none else { throw .broker(answer.errorCode, "ApiVersions at \(broker)") }
        negotiation = APINegotiation(answer)
    }

    private func call<Request: WireMessage, Response: WireMessage>(
        _ request: Request, version: Int16, until deadline: UInt64
    ) throws(ClientError) -> Response {
        try exchange(request, version: version, until: deadline) { (reader) throws(WireError) in
            try Response(from: &reader, version: version)
        }
    }

    private func exchange<Request: WireMessage, Response>(
        _ request: Request, version: Int16, until deadline: UInt64, _ decode: (inout ByteReader) throws(WireError) -> Response
    ) throws(ClientError) -> Response {
        correlationID &+= 1
        writer.removeAll()
        let start = Frame.begin(&writer)
        RequestHeader(key: Request.key, version: version, correlationID: correlationID, clientID: options.clientID)
            .encode(into: &writer)
        request.encode(into: &writer, version: version)
        Frame.end(&writer, at: start)
        try sendAll(until: deadline, Request.key.name)
        let frame = try receiveFrame(until: deadline, Request.key.name)
        defer { frame.deallocate() }
        answers += 1
        var reader = ByteReader(UnsafeRawBufferPointer(frame))
        do {
            let header = try ResponseHeader(from: &reader, key: Request.key, version: version)
            guard header.correlationID == correlationID else {
                throw ClientError.malformed(broker, "answer \(header.correlationID) to request \(correlationID)")
            }
            return try decode(&reader)
        } catch let error as ClientError {
            throw error
        } catch {
            throw .malformed(broker, "\(Request.key.name) version \(version): \(error)")
        }
    }

    private func sendAll(until deadline: UInt64, _ what: String) throws(ClientError) {
        var sent = 0
        while sent < writer.count {
            let count = clinux_send(descriptor, writer.bytes.baseAddress! + sent, writer.count - sent, false)
            if count == -Int(EAGAIN) {
                try wait(for: POLLOUT, until: deadline, what)
            } else if count < 0 {
                throw ended(SystemError(call: "send", errno: Int32(-count), subject: broker.description))
            } else {
                sent += count
            }
        }
    }

    /// The next frame without its length, to be deallocated by the caller.
    private func receiveFrame(until deadline: UInt64, _ what: String) throws(ClientError) -> UnsafeMutableRawBufferPointer {
        var length: Int32 = 0
        try withUnsafeMutableBytes(of: &length) { (bytes) throws(ClientError) in
            try receive(bytes, until: deadline, what)
        }
        let count = Int(Int32(bigEndian: length))
        guard !ConnectionSecurity.isAlert(frameLength: count) else { throw .security(broker, ConnectionSecurity.alertMeaning) }
        guard count >= 4, count <= Self.maxResponseBytes else {
            throw .malformed(broker, "\(what): a frame of \(count) bytes")
        }
        let frame = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        do {
            try receive(frame, until: deadline, what)
        } catch {
            frame.deallocate()
            throw error
        }
        return frame
    }

    private func receive(_ bytes: UnsafeMutableRawBufferPointer, until deadline: UInt64, _ what: String) throws(ClientError) {
        var received = 0
        while received < bytes.count {
            let count = clinux_recv(descriptor, bytes.baseAddress! + received, bytes.count - received)
            if count == -Int(EAGAIN) {
                try wait(for: POLLIN, until: deadline, what)
            } else if count == 0 {
                throw ended(nil)
            } else if count < 0 {
                throw ended(SystemError(call: "recv", errno: Int32(-count), subject: broker.description))
            } else {
                received += count
            }
        }
    }

    private func wait(for events: Int32, until deadline: UInt64, _ what: String) throws(ClientError) {
        while true {
            let now = clinux_monotonic_ns()
            guard now < deadline else { throw .timedOut(broker, waitingFor: what) }
            var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            if poll(&request, 1, Int32(clamping: (deadline - now) / 1_000_000 + 1)) > 0 { return }
        }
    }
}
