// Authorities, certificates and keys, made by the openssl command while the tests run.
import Foundation
import Testing

/// A directory of PEM files. One for all tests of the process.
final class TestCertificates: Sendable {
    static let shared = Result { try TestCertificates() }

    let directory: String

    /// `broker.pem` (key and certificate of 127.0.0.1), `ca.pem`, and certificates with keys of their own: `ann` from that
    /// authority, `expired` from it too, `stranger` from another.
    private init() throws {
        directory = "/tmp/tidemark-test-certificates-\(getpid())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try authority("ca")
        try authority("other")
        try certificate("broker", subject: "/CN=broker", by: "ca", days: 2, extensions: "subjectAltName=IP:127.0.0.1,DNS:localhost")
        try certificate("ann", subject: "/C=DE/O=Example/CN=ann", by: "ca", days: 2)
        try certificate("expired", subject: "/CN=expired", by: "ca", days: -1)
        try certificate("stranger", subject: "/CN=stranger", by: "other", days: 2)
        let whole = try String(contentsOfFile: path("broker.key"), encoding: .utf8) + String(contentsOfFile: path("broker.crt"), encoding: .utf8)
        try whole.write(toFile: path("broker.pem"), atomically: true, encoding: .utf8)
        atexit { try? TestCertificates.shared.get().remove() }
    }

    private func remove() { try? FileManager.default.removeItem(atPath: directory) }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    private func authority(_ name: String) throws {
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem")
    }

    private func certificate(_ name: String, subject: String, by authority: String, days: Int, extensions: String = "keyUsage=digitalSignature") throws {
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject,
            "-keyout", "\(name).key", "-out", "\(name).csr")
        try extensions.write(toFile: path("\(name).ext"), atomically: true, encoding: .utf8)
        try openssl(
            "x509", "-req", "-in", "\(name).csr", "-CA", "\(authority).pem", "-CAkey", "\(authority).key", "-CAcreateserial",
            "-days", "\(days)", "-extfile", "\(name).ext", "-out", "\(name).crt")
    }

    private func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments.joined(separator: " "))")
    }
}
