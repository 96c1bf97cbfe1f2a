// Signals of a null broker that has something to say when it ends.
internal import CLinux
internal import Glibc
internal import Host
internal import Reactor

/// SIGTERM, SIGINT and SIGHUP, blocked and read on the loop. Made before any other thread, so that all inherit the blocked mask.
final class SignalWatch: EventHandler {
    private let descriptor: Int32
    private let arrived: (Int32) -> Void

    init(_ loop: Loop, _ arrived: @escaping (Int32) -> Void) throws(SystemError) {
        descriptor = try checked(clinux_signalfd([SIGTERM, SIGINT, SIGHUP, SIGUSR1, 0]), "signalfd", "SIGTERM SIGINT SIGHUP SIGUSR1")
        self.arrived = arrived
        try loop.register(descriptor, .readable, self)
    }

    deinit { _ = clinux_close(descriptor) }

    func ready(_ events: Readiness) {
        while case let signal = clinux_signalfd_take(descriptor), signal > 0 { arrived(signal) }
    }
}
