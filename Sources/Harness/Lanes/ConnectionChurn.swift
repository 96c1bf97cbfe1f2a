// Connections that come and go beside a load.
internal import Client
internal import Host
internal import Synchronization

/// Opens connections at a fixed rate, one after the other, asks each for its API versions and closes it, on a thread of its own.
/// A connection that takes longer than its turn delays those behind it, and none is left out.
final class ConnectionChurn: Sendable {
    private struct Count {
        var opened: UInt64 = 0
        /// By name.
        var failures: [String: UInt64] = [:]
    }
    private final class Shared: Sendable {
        let count = Mutex(Count())
        let stopping = Atomic<Bool>(false)
    }

    /// CLOCK_MONOTONIC nanoseconds.
    let startedAt = MonotonicClock.now()
    private let shared: Shared
    private let thread: WorkerThread

    /// How long a broker that does not answer may keep `stop` waiting.
    private static let timeoutNanoseconds: UInt64 = 2_000_000_000

    init(_ bootstrap: HostPort, security: ConnectionSecurity = .none, perSecond: Double) {
        let shared = Shared()
        self.shared = shared
        let address = BrokerAddress(host: bootstrap.host, port: bootstrap.port)
        let startedAt = self.startedAt
        thread = WorkerThread(name: "churn") { Self.run(address, security, perSecond, startedAt, shared) }
    }

    private static func run(_ address: BrokerAddress, _ security: ConnectionSecurity, _ perSecond: Double, _ startedAt: UInt64, _ shared: Shared) {
        let options = ConnectionOptions.besideLoad("tidemark-churn", security, timeoutNanoseconds: timeoutNanoseconds)
        var number = 0.0
        while !shared.stopping.load(ordering: .acquiring) {
            let now = MonotonicClock.now()
            let due = startedAt + UInt64(number * 1e9 / perSecond)
            guard due <= now else {
                // In short stretches, so that an end is seen at a low rate, too.
                MonotonicClock.sleep(until: min(due, now + 20_000_000))
                continue
            }
            number += 1
            do throws(ClientError) {
                _ = try Admin(address, options)
                shared.count.withLock { $0.opened += 1 }
            } catch {
                shared.count.withLock { $0.failures[error.name, default: 0] += 1 }
            }
        }
    }

    /// Ends the thread. To be called once.
    ///
    /// - Returns: the connections that were opened and answered, and why others were not, by name.
    func stop() -> (opened: UInt64, failures: [String: UInt64]) {
        shared.stopping.store(true, ordering: .releasing)
        thread.join()
        return shared.count.withLock { ($0.opened, $0.failures) }
    }
}

extension ConnectionOptions {
    /// Of connections beside the lanes of a load, which a broker that does not answer must not hold up for long.
    static func besideLoad(_ clientID: String, _ security: ConnectionSecurity, timeoutNanoseconds: UInt64) -> ConnectionOptions {
        var options = ConnectionOptions()
        options.security = security
        options.clientID = clientID
        options.congestionControl = LaneFleet.congestion
        options.connectTimeoutNanoseconds = timeoutNanoseconds
        options.requestTimeoutNanoseconds = timeoutNanoseconds
        return options
    }
}
