// The two messages that a SCRAM client sends (RFC 5802 §7), taken apart.

/// `n,[a=authzid],[m=…,]n=user,r=nonce[,extensions]`
struct ScramClientFirst: Equatable {
    /// `n,…,`: what the client's last message repeats in base64.
    let header: String
    /// Everything behind the header: the first part of what is signed.
    let bare: String
    let user: String
    let nonce: String

    /// - Returns: nil for anything else, for channel binding and for extensions that must be understood.
    init?(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let fields = text.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, fields[0] == "n" || fields[0] == "y" else { return nil }
        header = "\(fields[0]),\(fields[1]),"
        bare = String(fields[2])
        let attributes = fields[2].split(separator: ",", omittingEmptySubsequences: false)
        // A client that binds itself to a delegation token says so in an extension.
        guard attributes.count >= 2, attributes[0].hasPrefix("n="), attributes[1].hasPrefix("r="),
            let user = ScramClientFirst.unescaped(attributes[0].dropFirst(2)), !user.isEmpty,
            !attributes.dropFirst(2).contains("tokenauth=true")
        else { return nil }
        self.user = user
        nonce = String(attributes[1].dropFirst(2))
        guard !nonce.isEmpty, nonce.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        // Nobody acts for somebody else.
        guard fields[1].isEmpty || fields[1].hasPrefix("a=") && ScramClientFirst.unescaped(fields[1].dropFirst(2)) == user else { return nil }
    }

    /// A name in which `=2C` is a comma and `=3D` an equals sign; nil where `=` means anything else.
    private static func unescaped(_ text: Substring) -> String? {
        var result = ""
        var rest = text
        while let character = rest.popFirst() {
            guard character == "=" else {
                result.append(character)
                continue
            }
            switch rest.prefix(2) {
            case "2C": result.append(",")
            case "3D": result.append("=")
            default: return nil
            }
            rest = rest.dropFirst(2)
        }
        return result
    }
}

/// `c=base64(header),r=nonce[,extensions],p=base64(proof)`
struct ScramClientFinal: Equatable {
    let channelBinding: [UInt8]
    let nonce: String
    let proof: [UInt8]
    /// Everything in front of the proof: the last part of what is signed.
    let withoutProof: String

    /// - Returns: nil for anything else.
    init?(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let attributes = text.split(separator: ",", omittingEmptySubsequences: false)
        guard attributes.count >= 3, attributes[0].hasPrefix("c="), attributes[1].hasPrefix("r="), let last = attributes.last,
            last.hasPrefix("p="), let channelBinding = Base64.decode(attributes[0].dropFirst(2)),
            let proof = Base64.decode(last.dropFirst(2))
        else { return nil }
        self.channelBinding = channelBinding
        self.proof = proof
        nonce = String(attributes[1].dropFirst(2))
        withoutProof = attributes.dropLast().joined(separator: ",")
    }
}
