// Where a connection came from: what is known of a client before its first request.
internal import Reactor

/// Travels with an accepted socket to the shard that serves it.
struct ClientOrigin: Sendable {
    let listener: Int
    /// `HOST:PORT` of the client.
    let peer: String
    /// The address that the client came by, where its socket can't tell: a relay's leads to this process only.
    var localHost: String?
    /// The socket is the near end of a TLS relay.
    var isRelayed = false
    /// Of the certificate that the client proved to be its own.
    var certificateSubject: String?

    init(listener: Int, peer: String) {
        self.listener = listener
        self.peer = peer
    }

    /// The client's address without its port.
    var address: String { String(peer[..<(peer.lastIndex(of: ":") ?? peer.endIndex)]) }
}
