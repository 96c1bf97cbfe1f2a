// Stands between clients and a null broker: TLS and SASL from this side as the project's own broker does them, and whatever a broker may
// do wrong.
import Bytes
import CLinux
import Client
import Foundation
import Glibc
import Host
import Security
import Synchronization
import TLS
import Wire

final class SecureFront: Sendable {
    enum Manner: Sendable {
        case serves
        /// Takes connections and says nothing.
        case mute
        /// Answers whatever comes first by closing.
        case hangsUp
        /// Answers as a TLS listener does to what is no TLS.
        case alerts
        /// Lets a user in without knowing its password.
        case pretends
    }

    static let user = "alice"
    static let password = "a-secret-of-alice-3371"

    let port: UInt16
    private let listener: Int32
    private let upstream: BrokerAddress
    private let terminator: TLSTerminator?
    private let context: TLSContext?
    private let mechanisms: [String]
    private let manner: Manner
    private let credentials: CredentialBook
    private let isStopping = Atomic<Bool>(false)

    /// - Parameters:
    ///   - mechanisms: empty: nobody is asked who he is.
    ///   - asksCertificate: of clients.
    init(
        before broker: BrokerAddress, tls: Bool = false, mechanisms: [String] = [], asksCertificate: Bool = false, manner: Manner = .serves
    ) throws {
        upstream = broker
        self.mechanisms = mechanisms
        self.manner = manner
        var book = CredentialBook()
        for mechanism in ScramMechanism.allCases {
            book.set(
                ScramCredential(
                    mechanism: mechanism, password: Array(Self.password.utf8), salt: ScramCredential.randomSalt(), iterations: 4_096),
                of: Self.user)
        }
        credentials = book
        terminator = tls ? TLSTerminator(threads: 1) : nil
        let settings = TLSSettings(
            certificatePath: TestIdentity.path, keyPath: TestIdentity.path, trustPath: asksCertificate ? TestIdentity.path : nil,
            clientCertificates: asksCertificate ? .required : .none)
        context = try tls ? TLSContext(settings) : nil
        // Of every loopback address, so that one can be asked for that the certificate does not name.
        listener = try checked(clinux_tcp_listen("0.0.0.0", 0, 64, nil), "listen", "front")
        var here = clinux_endpoint()
        _ = clinux_local_endpoint(listener, &here)
        port = here.port
        Thread.detachNewThread { [self] in accept() }
    }

