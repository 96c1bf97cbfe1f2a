// `tidemarkd credentials`: users and their passwords, while no broker runs.
internal import Glibc
internal import Security
internal import StorageEngine

/// What `tidemarkd credentials` was asked to do.
struct CredentialsRequest: Equatable {
    enum Action: Equatable {
        case add(user: String, ScramMechanism, iterations: Int)
        /// nil: every mechanism.
        case remove(user: String, ScramMechanism?)
        case list
    }

    var action: Action
    /// All data directories of the broker.
    var directories: [String] = []
    /// Where the password is read from; nil: standard input.
    var passwordPath: String?
}

enum CredentialsTool {
    /// Exit statuses.
    static let done: Int32 = 0
    static let failed: Int32 = 1

    /// A password is one line, or all there is: a line feed at its end is not part of it. It never stands in a command line,
    /// where every process could read it.
    private static let passwordLimitBytes = 1_024

    static func run(_ request: CredentialsRequest, complain: (String) -> Void) -> Int32 {
        do {
            switch request.action {
            case .add(let user, let mechanism, let iterations):
                let credential = ScramCredential(
                    mechanism: mechanism, password: try password(request.passwordPath), salt: ScramCredential.randomSalt(),
                    iterations: iterations)
                try change(request) { book in book.set(credential, of: user) }
                print("\(user): \(credential)")
            case .remove(let user, let mechanism):
                var isGone = false
                try change(request) { book in
                    for mechanism in mechanism.map({ [$0] }) ?? ScramMechanism.allCases where book.remove(mechanism, of: user) { isGone = true }
                }
                guard isGone else { throw CredentialsError.nobody(user, mechanism) }
                print("\(user): removed")
            case .list:
                try change(request) { book in
                    for user in book.names {
                        for credential in book.credentials(of: user) { print("\(user): \(credential)") }
                    }
                }
            }
            return done
        } catch {
            complain("\(error)")
            return failed
        }
    }

    private static func change(_ request: CredentialsRequest, _ body: (inout CredentialBook) -> Void) throws {
        var failure: SecurityDocumentError?
        try Storage.changeDocument(named: CredentialBook.documentName, in: request.directories) { bytes in
            do throws(SecurityDocumentError) {
                let before = if let bytes { try CredentialBook(decoding: bytes) } else { CredentialBook() }
                var book = before
                body(&book)
                return book == before ? bytes : book.encode()
            } catch {
                failure = error
                return bytes
            }
        }
        if let failure { throw failure }
    }

    private static func password(_ path: String?) throws(CredentialsError) -> [UInt8] {
        let descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC) } ?? STDIN_FILENO
        guard descriptor >= 0 else { throw .unreadable(path ?? "standard input", errno) }
        defer { if path != nil { close(descriptor) } }
        if isatty(descriptor) != 0 { throw .terminal }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: passwordLimitBytes + 2)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path ?? "standard input", errno) }
            bytes += buffer[..<count]
            if count == 0 || bytes.count > passwordLimitBytes + 2 { break }
        }
        if bytes.last == 10 { bytes.removeLast() }
        if bytes.last == 13 { bytes.removeLast() }
        guard (1...passwordLimitBytes).contains(bytes.count), !bytes.contains(0), !bytes.contains(10),
            String(validating: bytes, as: UTF8.self) != nil
        else { throw .password(limit: passwordLimitBytes) }
        return bytes
    }
}

/// What keeps the tool from doing it.
private enum CredentialsError: Error, CustomStringConvertible {
    case nobody(String, ScramMechanism?)
    case unreadable(String, Int32)
    case terminal
    case password(limit: Int)

    var description: String {
        switch self {
        case .nobody(let user, let mechanism): "\(user) has no credential\(mechanism.map { " for \($0.name)" } ?? "")"
        case .unreadable(let path, let errno): "the password can't be read from \(path): \(String(cString: strerror(errno)))"
        case .terminal:
            "the password would show on the terminal; pipe it in, or give --password-file FILE: read -rs P && printf %s \"$P\" | tidemarkd credentials add …"
        case .password(let limit): "a password is one line of UTF-8 text, 1 to \(limit) bytes long"
        }
    }
}
