// What a server asks of its own process once, at its start.
internal import CLinux

/// Process-wide settings.
package enum ProcessSetup {
    /// Raises the soft limit of open files to the hard limit.
    ///
    /// - Returns: the limit now in force.
    package static func raiseOpenFileLimit() throws(SystemError) -> Int {
        Int(try checked(clinux_raise_open_files(), "setrlimit", "RLIMIT_NOFILE"))
    }

    /// A write to a closed pipe or socket answers EPIPE instead of killing the process.
    package static func ignoreBrokenPipes() { clinux_ignore_sigpipe() }

    /// CPUs this process may run on.
    package static var onlineCPUs: Int {
        var cpus = [Int32](repeating: 0, count: 1_024)
        return max(1, Int(clinux_get_affinity(0, &cpus, Int32(cpus.count))))
    }

    /// Keeps freed memory from staying with the process: few malloc arenas, and big blocks by mmap at a fixed size.
    package static func boundHeap() { clinux_bound_heap() }
}

/// Signals as something to wait for on a loop.
package final class SignalDescriptor {
    package let descriptor: Int32

    /// Blocks the signals for this thread and those it starts from now on, and receives them here.
    package init(_ signals: [Int32]) throws(SystemError) {
        descriptor = try checked(clinux_signalfd(signals + [0]), "signalfd", "signals")
    }

    deinit { _ = clinux_close(descriptor) }

    /// The next signal that has come, nil when there is none.
    package func next() -> Int32? {
        let signal = clinux_signalfd_take(descriptor)
        return signal == 0 ? nil : signal
    }
}