    func address(_ host: String = "127.0.0.1") -> BrokerAddress { BrokerAddress(host: host, port: port) }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        terminator?.stop(by: MonotonicClock.now() + 200_000_000)
    }

    private func accept() {
        var peer = clinux_endpoint()
        while !isStopping.load(ordering: .acquiring) {
            let fd = clinux_tcp_accept(listener, &peer)
            guard fd >= 0 else {
                usleep(1_000)
                continue
            }
            guard let terminator, let context else {
                Thread.detachNewThread { [self] in serve(FrameSocket(fd)) }
                continue
            }
            terminator.terminate(fd, from: "127.0.0.1", with: context, timeoutMilliseconds: 2_000) { [self] event in
                if case .established(let plaintext, _) = event { Thread.detachNewThread { [self] in serve(FrameSocket(plaintext)) } }
            }
        }
        _ = clinux_close(listener)
    }

    private func serve(_ client: FrameSocket) {
        defer { client.close() }
        switch manner {
        case .mute: client.swallow()
        case .hangsUp: _ = client.frame()
        case .alerts:
            _ = client.frame()
            client.write([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46])
        case .serves, .pretends:
            let fd = clinux_tcp_connect(upstream.host, upstream.port, nil)
            guard fd >= 0 else { return }
            let broker = FrameSocket(fd)
            defer { broker.close() }
            var session = Session(front: self, broker: broker)
            while let frame = client.frame(), let answer = session.answer(frame) { client.send(answer) }
        }
    }

    /// One client: authentication is done here, everything else by the broker behind.
    private struct Session {
        let front: SecureFront
        let broker: FrameSocket
        var mechanism: SaslMechanism?
        var exchange: ScramExchange?
        var isIn: Bool

        init(front: SecureFront, broker: FrameSocket) {
            self.front = front
            self.broker = broker
            isIn = front.mechanisms.isEmpty
        }

        /// nil hangs up.
        mutating func answer(_ frame: [UInt8]) -> [UInt8]? {
            frame.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                guard let header = try? RequestHeader(from: &reader) else { return nil }
                switch header.key {
                case .saslHandshake:
                    return (try? SaslHandshakeRequest(from: &reader, version: header.version)).map { encoded(handshake($0), header) }
                case .saslAuthenticate:
                    return (try? SaslAuthenticateRequest(from: &reader, version: header.version)).map { encoded(authenticate($0), header) }
                case .apiVersions: return broker.ask(frame)
                default:
                    guard isIn, let answer = broker.ask(frame) else { return nil }
                    return header.key == .metadata ? readdressed(answer, header) : answer
                }
            }
        }

        private mutating func handshake(_ request: SaslHandshakeRequest) -> SaslHandshakeResponse {
            guard !front.mechanisms.isEmpty else { return SaslHandshakeResponse(errorCode: .illegalSaslState, mechanisms: []) }
            guard front.mechanisms.contains(request.mechanism) else {
                return SaslHandshakeResponse(errorCode: .unsupportedSaslMechanism, mechanisms: front.mechanisms)
            }
            mechanism = SaslMechanism(name: request.mechanism)
            if case .scram(let mechanism)? = mechanism { exchange = ScramExchange(mechanism) }
            return SaslHandshakeResponse(mechanisms: front.mechanisms)
        }

        private mutating func authenticate(_ request: SaslAuthenticateRequest) -> SaslAuthenticateResponse {
            let step =
                mechanism == .plain
                ? PlainMessage(request.authBytes)?.check(with: front.credentials)
                : exchange?.receive(request.authBytes, nonce: ScramExchange.randomNonce(), credentials: front.credentials)
            switch step {
            case .challenge(let bytes)?: return SaslAuthenticateResponse(authBytes: bytes)
            case .done(_, let bytes)?:
                isIn = true
                let verifier = front.manner == .pretends ? Array("v=\(String(repeating: "A", count: 43))=".utf8) : bytes
                return SaslAuthenticateResponse(authBytes: verifier)
            case .failed?, nil: return SaslAuthenticateResponse(errorCode: .saslAuthenticationFailed, errorMessage: "No.")
            }
        }

        /// Leaders are to be reached through the front.
        private func readdressed(_ answer: [UInt8], _ header: RequestHeader) -> [UInt8]? {
            answer.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                guard (try? ResponseHeader(from: &reader, key: .metadata, version: header.version)) != nil,
                    var response = try? MetadataResponse(from: &reader, version: header.version)
                else { return nil }
                for index in response.brokers.indices { response.brokers[index].port = Int32(front.port) }
                return encoded(response, header)
            }
        }

        private func encoded(_ response: some WireMessage, _ header: RequestHeader) -> [UInt8] {
            var writer = ByteWriter()
            ResponseHeader(correlationID: header.correlationID).encode(into: &writer, key: header.key, version: header.version)
            response.encode(into: &writer, version: header.version)
            return Array(writer.bytes)
        }
    }
}

/// Whole frames over a non-blocking socket, by waiting.
struct FrameSocket {
    private let fd: Int32

    init(_ fd: Int32) { self.fd = fd }

    func close() { _ = clinux_close(fd) }

    /// Without its length; nil at the end.
    func frame() -> [UInt8]? {
        guard let length = read(4) else { return nil }
        return read(length.reduce(0) { $0 << 8 | Int($1) })
    }

    func send(_ frame: [UInt8]) {
        var writer = ByteWriter()
        writer.int32(Int32(frame.count))
        writer.write(frame)
        write(Array(writer.bytes))
    }

    func ask(_ frame: [UInt8]) -> [UInt8]? {
        send(frame)
        return self.frame()
    }

    /// Takes what comes until the other side ends, whatever it is.
    func swallow() { while read(1) != nil {} }

    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { clinux_send(fd, $0.baseAddress!, $0.count, false) }
            if count > 0 { rest = rest.dropFirst(count) } else if !isWaiting(count, for: POLLOUT) { return }
        }
    }

    private func read(_ count: Int) -> [UInt8]? {
        // What no client of these tests sends, such as a TLS record that was taken for a length.
        guard count < 16 << 20 else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        var have = 0
        while have < count {
            let got = bytes.withUnsafeMutableBytes { clinux_recv(fd, $0.baseAddress! + have, count - have) }
            if got > 0 { have += got } else if !isWaiting(got, for: POLLIN) { return nil }
        }
        return bytes
    }

    /// Also of a connection that is still being made.
    private func isWaiting(_ result: Int, for events: Int32) -> Bool {
        guard result == -Int(EAGAIN) || result == -Int(ENOTCONN) else { return false }
        var request = pollfd(fd: fd, events: Int16(events), revents: 0)
        return poll(&request, 1, 10_000) > 0
    }
}
