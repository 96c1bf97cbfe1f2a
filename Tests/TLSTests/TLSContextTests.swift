import Foundation
import Testing

@testable import TLS

@Suite struct TLSContextTests {
    /// The complaint about settings made of these files' contents, nil where there is none. `DIR/` is cut out of it.
    private func complaint(
        certificate: String?, key: String?, password: String? = nil, trust: String? = nil, asks: ClientCertificates = .none
    ) throws -> String? {
        let directory = FileManager.default.temporaryDirectory.path + "/tidemark-tls-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func file(_ name: String, _ text: String?) throws -> String {
            let path = "\(directory)/\(name)"
            try text?.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        let settings = TLSSettings(
            certificatePath: try file("certificate", certificate), keyPath: try file("key", key), keyPassword: password,
            trustPath: try trust.map { try file("trust", $0) }, clientCertificates: asks)
        do {
            _ = try TLSContext(settings)
            return nil
        } catch { return error.description.replacingOccurrences(of: directory + "/", with: "") }
    }

    @Test func `files that are not there, or hold something else, are named`() throws {
        #expect(try complaint(certificate: nil, key: KnownPEM.key) == "certificate: No such file or directory")
        #expect(try complaint(certificate: KnownPEM.certificate, key: nil) == "key: No such file or directory")
        #expect(try complaint(certificate: KnownPEM.key, key: KnownPEM.key) == "certificate holds no certificate in PEM format")
        #expect(try complaint(certificate: "", key: KnownPEM.key) == "certificate holds no certificate in PEM format")
        #expect(try complaint(certificate: KnownPEM.certificate, key: KnownPEM.certificate)
            == "key holds no private key in PEM format that can be read; if it is encrypted, ssl.key.password is missing")
    }

    @Test func `a key of another certificate is not taken`() throws {
        #expect(try complaint(certificate: KnownPEM.certificate, key: KnownPEM.otherKey)
            == "the private key in key does not belong to the first certificate in certificate")
    }

    @Test func `an encrypted key wants its password, which no complaint repeats`() throws {
        #expect(try complaint(certificate: KnownPEM.certificate, key: KnownPEM.encryptedKey)
            == "key holds no private key in PEM format that can be read; if it is encrypted, ssl.key.password is missing")
        #expect(try complaint(certificate: KnownPEM.certificate, key: KnownPEM.encryptedKey, password: "wrong-secret")
            == "key holds no private key in PEM format that can be read; or ssl.key.password is not its password")
        #expect(try complaint(certificate: KnownPEM.certificate, key: KnownPEM.encryptedKey, password: "sesame") == nil)
    }

    @Test func `asking clients for certificates wants to know whose are good`() throws {
        #expect(try complaint(certificate: KnownPEM.certificate, key: KnownPEM.key, asks: .required)
            == "ssl.client.auth=required needs ssl.truststore.location: whose certificates are good?")
        #expect(try complaint(certificate: KnownPEM.certificate, key: KnownPEM.key, trust: "nothing", asks: .requested)
            == "trust holds no certificate in PEM format")
        #expect(try complaint(certificate: KnownPEM.certificate, key: KnownPEM.key, trust: KnownPEM.certificate, asks: .required) == nil)
    }

    @Test func `key and certificate may be one file, in any order`() throws {
        let both = KnownPEM.key + "\n" + KnownPEM.certificate + "\n"
        #expect(try complaint(certificate: both, key: both) == nil)
    }
}
