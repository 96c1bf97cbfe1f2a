// What the command line or a file of Kafka's clients says about a connection, before any certificate is loaded.
internal import Foundation
internal import Glibc
internal import Security
internal import TLS

struct ConnectionPlan {
    /// nil: in the clear.
    var tls: TLSClientSettings?
    /// nil: nobody is asked.
    var login: SaslLogin?
    /// Names of settings in a file that have no part in it.
    var unused: [String] = []
}

/// Why a connection can't be planned. Names files, options and settings, and never what a secret one holds.
struct ConnectionError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// A small file, whole.
    static func contents(of path: String, atMost limit: Int) throws(ConnectionError) -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: path) else { throw ConnectionError("\(path): \(String(cString: strerror(errno)))") }
        defer { try? file.close() }
        let data: Data?
        do { data = try file.read(upToCount: limit + 1) } catch { throw ConnectionError("\(path) can't be read") }
        guard (data?.count ?? 0) <= limit else { throw ConnectionError("\(path) is no such file: it has more than \(limit) bytes") }
        return [UInt8](data ?? Data())
    }
}

/// Where a password is to be found that no file of settings holds.
struct PasswordSource {
    /// `--password-file`.
    let path: String?
    let environment: [String: String]

    private static let longestBytes = 65_536

    /// - Throws: `ConnectionError` where there is none.
    func login(_ mechanism: SaslMechanism, user: String) throws(ConnectionError) -> SaslLogin {
        guard let password = try password() else {
            throw ConnectionError("user \(user) needs a password, by --password-file FILE or in $\(SecurityOptions.passwordVariable)")
        }
        return try Self.login(mechanism, user: user, password: password)
    }

    static func login(_ mechanism: SaslMechanism, user: String, password: [UInt8]) throws(ConnectionError) -> SaslLogin {
        do throws(SaslFailure) { return try SaslLogin(mechanism, user: user, password: password) } catch {
            throw ConnectionError("nobody can be let in: \(error)")
        }
    }

    /// nil where there is none. The line feed that editors leave behind it is not part of it.
    private func password() throws(ConnectionError) -> [UInt8]? {
        guard let path else { return environment[SecurityOptions.passwordVariable].map { Array($0.utf8) } }
        var bytes = try ConnectionError.contents(of: path, atMost: Self.longestBytes)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else { throw ConnectionError("\(path) is empty: it should hold the password") }
        return bytes
    }
}
