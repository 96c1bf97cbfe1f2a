// Log lines that peers can cause: one a second of each kind, with the number that were left out.
internal import Logging
internal import Host
internal import Synchronization
internal import Vocabulary

/// The broker's voice. Kinds that a peer can cause at will are limited; the rest is not.
final class BrokerLog: Sendable {
    enum Kind: Int, CaseIterable {
        case badFrame, badRequest, connectionError, acceptFailed, tooManyConnections, memory, writeFailed, readFailed, compactionFailed, handshakeFailed, idle, authenticationFailed
    }

    /// What a line is about, for those who search. The message says it, too.
    static func about(peer: String) -> Logger.Metadata { ["peer": "\(peer)"] }
    static func about(_ partition: TopicPartition) -> Logger.Metadata {
        ["topic": "\(partition.topic)", "partition": .stringConvertible(partition.partition)]
    }

    private struct Line {
        var lastAt: UInt64 = 0
        var suppressed = 0
    }

    private static let intervalNanoseconds: UInt64 = 1_000_000_000
    private let logger: Logger
    private let events: EventMetrics
    private let lines = Mutex([Line](repeating: Line(), count: Kind.allCases.count))

    init(_ logger: Logger, _ events: EventMetrics) {
        self.logger = logger
        self.events = events
    }

    func info(_ message: String, _ fields: Logger.Metadata = [:]) { logger.info("\(message)", metadata: fields) }
    func warning(_ message: String, _ fields: Logger.Metadata = [:]) { logger.warning("\(message)", metadata: fields) }
    func error(_ message: String, _ fields: Logger.Metadata = [:]) { logger.error("\(message)", metadata: fields) }

    /// A line that comes at most once a second for each kind; `kind` and, where lines were left out, `suppressed` are
    /// among its fields.
    func limited(_ kind: Kind, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> Logger.Metadata = [:]) {
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
        guard let suppressed else { return events.suppressed(kind) }
        var all = fields()
        all["kind"] = "\(kind)"
        if suppressed > 0 { all["suppressed"] = .stringConvertible(suppressed) }
        let tail = suppressed > 0 ? " (and \(suppressed) more like it)" : ""
        logger.warning("\(message())\(tail)", metadata: all)
    }
}
