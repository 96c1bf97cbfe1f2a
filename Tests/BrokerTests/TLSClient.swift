// A TLS client of other people's making (SwiftNIO's), behind a relay, so that RawClient speaks plain to it.
import CLinux
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import Broker
@testable import TLS

private let clientLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()

extension TestBroker {
    /// A broker with a plain listener and TLS listeners behind it, each with these words of its own.
    static func withTLS(_ listeners: [String], loops: Int = 1, _ settings: [String: String] = [:]) throws -> TestBroker {
        let certificates = try TestCertificates.shared.get()
        let files = ["ssl.keystore.location": certificates.path("broker.pem"), "ssl.truststore.location": certificates.path("ca.pem")]
        return try TestBroker(
            loops: loops, listeners: ["127.0.0.1:0"] + listeners.map { "127.0.0.1:0,security=tls\($0)" }, files.merging(settings) { $1 })
    }

    /// A client that trusts the test's authority.
    ///
    /// - Parameter certificate: the name of the one it shows, if it shows one.
    func connectTLS(listener: Int = 1, certificate: String? = nil, newest: NIOSSL.TLSVersion? = nil) throws -> RawClient {
        let files = try TestCertificates.shared.get()
        var configuration = NIOSSL.TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(files.path("ca.pem"))
        configuration.minimumTLSVersion = .tlsv1
        if let certificate {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(files.path("\(certificate).crt")).map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: files.path("\(certificate).key"), format: .pem))
        }
        configuration.maximumTLSVersion = newest
        let context = try NIOSSLContext(configuration: configuration)
        var ends: (Int32, Int32) = (-1, -1)
        let failed = withUnsafeMutablePointer(to: &ends) { $0.withMemoryRebound(to: Int32.self, capacity: 2) { clinux_socket_pair($0) } }
        try #require(failed == 0)
        let far = ends.1
        let port = Int(broker.endpoints[listener].port)
        let loop = clientLoop
        let connected: EventLoopFuture<Void> = loop.flatSubmit {
            let (outer, inner) = RelayHalf.pair()
            let outerEnd = NIOLoopBound(outer, eventLoop: loop)
            let innerEnd = NIOLoopBound(inner, eventLoop: loop)
            return ClientBootstrap(group: loop).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
                    try channel.pipeline.syncOperations.addHandlers([tls, outerEnd.value])
                }
            }.connect(host: "127.0.0.1", port: port).flatMap { _ in
                ClientBootstrap(group: loop).channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(innerEnd.value) }
                }.withConnectedSocket(far)
            }.map { _ in }
        }
        try connected.wait()
        return RawClient(plaintext: ends.0)
    }
}
