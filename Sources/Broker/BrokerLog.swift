// Log lines that peers can cause: one a second of each kind, with the number that were left out.
internal import Logging
internal import Host
internal import Synchronization

/// The broker's voice. Kinds that a peer can cause at will are limited; the rest is not.
final class BrokerLog: Sendable {
    enum Kind: Int, CaseIterable {
        case badFrame, badRequest, connectionError, acceptFailed, tooManyConnections, memory, writeFailed, readFailed, compactionFailed, handshakeFailed, idle
    }

    private struct Line {
        var lastAt: UInt64 = 0
        var suppressed = 0
    }

    private static let intervalNanoseconds: UInt64 = 1_000_000_000
    private let logger: Logger
    private let lines = Mutex([Line](repeating: Line(), count: Kind.allCases.count))

    init(_ logger: Logger) { self.logger = logger }

    func info(_ message: String) { logger.info("\(message)") }
    func warning(_ message: String) { logger.warning("\(message)") }
    func error(_ message: String) { logger.error("\(message)") }

    func limited(_ kind: Kind, _ message: @autoclosure () -> String) {
        let now = MonotonicClock.now()
        let suppressed: Int? = lines.withLock { lines in
            guard lines[kind.rawValue].lastAt == 0 || lines[kind.rawValue].lastAt + BrokerLog.intervalNanoseconds <= now else {
                lines[kind.rawValue].suppressed += 1
                return nil
            }
            let count = lines[kind.rawValue].suppressed
            lines[kind.rawValue] = Line(lastAt: now)
            return count
        }
        guard let suppressed else { return }
        let tail = suppressed > 0 ? " (and \(suppressed) more like it)" : ""
        logger.warning("\(message())\(tail)")
    }
}
