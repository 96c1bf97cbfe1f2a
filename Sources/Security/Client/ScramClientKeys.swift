// What a SCRAM client makes of a password.

/// The keys of RFC 5802 §3 as a client has them. Print as nothing.
struct ScramClientKeys: Sendable, CustomStringConvertible, CustomReflectable {
    let clientKey: [UInt8]
    let storedKey: [UInt8]
    let serverKey: [UInt8]

    /// Takes as long as `iterations` say: about 1 ms for 4,096.
    init(_ mechanism: ScramMechanism, password: [UInt8], salt: [UInt8], iterations: Int) {
        let salted = mechanism.saltedPassword(password, salt: salt, iterations: iterations)
        clientKey = mechanism.hmac(key: salted, Array("Client Key".utf8))
        storedKey = mechanism.hash(clientKey)
        serverKey = mechanism.hmac(key: salted, Array("Server Key".utf8))
    }

    var description: String { "keys" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
