// Looks for connections that ask nothing, or never ask anything, and closes them.
internal import Reactor

/// A shard's round over its connections, a few times in the shortest time that one may be silent. A round and not
/// a timer for each: a request then costs one store, and ten thousand connections take a tenth of a millisecond.
final class ConnectionSweep: TimerHandler {
    private static let longestInterval: UInt64 = 1_000_000_000
    private static let roundsPerTimeout: UInt64 = 4

    private unowned let shard: Shard
    private lazy var timer = Timer(self)
    private let idleNanoseconds: UInt64
    private let setupNanoseconds: UInt64
    private let interval: UInt64

    init(_ shard: Shard, _ configuration: BrokerConfiguration) {
        self.shard = shard
        idleNanoseconds = UInt64(configuration.maxIdleMilliseconds) * 1_000_000
        setupNanoseconds = UInt64(configuration.setupMilliseconds) * 1_000_000
        interval = min(Self.longestInterval, min(idleNanoseconds, setupNanoseconds) / Self.roundsPerTimeout)
        shard.loop.arm(timer, at: shard.loop.now + interval)
    }

    func stop() { shard.loop.cancel(timer) }

    func timerFired(_ timer: Timer) {
        let now = shard.loop.now
        // Those that close leave the list.
        let late = shard.clients.filter { !$0.isActive(now: now, idle: idleNanoseconds, setup: setupNanoseconds) }
        for client in late {
            shard.counters.add(.connectionsExpired)
            client.expire()
        }
        shard.loop.arm(timer, at: now + interval)
    }
}

/// When a client last did something, as far as the sweep must know.
struct ClientActivity {
    /// Of the last whole request, answer taken or byte of an answer taken.
    var lastAt: UInt64
    /// A whole request has come.
    var hasAsked = false
    /// Bytes that the peer had not taken at the last round.
    fileprivate var unsentBytes = 0

    init(at now: UInt64) { lastAt = now }
}

extension ClientConnection {
    /// Whether this connection may stay. Bytes of a request that is never whole are no activity; requests that the
    /// broker has not answered yet, and answers that the peer takes slowly, are.
    fileprivate func isActive(now: UInt64, idle: UInt64, setup: UInt64) -> Bool {
        let unsent = connection.unsentBytes
        if hasUnanswered || unsent != activity.unsentBytes { activity.lastAt = now }
        activity.unsentBytes = unsent
        return now < activity.lastAt + (activity.hasAsked ? idle : setup)
    }

    fileprivate func expire() {
        if !activity.hasAsked {
            broker.log.limited(.idle, "\(peer) is closed: no whole request in socket.connection.setup.timeout.ms = \(broker.configuration.setupMilliseconds)")
        }
        connection.close()
    }
}
