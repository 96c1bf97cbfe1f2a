// A listening socket.
package import Host
internal import CLinux
internal import Glibc

/// Takes what a listener accepts.
package protocol ListenerHandler: AnyObject {
    /// A non-blocking socket, owned by the handler from now on.
    func accepted(_ fd: Int32, peer: String, on listener: Listener)
    /// accept4(2) failed. The listener goes on by itself.
    func acceptFailed(_ error: SystemError, on listener: Listener)
}

/// Accepts connections on one loop.
package final class Listener: EventHandler, TimerHandler {
    package let host: String
    /// The port in use, also where any free one was asked for.
    package let port: UInt16
    private let fd: Int32
    private let loop: Loop
    private unowned let handler: any ListenerHandler
    /// Closed to accept and refuse a connection when no other descriptor is left: it would stay in the backlog for
    /// ever, and level-triggered readiness would spin.
    private var reserve: Int32
    private var pause: Timer?
    private var isOpen = true

    /// Accepts per readiness report.
    private static let acceptsPerTick = 64

    /// Listens at once.
    ///
    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - congestion: the congestion control that accepted sockets inherit, nil for the system's.
    /// - Throws: `SystemError` of getaddrinfo(3), bind(2) or listen(2).
    package init(
        loop: Loop, host: String, port: UInt16, backlog: Int32 = 512, congestion: String?, handler: any ListenerHandler
    ) throws(SystemError) {
        self.loop = loop
        self.handler = handler
        self.host = host
        fd = try checked(clinux_tcp_listen(host, port, backlog, congestion), "listen", "\(host):\(port)")
        reserve = clinux_open("/dev/null", O_RDONLY, 0)
        var endpoint = clinux_endpoint()
        let failed = clinux_local_endpoint(fd, &endpoint)
        self.port = endpoint.port
        do {
            _ = try checked(failed, "getsockname", "\(host):\(port)")
            try loop.register(fd, .readable, self)
        } catch {
            _ = clinux_close(fd)
            throw error
        }
    }

    package func ready(_ events: Readiness) {
        for _ in 0..<Listener.acceptsPerTick where isOpen {
            var endpoint = clinux_endpoint()
            let accepted = clinux_tcp_accept(fd, &endpoint)
            if accepted >= 0 {
                handler.accepted(accepted, peer: name(of: endpoint), on: self)
                continue
            }
            switch -accepted {
            case EAGAIN: return
            case ECONNABORTED: continue
            case EMFILE, ENFILE:
                refuseOne()
                handler.acceptFailed(SystemError(call: "accept4", errno: -accepted, subject: "\(host):\(port)"), on: self)
            default:
                handler.acceptFailed(SystemError(call: "accept4", errno: -accepted, subject: "\(host):\(port)"), on: self)
                return pauseAccepting()
            }
        }
    }

    private func refuseOne() {
        guard reserve >= 0 else { return pauseAccepting() }
        _ = clinux_close(reserve)
        var endpoint = clinux_endpoint()
        let refused = clinux_tcp_accept(fd, &endpoint)
        if refused >= 0 { _ = clinux_close(refused) }
        reserve = clinux_open("/dev/null", O_RDONLY, 0)
        if refused < 0 { pauseAccepting() }
    }

    private func pauseAccepting() {
        guard isOpen else { return }
        loop.update(fd, [])
        let timer = pause ?? Timer(self)
        pause = timer
        loop.arm(timer, at: loop.now + 100_000_000)
    }

    package func timerFired(_ timer: Timer) {
        if reserve < 0 { reserve = clinux_open("/dev/null", O_RDONLY, 0) }
        if isOpen { loop.update(fd, .readable) }
    }

    private func name(of endpoint: clinux_endpoint) -> String {
        let host = withUnsafeBytes(of: endpoint.host) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return "\(host):\(endpoint.port)"
    }

    /// Stops accepting. Connections in the backlog are reset.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        if let pause { loop.cancel(pause) }
        loop.deregister(fd)
        _ = clinux_close(fd)
        if reserve >= 0 { _ = clinux_close(reserve) }
    }
}
