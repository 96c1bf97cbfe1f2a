// The two SCRAM mechanisms and the functions that they are made of, from OpenSSL's libcrypto.
internal import CCrypto

/// A SCRAM mechanism, by the number that AlterUserScramCredentials gives it.
package enum ScramMechanism: Int8, CaseIterable, Sendable {
    case sha256 = 1
    case sha512 = 2

    /// As SaslHandshake and `sasl.enabled.mechanisms` name it.
    package var name: String {
        switch self {
        case .sha256: "SCRAM-SHA-256"
        case .sha512: "SCRAM-SHA-512"
        }
    }

    package init?(name: String) {
        guard let found = ScramMechanism.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// Bytes of a hash, and so of every key.
    package var hashBytes: Int {
        switch self {
        case .sha256: Int(SHA256_DIGEST_LENGTH)
        case .sha512: Int(SHA512_DIGEST_LENGTH)
        }
    }

    private var digest: OpaquePointer {
        _ = Crypto.prepare
        return switch self {
        case .sha256: EVP_sha256()
        case .sha512: EVP_sha512()
        }
    }

    /// RFC 5802's H. The corresponding C functions are `SHA256` and `SHA512`.
    func hash(_ bytes: [UInt8]) -> [UInt8] {
        _ = Crypto.prepare
        return [UInt8](unsafeUninitializedCapacity: hashBytes) { out, count in
            switch self {
            case .sha256: SHA256(bytes, bytes.count, out.baseAddress)
            case .sha512: SHA512(bytes, bytes.count, out.baseAddress)
            }
            count = hashBytes
        }
    }

    /// RFC 5802's HMAC. The corresponding C function is `HMAC`.
    func hmac(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: hashBytes) { out, count in
            let made = HMAC(digest, key, Int32(key.count), bytes, bytes.count, out.baseAddress, nil)
            precondition(made != nil, "HMAC of \(bytes.count) bytes failed")
            count = hashBytes
        }
    }

    /// RFC 5802's Hi. The corresponding C function is `PKCS5_PBKDF2_HMAC`; 4,096 iterations take about 1 ms.
    func saltedPassword(_ password: [UInt8], salt: [UInt8], iterations: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: hashBytes) { out, count in
            let done = password.withUnsafeBytes { password in
                PKCS5_PBKDF2_HMAC(
                    password.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(password.count), salt, Int32(salt.count),
                    Int32(iterations), digest, Int32(hashBytes), out.baseAddress)
            }
            precondition(done == 1, "PBKDF2 with \(iterations) iterations failed")
            count = hashBytes
        }
    }
}

enum Crypto {
    /// Once, before anything else: no configuration file of the machine's has a say in what is computed here.
    static let prepare: Void = {
        let isReady = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil)
        precondition(isReady == 1, "libcrypto can't be used")
    }()

    /// Whether two secrets are the same, in a time that does not depend on where they differ. The corresponding C function
    /// is `CRYPTO_memcmp`.
    static func isEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
    }
}
