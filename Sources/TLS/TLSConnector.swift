// The way out: connected sockets are taken, plaintext sockets are given back.
internal import CLinux
internal import Glibc
package import Host
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Makes TLS connections of sockets that are connected to a broker. Its loops are the process's, made at the first use, a thread a
/// CPU, and end with it.
///
/// A client's loop knows plain sockets only, as the broker's does, so what it gets is the near end of a socket pair. That costs a
/// client two more descriptors a connection, a copy of every byte in each direction besides the encryption, and two wake-ups of other
/// threads a round trip: tens of microseconds where waking a thread is expensive. It is all the client's, never the broker's: a
/// measurement counts these threads among the lanes.
package final class TLSConnector: Sendable {
    private let context: NIOSSLContext
    private var group: MultiThreadedEventLoopGroup { .singleton }

    /// Loads the files.
    ///
    /// - Throws: `TLSSetupError` for a file that can't be read or does not hold what it should, and a key without its certificate.
    package init(_ settings: TLSClientSettings) throws(TLSSetupError) {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification =
            switch settings.verification {
            case .full: .fullVerification
            case .anyName: .noHostnameVerification
            case .none: .none
            }
        if let path = settings.trustPath { configuration.trustRoots = .certificates(try PEMFile.certificates(path)) }
        switch (settings.certificatePath, settings.keyPath) {
        case (let certificatePath?, let keyPath?):
            configuration.certificateChain = try PEMFile.certificates(certificatePath).map { .certificate($0) }
            configuration.privateKey = .privateKey(try PEMFile.key(keyPath, password: settings.keyPassword))
        case (nil, nil): break
        case (let certificatePath?, nil): throw TLSSetupError(description: "the certificate \(certificatePath) needs its private key")
        case (nil, let keyPath?): throw TLSSetupError(description: "the private key \(keyPath) needs its certificate")
        }
        do { context = try NIOSSLContext(configuration: configuration) } catch {
            guard let certificatePath = settings.certificatePath, let keyPath = settings.keyPath else {
                throw TLSSetupError(description: "the certificates that the system trusts can't be loaded; name a file of some")
            }
            // The files were read one by one: what is left is that they do not belong together.
            throw TLSSetupError(description: "the private key in \(keyPath) does not belong to the first certificate in \(certificatePath)")
        }
    }

    /// Begins the handshake on a connected non-blocking socket, which it owns from now on. Does not wait for it.
    ///
    /// - Parameters:
    ///   - host: the name or address that was connected to, which the broker's certificate must hold.
    ///   - timeoutMilliseconds: how long the handshake may take.
    package func secure(_ fd: Int32, host: String, timeoutMilliseconds: Int) throws(SystemError) -> TLSLink {
        let ends: (near: Int32, far: Int32)
        do throws(SystemError) { ends = try SocketPair.make(for: host) } catch {
            _ = clinux_close(fd)
            throw error
        }
        let link = TLSLink(descriptor: ends.near)
        let terms = ClientHandshakeTerms(
            context: context, host: host, isAddress: Self.isAddress(host), timeoutMilliseconds: timeoutMilliseconds, link: link)
        let loop = group.next()
        loop.execute { ClientHandshake.begin(fd, far: ends.far, terms, on: loop) }
        return link
    }

    /// Whether a host is given as a number, which is no name to be announced to a broker that has several.
    private static func isAddress(_ host: String) -> Bool {
        var address = in_addr()
        return host.contains(":") || inet_pton(AF_INET, host, &address) == 1
    }

    /// The threads that encrypt and decrypt, as in /proc/PID/task.
    package static let threadIDs: [Int32] = MultiThreadedEventLoopGroup.singleton.makeIterator().compactMap { loop in
        try? loop.submit { clinux_gettid() }.wait()
    }
}
