// A broker that is killed on purpose, and started again.
internal import Host
internal import Measurement

/// What a process of a broker left when it was killed.
struct EndedLife {
    /// The moment before; nil where it could not be read.
    let used: ProcessSample?
    /// Its own counters, to the last.
    let counters: [String: UInt64]
}

extension BrokerProcess {
    /// Kills the process (SIGKILL), whatever it is at. `restart` starts it again.
    ///
    /// - Returns: when, CLOCK_MONOTONIC nanoseconds.
    func crash() -> UInt64 {
        let used = ProcessSample.take(pid: pid)
        let time = MonotonicClock.now()
        child.kill()
        // The page outlives whoever wrote it.
        endedLives.append(EndedLife(used: used, counters: countersPath.map { CounterPage.read(path: $0) } ?? [:]))
        countersPath = nil
        return time
    }

    /// Starts it again, on the same ports and data. It serves once it `isReady`, unless it ends before.
    ///
    /// - Parameter label: of the new process and its log files.
    func restart(label: String) throws {
        precondition(!isRunning, "\(child.name) runs: only a broker that ended is started again")
        guard let launch else { throw HarnessError.impossible("\(child.name) keeps nothing that it could be started again with") }
        let started = try launch.start(label: label, ports: listeners.map(\.port))
        child = started.child
        countersPath = started.countersPath
    }

    /// Whether it has said that it serves.
    var isReady: Bool { child.output.contains("\n") }
}
