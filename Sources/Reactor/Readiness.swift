// What a descriptor is ready for, and who wants to know.

/// What a descriptor can do without blocking.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let readable = Readiness(rawValue: 1)
    package static let writable = Readiness(rawValue: 2)
    /// The peer has shut down its side. Reported together with an interest in `readable`; never asked for alone.
    package static let closed = Readiness(rawValue: 4)
    /// An error waits on the descriptor. Always reported, never asked for.
    package static let error = Readiness(rawValue: 8)

    /// Whether there are bytes, or the peer's end, to be read.
    ///
    /// A set of such a literal would be made on the heap, at each event, where another module makes it.
    package var hasInput: Bool { rawValue & (Self.readable.rawValue | Self.closed.rawValue) != 0 }
    /// The same, or an error that reading tells.
    package var hasInputOrError: Bool { hasInput || rawValue & Self.error.rawValue != 0 }
}

/// Hears of a descriptor's readiness, on its loop's thread, for as long as the readiness lasts (level-triggered).
package protocol EventHandler: AnyObject {
    func ready(_ events: Readiness)
}

/// Hears of the end of a tick: all ready handlers have run, nothing has been sent yet.
package protocol TickHandler: AnyObject {
    func endOfTick()
    /// What the tick queued is with the kernel, as far as the sockets took it.
    func sent()
}

extension TickHandler {
    package func sent() {}
}
