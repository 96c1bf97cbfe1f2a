// A broker's process as the cost of a phase is read from it: from outside, whoever started it.
internal import Measurement

package enum WatchedBroker {
    /// Of this run. It starts no process of its own, and may be killed and started again while it is watched.
    case own(BrokerProcess)
    /// Somebody else's: what it started counts with it, since it may be a script with a Java machine below it.
    case foreign(pid: Int32)

    /// The present one.
    package var pid: Int32 {
        switch self {
        case .own(let broker): broker.pid
        case .foreign(let pid): pid
        }
    }

    /// Its own counters, by name; empty when it keeps none.
    func counters() -> [String: UInt64] {
        switch self {
        case .own(let broker): broker.counters()
        case .foreign: [:]
        }
    }

    /// nil when it is gone.
    func sample() -> ProcessTreeSample? {
        switch self {
        case .own(let broker): ProcessTreeSample.take(root: broker.pid, descendants: false)
        case .foreign(let pid): ProcessTreeSample.take(root: pid, descendants: true)
        }
    }

    /// The processes that `sample` would read.
    func processIDs() -> Set<Int32> {
        switch self {
        case .own(let broker): [broker.pid]
        case .foreign(let pid): ProcessTreeSample.members(of: pid)
        }
    }

    /// What processes of it that were killed had used when they were, oldest first; nil where that could not be read.
    var endedLives: [ProcessSample?] {
        switch self {
        case .own(let broker): broker.endedLives.map(\.used)
        case .foreign: []
        }
    }
}
