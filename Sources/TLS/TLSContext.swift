// A listener's certificates and rules, loaded and checked once.
internal import CLinux
internal import Glibc
internal import NIOCore
internal import NIOSSL

/// What handshakes of one listener are made with.
package final class TLSContext: Sendable {
    let context: NIOSSLContext

    /// How long a client's own close_notify is waited for.
    private static let shutdownSeconds: Int64 = 2

    /// Loads the files.
    ///
    /// - Throws: `TLSSetupError` for a file that can't be read, holds no certificate or no key, or a key that
    ///   belongs to another certificate or needs another password.
    package init(_ settings: TLSSettings) throws(TLSSetupError) {
        if settings.clientCertificates != .none, settings.trustPath == nil {
            throw TLSSetupError(
                description: "ssl.client.auth=\(settings.clientCertificates.rawValue) needs ssl.truststore.location: whose certificates are good?")
        }
        let chain = try TLSContext.certificates(settings.certificatePath)
        let key = try TLSContext.key(settings)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = settings.versions.lowerBound == .v12 ? .tlsv12 : .tlsv13
        configuration.maximumTLSVersion = settings.versions.upperBound == .v12 ? .tlsv12 : .tlsv13
        configuration.shutdownTimeout = .seconds(TLSContext.shutdownSeconds)
        if let path = settings.trustPath, settings.clientCertificates != .none {
            configuration.trustRoots = .certificates(try TLSContext.certificates(path))
            configuration.sendCANameList = true
            // A client has no host name to compare with.
            configuration.certificateVerification =
                settings.clientCertificates == .required ? .noHostnameVerification : .optionalVerification
        }
        do { context = try NIOSSLContext(configuration: configuration) } catch {
            // The files were read one by one: what is left is that they do not belong together.
            throw TLSSetupError(
                description: "the private key in \(settings.keyPath) does not belong to the first certificate in \(settings.certificatePath)")
        }
    }

    private static func certificates(_ path: String) throws(TLSSetupError) -> [NIOSSLCertificate] {
        try readable(path)
        do {
            let found = try NIOSSLCertificate.fromPEMFile(path)
            if !found.isEmpty { return found }
        } catch {}
        throw TLSSetupError(description: "\(path) holds no certificate in PEM format")
    }

    private static func key(_ settings: TLSSettings) throws(TLSSetupError) -> NIOSSLPrivateKey {
        try readable(settings.keyPath)
        let password = settings.keyPassword.map { Array($0.utf8) } ?? []
        do {
            // Without a password the callback answers an empty one, so that nothing is asked of a terminal.
            return try NIOSSLPrivateKey(file: settings.keyPath, format: .pem) { setter in setter(password) }
        } catch {
            let why = settings.keyPassword == nil ? "if it is encrypted, ssl.key.password is missing" : "or ssl.key.password is not its password"
            throw TLSSetupError(description: "\(settings.keyPath) holds no private key in PEM format that can be read; \(why)")
        }
    }

    private static func readable(_ path: String) throws(TLSSetupError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw TLSSetupError(description: "\(path): \(String(cString: strerror(errno)))") }
        _ = clinux_close(file)
    }
}
