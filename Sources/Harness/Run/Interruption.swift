// Ctrl-C, SIGTERM and SIGHUP as something the control thread looks at between steps.
internal import CLinux
internal import Glibc
package import Host

/// The process's termination signals, blocked and read from a descriptor. One per process, made before
/// any thread is started, so that every thread inherits the blocked mask.
package final class Interruption {
    private let descriptor: Int32
    /// The first signal that arrived; it stays set.
    package private(set) var signal: Int32?

    package init() throws(SystemError) {
        clinux_ignore_sigpipe()
        descriptor = try checked(clinux_signalfd([SIGINT, SIGTERM, SIGHUP, 0]), "signalfd", "SIGINT SIGTERM SIGHUP")
    }

    /// - Parameter descriptor: gives what a signalfd gives and does not block; closed with this. Tests tell it of signals that never were sent.
    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = clinux_close(descriptor) }

    /// - Throws: `.interrupted` once a signal has arrived, and again at every later call until `beginTeardown` or `conclude`.
    package func check() throws(HarnessError) {
        take()
        if let signal, !isTearingDown { throw .interrupted(signal: signal) }
    }

    private func take() {
        let arrived = clinux_signalfd_take(descriptor)
        guard arrived > 0 else { return }
        if isTearingDown { _exit(130) }
        signal = signal ?? arrived
    }

    /// Looks for a signal on behalf of something that it brings to its end instead of breaking it off: once one has arrived, `check` is
    /// quiet as in a teardown, and one more ends the process at once.
    ///
    /// - Returns: the signal; nil: none has arrived.
    func conclude() -> Int32? {
        take()
        if signal != nil { isTearingDown = true }
        return signal
    }

    /// Whether a signal has arrived by now.
    package var hasArrived: Bool {
        do throws(HarnessError) { try check() } catch { return true }
        return signal != nil
    }

    /// From here on `check` is quiet, so that stopping and storing are not themselves interrupted;
    /// a second Ctrl-C then ends the process at once (children die with it).
    package func beginTeardown() {
        isTearingDown = true
        if clinux_signalfd_take(descriptor) > 0, signal != nil { _exit(130) }
    }

    private var isTearingDown = false

    /// Whether one more signal arrived during teardown.
    package func checkTeardown() {
        if clinux_signalfd_take(descriptor) > 0 { _exit(130) }
    }
}
