// The socket that a plain connection is served through, and the other end of it.
internal import CLinux
internal import Host

enum SocketPair {
    /// Two connected stream sockets, both non-blocking. `near` is given away, `far` is relayed.
    static func make(for subject: String) throws(SystemError) -> (near: Int32, far: Int32) {
        var ends: (Int32, Int32) = (-1, -1)
        let failed = withUnsafeMutablePointer(to: &ends) {
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { clinux_socket_pair($0) }
        }
        guard failed == 0 else { throw SystemError(call: "socketpair", errno: -failed, subject: subject) }
        return ends
    }
}
