// Connections that are open beside a load and ask for nothing: what thousands of clients cost that happen to be there.
internal import Client
internal import Host
internal import Synchronization

/// All of them on one thread, which looks for those that end and keeps the others from being closed for their silence.
final class IdleConnections: Sendable {
    struct Count: Equatable, Sendable {
        let asked: Int
        var open = 0
        /// Of those that were open: the broker has ended them, or gave no answer any more.
        var closed = 0

        var sentence: String {
            let end = closed > 0 ? "\(open) of them at the end, since the broker closed \(closed)" : "all of them to the end"
            return "\(asked) connections were held open beside the load, \(end)"
        }
        /// By the name that a client's lost connection has among errors.
        ///
        /// - Parameter told: how many of the closed ones have been told before.
        func errors(of broker: BrokerAddress, beyond told: Int) -> [String: UInt64] {
            closed > told ? [ClientError.closed(broker, nil).name: UInt64(closed - told)] : [:]
        }
    }
    private struct State {
        var count: Count
        var isReady = false
        var failure: ClientError?
    }
    private final class Shared: Sendable {
        let state: Mutex<State>
        let stopping = Atomic<Bool>(false)
        init(asked: Int) { state = Mutex(State(count: Count(asked: asked))) }
    }

    private let shared: Shared
    private let thread: WorkerThread

    /// Files of this process besides: lanes, programs, results.
    private static let otherFiles = 1_024
    /// With TLS the socket, and both ends of its relay.
    private static let filesOfSecured = 3
    /// How long a broker that does not answer may keep `stop` waiting, twice that while they are opened.
    private static let timeoutNanoseconds: UInt64 = 10_000_000_000
    /// A look goes over all of them, which takes milliseconds where they are many: not each time that one asks.
    private static let lookNanoseconds: UInt64 = 100_000_000

    /// Why this process can't have so many; nil: it can.
    ///
    /// - Parameter limit: of open files.
    static func refusal(_ count: Int, isSecured: Bool, limit: Int) -> String? {
        let needed = count * (isSecured ? filesOfSecured : 1) + otherFiles
        guard needed > limit else { return nil }
        return "‘idleConnections: \(count)’ takes \(needed) open files of this process, which may have \(limit): raise the hard limit (ulimit -Hn), or hold fewer"
    }

    /// Returns when all of them are open.
    ///
    /// - Parameter check: called meanwhile; throws to give up.
    /// - Throws: `HarnessError`, `SystemError`, and what `check` throws.
    init(_ plan: IdlePlan, to target: BrokerTarget, check: () throws -> Void) throws {
        let security = target.security
        if let refusal = Self.refusal(plan.count, isSecured: security.tls != nil, limit: try ProcessSetup.raiseOpenFileLimit()) {
            throw HarnessError.impossible(refusal)
        }
        let shared = Shared(asked: plan.count)
        let address = target.address
        self.shared = shared
        thread = WorkerThread(name: "idle") { Self.hold(plan, address, security, shared) }
        do { try waitUntilOpen(check) } catch {
            stop()
            throw error
        }
    }

    private func waitUntilOpen(_ check: () throws -> Void) throws {
        while true {
            let state = shared.state.withLock { $0 }
            if let failure = state.failure {
                throw HarnessError.impossible(
                    "\(state.count.open) of \(state.count.asked) idle connections were opened, then: \(failure). A broker takes so many as its ‘max.connections’ and its own limit of open files let it")
            }
            if state.isReady { return }
            try check()
            MonotonicClock.sleep(nanoseconds: 2_000_000)
        }
    }

    private static func hold(_ plan: IdlePlan, _ broker: BrokerAddress, _ security: ConnectionSecurity, _ shared: Shared) {
        let options = ConnectionOptions.besideLoad("tidemark-idle", security, timeoutNanoseconds: timeoutNanoseconds)
        let held = HeldConnections(broker, options)
        for _ in 0..<plan.count {
            guard !shared.stopping.load(ordering: .acquiring) else { return }
            do throws(ClientError) { try held.add() } catch {
                shared.state.withLock { $0.failure = error }
                return
            }
            shared.state.withLock { $0.count.open += 1 }
        }
        shared.state.withLock { $0.isReady = true }
        // One after the other, so that there is never a moment in which all of them ask.
        let step = max(1, plan.keepAliveNanoseconds / UInt64(plan.count))
        var next = 0
        var due = MonotonicClock.now() + step
        var look = MonotonicClock.now()
        while !shared.stopping.load(ordering: .acquiring) {
            let now = MonotonicClock.now()
            if due <= now {
                held.keepAlive(next)
                next = (next + 1) % plan.count
                due += step
            }
            if look <= now {
                held.lookForEnds()
                look = now + lookNanoseconds
            }
            let open = held.openCount
            shared.state.withLock {
                $0.count.open = open
                $0.count.closed = plan.count - open
            }
            MonotonicClock.sleep(until: min(due, look))
        }
    }

    /// As of the last look: a tenth of a second ago, longer while one that asks waits for its answer.
    var count: Count { shared.state.withLock { $0.count } }

    /// Closes all of them and ends the thread. To be called once.
    func stop() {
        shared.stopping.store(true, ordering: .releasing)
        thread.join()
    }
}

extension RunContext {
    /// Those of the load, once its lanes are made; where they can't be opened the lanes stop. nil: it has none.
    func openIdle(_ plan: LoadPlan, on target: BrokerTarget, beside fleet: any LoadFleet) throws -> IdleConnections? {
        guard let idle = plan.idle else { return nil }
        do { return try IdleConnections(idle, to: target) { try self.checkInterruption() } } catch {
            fleet.stop()
            throw error
        }
    }
}
