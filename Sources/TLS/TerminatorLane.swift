// One event loop of the terminator, and the sockets that wait for their handshake there.
internal import CLinux
internal import NIOCore
internal import Synchronization

/// Begins handshakes a few at a time, so that connections that are relayed already get their turn in between, however
/// many strangers connect: a new connection takes a tenth of a millisecond before its first byte is read.
final class TerminatorLane: Sendable {
    private static let beginsAtOnce = 32
    /// Sockets that wait; more are closed unheard.
    private static let waitingLimit = 1_024
    private static let pauseMilliseconds: Int64 = 1

    private struct Waiting: Sendable {
        let fd: Int32
        let terms: HandshakeTerms
    }

    private let loop: any EventLoop
    private let handshakes: NIOLoopBoundBox<HandshakeQueue>
    /// Where it is not empty, `begin` is on its way.
    private let waiting = Mutex<[Waiting]>([])

    init(_ loop: any EventLoop, handshakeLimit: Int) {
        self.loop = loop
        handshakes = .makeBoxSendingValue(HandshakeQueue(limit: handshakeLimit), eventLoop: loop)
    }

    /// Takes an accepted socket over. From any thread.
    func take(_ fd: Int32, _ terms: HandshakeTerms) {
        let before = waiting.withLock { waiting in
            let before = waiting.count
            if before < TerminatorLane.waitingLimit { waiting.append(Waiting(fd: fd, terms: terms)) }
            return before
        }
        if before == 0 { loop.execute { self.begin() } }
        guard before < TerminatorLane.waitingLimit else {
            _ = clinux_close(fd)
            terms.report(.failed(.displaced))
            return terms.report(.ended)
        }
    }

    private func begin() {
        let (batch, isMore) = waiting.withLock { waiting in
            let batch = Array(waiting.prefix(TerminatorLane.beginsAtOnce))
            waiting.removeFirst(batch.count)
            return (batch, !waiting.isEmpty)
        }
        for next in batch { Handshake.begin(next.fd, next.terms, handshakes.value, on: loop) }
        if isMore { loop.scheduleTask(in: .milliseconds(TerminatorLane.pauseMilliseconds)) { self.begin() } }
    }

    /// Ends the unfinished handshakes, and all that will come. From any thread.
    func refuse() { loop.execute { self.handshakes.value.close() } }
}
