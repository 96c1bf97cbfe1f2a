// What stands between a client and a broker besides TCP.
package import Security
package import TLS

/// Whether connections are encrypted, and who the client says it is. One value for all connections of a program: they share TLS's
/// threads and what was made of the password.
package struct ConnectionSecurity: Sendable {
    /// Everything in the clear, and nobody is asked.
    package static let none = ConnectionSecurity()

    /// nil: in the clear.
    package var tls: TLSConnector?
    /// nil: the client does not say who it is.
    package var login: SaslLogin?

    package init(tls: TLSConnector? = nil, login: SaslLogin? = nil) {
        self.tls = tls
        self.login = login
    }

    /// As Kafka's `security.protocol` names it.
    package var protocolName: String {
        switch (tls != nil, login != nil) {
        case (false, false): "PLAINTEXT"
        case (true, false): "SSL"
        case (false, true): "SASL_PLAINTEXT"
        case (true, true): "SASL_SSL"
        }
    }

    /// `SASL_SSL by SCRAM-SHA-512`; nil where there is none.
    package var condition: String? {
        if let login { return "\(protocolName) by \(login.mechanism.name)" }
        return tls == nil ? nil : protocolName
    }

    /// The threads that encrypt for this process, as in /proc/PID/task.
    package var threadIDs: [Int32] { tls == nil ? [] : TLSConnector.threadIDs }

    /// What a broker most likely means that hangs up.
    ///
    /// - Parameter answers: how many requests it has answered before.
    func meaning(ofEndAfter answers: Int) -> String? {
        if tls == nil, answers == 0 {
            return "it ended the connection at the first request; a listener for TLS does that to clients that speak in the clear"
        }
        if login == nil, answers == 1 {
            return "it ended the connection when it was asked for more than its versions; a listener for SASL does that to clients that don't say who they are"
        }
        return nil
    }

    /// How TLS says no to one who does not speak it: an alert's first two bytes where a frame's length should be.
    static func isAlert(frameLength: Int) -> Bool { frameLength >> 16 == 0x1503 }
    static let alertMeaning = "it speaks TLS on this port, and this client was not told to"
}
