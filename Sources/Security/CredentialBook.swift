// Every user's credentials, and how they are kept: as one document of the catalogue.
internal import Bytes

/// Users and what they can prove themselves with. PLAIN has none of its own: it is checked against a user's SCRAM
/// credential, so that no password is kept. A user with both mechanisms should have one password.
///
///   format i16 · credentials i32 × { user string, mechanism i8, iterations i32, salt, stored key, server key bytes }
///   strings and bytes have an i32 length
package struct CredentialBook: Equatable, Sendable {
    /// The catalogue's name for it.
    package static let documentName = "credentials"
    private static let format: Int16 = 1
    /// Bytes of a user's name.
    package static let userLimitBytes = 1_024

    private var users: [String: [ScramMechanism: ScramCredential]] = [:]
    /// What the salts of users that don't exist are made from: the same one each time, until the broker ends.
    private let decoySecret = (0..<32).map { _ in UInt8.random(in: 0...255) }

    package init() {}

    package static func == (one: CredentialBook, other: CredentialBook) -> Bool { one.users == other.users }

    /// By name.
    package var names: [String] { users.keys.sorted() }

    /// In the order of the mechanisms' numbers.
    package func credentials(of user: String) -> [ScramCredential] {
        ScramMechanism.allCases.compactMap { users[user]?[$0] }
    }

    package func credential(of user: String, _ mechanism: ScramMechanism) -> ScramCredential? { users[user]?[mechanism] }

    package mutating func set(_ credential: ScramCredential, of user: String) {
        users[user, default: [:]][credential.mechanism] = credential
    }

    /// - Returns: false when there was none.
    package mutating func remove(_ mechanism: ScramMechanism, of user: String) -> Bool {
        guard users[user]?.removeValue(forKey: mechanism) != nil else { return false }
        if users[user]?.isEmpty == true { users[user] = nil }
        return true
    }

    /// A credential for one who has none, which nothing proves.
    func decoy(for user: String, _ mechanism: ScramMechanism) -> ScramCredential {
        let bytes = mechanism.hmac(key: decoySecret, Array(user.utf8))
        return ScramCredential(
            mechanism: mechanism, salt: Array(bytes.prefix(ScramCredential.newSaltBytes)),
            iterations: ScramCredential.iterationLimits.lowerBound, storedKey: bytes, serverKey: bytes)
    }

    // MARK: bytes

    package func encode() -> [UInt8] {
        var writer = ByteWriter()
        writer.int16(CredentialBook.format)
        writer.int32(Int32(users.values.reduce(0) { $0 + $1.count }))
        for user in names {
            for credential in credentials(of: user) {
                writer.sized(Array(user.utf8))
                writer.int8(credential.mechanism.rawValue)
                writer.int32(Int32(credential.iterations))
                writer.sized(credential.salt)
                writer.sized(credential.storedKey)
                writer.sized(credential.serverKey)
            }
        }
        return Array(writer.bytes)
    }

    /// - Throws: what is wrong with the bytes.
    package init(decoding bytes: [UInt8]) throws(SecurityDocumentError) {
        self.init()
        do {
            try bytes.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                let found = try reader.int16()
                guard found == CredentialBook.format else { throw SecurityDocumentError.format(CredentialBook.documentName, found) }
                for _ in 0..<(try reader.count()) {
                    let user = try reader.text()
                    guard let mechanism = ScramMechanism(rawValue: try reader.int8()) else {
                        throw SecurityDocumentError.damaged(CredentialBook.documentName)
                    }
                    let iterations = Int(try reader.int32())
                    set(
                        ScramCredential(
                            mechanism: mechanism, salt: try reader.sized(), iterations: iterations,
                            storedKey: try reader.sized(), serverKey: try reader.sized()), of: user)
                }
                guard reader.remaining == 0 else { throw SecurityDocumentError.damaged(CredentialBook.documentName) }
            }
        } catch let error as SecurityDocumentError {
            throw error
        } catch {
            throw .damaged(CredentialBook.documentName)
        }
    }
}

/// A document that the catalogue has kept and that can't be used.
package enum SecurityDocumentError: Error, Equatable, CustomStringConvertible {
    case damaged(String)
    case format(String, Int16)

    package var description: String {
        switch self {
        case .damaged(let name): "the catalogue's \(name) are damaged; restore the data directory's catalogue from a copy"
        case .format(let name, let found): "the catalogue's \(name) have format \(found), written by another version of tidemarkd"
        }
    }
}

extension ByteWriter {
    mutating func sized(_ bytes: [UInt8]) {
        int32(Int32(bytes.count))
        write(bytes)
    }
}

extension ByteReader {
    mutating func sized() throws(BytesError) -> [UInt8] { Array(try slice(Int(try int32()))) }
    mutating func text() throws(BytesError) -> String { String(decoding: try slice(Int(try int32())), as: UTF8.self) }

    /// How many of something follow, each a byte at least.
    mutating func count() throws(BytesError) -> Int {
        let count = Int(try int32())
        guard (0...remaining).contains(count) else { throw .truncated(needed: count, available: remaining, position: position) }
        return count
    }
}
