// A broker's process as the cost of a phase is read from it: from outside, whoever started it.
internal import Measurement

package struct WatchedBroker: Sendable {
    package let pid: Int32
    /// Whether what it started counts with it: a broker that somebody else started may be a script with a Java machine below it.
    let includesDescendants: Bool
    /// Of a broker that keeps a page of counters; nil: it keeps none.
    let countersPath: String?

    init(pid: Int32, includesDescendants: Bool, countersPath: String? = nil) {
        self.pid = pid
        self.includesDescendants = includesDescendants
        self.countersPath = countersPath
    }

    /// Its own counters, by name; empty when it keeps none.
    func counters() -> [String: UInt64] { countersPath.map { CounterPage.read(path: $0) } ?? [:] }

    /// nil when it is gone.
    func sample() -> ProcessTreeSample? { ProcessTreeSample.take(root: pid, descendants: includesDescendants) }
}
