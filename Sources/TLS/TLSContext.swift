// A listener's certificates and rules, loaded and checked once.
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
        let chain = try PEMFile.certificates(settings.certificatePath)
        let key = try PEMFile.key(settings.keyPath, password: settings.keyPassword)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = settings.versions.lowerBound == .v12 ? .tlsv12 : .tlsv13
        configuration.maximumTLSVersion = settings.versions.upperBound == .v12 ? .tlsv12 : .tlsv13
        configuration.shutdownTimeout = .seconds(TLSContext.shutdownSeconds)
        if let path = settings.trustPath, settings.clientCertificates != .none {
            configuration.trustRoots = .certificates(try PEMFile.certificates(path))
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
}
