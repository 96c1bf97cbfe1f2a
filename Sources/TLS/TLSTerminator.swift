// The event loops that encrypt and decrypt, from the outside.
internal import Host
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Turns accepted sockets of TLS clients into plaintext sockets. Handshakes cost a millisecond of CPU each, so all of it is
/// done by threads of its own: a flood of handshakes takes no time from the loops that serve.
package final class TLSTerminator: Sendable {
    /// Unfinished handshakes at most, of all loops together. Each takes about 30 KB.
    package static let handshakeLimit = 1_024

    private let group: MultiThreadedEventLoopGroup
    private let lanes: [TerminatorLane]
    private let turn = Atomic<Int>(0)
    /// Client sockets that are not closed yet. The monitor is signalled when one is.
    private let open = Atomic<Int>(0)
    private let monitor = Monitor()

    /// - Parameter threads: event loops, a thread each.
    package init(threads: Int) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        lanes = group.makeIterator().map { TerminatorLane($0, handshakeLimit: max(1, TLSTerminator.handshakeLimit / threads)) }
    }

    /// Makes a TLS connection of an accepted non-blocking socket, which it owns from now on.
    ///
    /// - Parameters:
    ///   - address: the client's, without its port.
    ///   - report: called on a thread of the terminator's; `ended` comes last.
    package func terminate(
        _ fd: Int32, from address: String, with context: TLSContext, timeoutMilliseconds: Int, report: @escaping @Sendable (TLSEvent) -> Void
    ) {
        open.add(1, ordering: .relaxed)
        let lane = lanes[turn.add(1, ordering: .relaxed).oldValue % lanes.count]
        let terms = HandshakeTerms(context: context, address: address, timeoutMilliseconds: timeoutMilliseconds) { [self] event in
            report(event)
            if case .ended = event { closedOne() }
        }
        lane.take(fd, terms)
    }

    private func closedOne() {
        open.subtract(1, ordering: .acquiringAndReleasing)
        monitor.locked { monitor.signal() }
    }

    /// Client sockets that are not closed yet, with an unfinished handshake or with a relay.
    package var openCount: Int { open.load(ordering: .acquiring) }

    /// Ends the unfinished handshakes and begins no more. Relays go on until their near ends are closed.
    package func refuseHandshakes() {
        for lane in lanes { lane.refuse() }
    }

    /// Lets clients take their last bytes until `deadline`, then cuts what is left and ends the threads. Not from one of them.
    ///
    /// - Parameter deadline: CLOCK_MONOTONIC nanoseconds.
    /// - Returns: the number of connections that were cut.
    @discardableResult
    package func stop(by deadline: UInt64) -> Int {
        refuseHandshakes()
        monitor.lock()
        while openCount > 0, MonotonicClock.now() < deadline { monitor.wait(until: deadline) }
        monitor.unlock()
        let left = openCount
        // Fails only for loops that were shut down before.
        try? group.syncShutdownGracefully()
        return left
    }
}
