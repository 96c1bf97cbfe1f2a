// A client's TLS connection as its owner sees it.
internal import Synchronization

/// The owner waits until one byte can be read, which says that the handshake is done; then the socket is as a plain connection's. The
/// end instead of the byte says that there will be none, and `failure` why. So whoever waits for sockets waits for this too, and no
/// thread has to tell another.
package final class TLSLink: Sendable {
    /// A non-blocking stream socket, to be closed by the owner.
    package let descriptor: Int32
    private let reason = Mutex<TLSClientFailure?>(nil)

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// What ended it, as far as TLS knows: nil for a broker that just went away after the handshake.
    package var failure: TLSClientFailure? { reason.withLock { $0 } }

    /// The first reason counts.
    func record(_ failure: TLSClientFailure) {
        reason.withLock { if $0 == nil { $0 = failure } }
    }
}
