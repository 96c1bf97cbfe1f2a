// What a service manager wants to hear of a service: sd_notify(3)'s protocol, without its library.
internal import CLinux
internal import Glibc

/// The service manager that started this process and asked for notifications, such as systemd with `Type=notify`.
package struct ServiceManager: Sendable {
    private let socket: String

    /// - Parameter socket: by default what `NOTIFY_SOCKET` says.
    /// - Returns: nil when nobody asked. An address that is neither a path nor an abstract name counts as nobody.
    package init?(socket: String? = getenv("NOTIFY_SOCKET").map { String(cString: $0) }) {
        guard let socket, socket.hasPrefix("/") || socket.hasPrefix("@"), socket.utf8.count > 1 else { return nil }
        self.socket = socket
    }

    package enum State: Sendable {
        case ready, reloading, stopping
    }

    /// Tells the state, and a line for people.
    ///
    /// - Throws: `SystemError` of sendto(2): the manager is not there any more, which changes nothing for a broker.
    package func tell(_ state: State, status: String) throws(SystemError) {
        var lines = ["STATUS=\(status)"]
        switch state {
        case .ready: lines.append("READY=1")
        // The time is asked for by `Type=notify-reload`; others ignore it.
        case .reloading: lines += ["RELOADING=1", "MONOTONIC_USEC=\(MonotonicClock.now() / 1_000)"]
        case .stopping: lines.append("STOPPING=1")
        }
        try send(lines)
    }

    /// Tells a line for people alone.
    package func tell(status: String) throws(SystemError) { try send(["STATUS=\(status)"]) }

    private func send(_ lines: [String]) throws(SystemError) {
        let message = lines.map { $0.filter { $0 != "\n" } }.joined(separator: "\n")
        _ = try checked(clinux_notify(socket, message, message.utf8.count), "sendto", socket)
    }
}
