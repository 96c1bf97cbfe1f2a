// TCP ports that nobody listens on.
internal import CLinux
internal import Host

enum FreePorts {
    /// Different free ports of loopback. Free at this moment: whoever gets one should not wait long.
    static func take(_ count: Int) throws(SystemError) -> [UInt16] {
        var listeners: [Int32] = []
        // Held together, so that no two are the same.
        defer { for listener in listeners { _ = clinux_close(listener) } }
        var ports: [UInt16] = []
        for _ in 0..<count {
            let listener = try checked(clinux_tcp_listen("127.0.0.1", 0, 1, nil), "listen", "127.0.0.1:0")
            listeners.append(listener)
            var endpoint = clinux_endpoint()
            _ = try checked(clinux_local_endpoint(listener, &endpoint), "getsockname", "127.0.0.1:0")
            ports.append(endpoint.port)
        }
        return ports
    }
}
