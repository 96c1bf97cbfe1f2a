// The challenge of a SCRAM server (RFC 5802 §7), taken apart.

/// `r=nonce,s=base64(salt),i=iterations[,extensions]`
struct ScramServerFirst: Equatable {
    /// All of it: a part of what is signed.
    let text: String
    let nonce: String
    let salt: [UInt8]
    let iterations: Int

    /// - Returns: nil for anything else, and for extensions that must be understood, which begin with `m=`.
    init?(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let attributes = text.split(separator: ",", omittingEmptySubsequences: false)
        guard attributes.count >= 3, attributes[0].hasPrefix("r="), attributes[1].hasPrefix("s="), attributes[2].hasPrefix("i="),
            let salt = Base64.decode(attributes[1].dropFirst(2)), ScramCredential.saltLimits.contains(salt.count),
            let iterations = Int(attributes[2].dropFirst(2))
        else { return nil }
        nonce = String(attributes[0].dropFirst(2))
        guard nonce.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        self.text = text
        self.salt = salt
        self.iterations = iterations
    }
}
