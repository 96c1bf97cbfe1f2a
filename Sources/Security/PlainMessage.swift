// What a client of PLAIN sends (RFC 4616): everything, in the clear.

/// `[authzid] NUL user NUL password`
package struct PlainMessage: Sendable {
    package let user: String
    let password: [UInt8]

    /// - Returns: nil for anything else, and for one who acts for somebody else.
    package init?(_ bytes: [UInt8]) {
        let fields = bytes.split(separator: 0, omittingEmptySubsequences: false)
        guard fields.count == 3, !fields[1].isEmpty, !fields[2].isEmpty, fields[0].isEmpty || fields[0] == fields[1],
            let user = String(validating: fields[1], as: UTF8.self)
        else { return nil }
        self.user = user
        password = Array(fields[2])
    }

    /// Compares with the user's credential. Takes a millisecond or several, also where there is no such user.
    package func check(with credentials: CredentialBook) -> SaslStep {
        let known = ScramMechanism.allCases.lazy.compactMap { credentials.credential(of: user, $0) }.first
        let isRight = (known ?? credentials.decoy(for: user, .sha256)).isProved(by: password)
        return isRight && known != nil ? .done(user: user, []) : .failed("wrong password, or no such user")
    }
}
