// Looks at a cell of the NUMA matrix while it is measured: at the threads of both sides, several times, and at the interrupts that
// came to their CPUs. Pages are never looked at meanwhile: that costs milliseconds.
internal import Glibc
internal import Host
internal import Results
internal import Topology

/// For the control thread.
final class NUMACellWatch {
    private let cell: NUMACell
    private let broker: Int32
    private(set) var brokerThreads = ThreadLooks()
    private(set) var clientThreads = ThreadLooks()
    private(set) var interrupts: [InterruptRecord]?
    /// When the next look is due; nil: nothing is measured.
    private var due: UInt64?
    private var before: InterruptTable?

    private let intervalNanoseconds: UInt64

    /// A look costs some tenths of a millisecond of the client's node.
    private static let shortestRest: UInt64 = 250_000_000
    /// Looks at a window that is too short for it.
    private static let leastLooks: UInt64 = 4
    /// Sources of interrupts that are told.
    private static let sources = 3
    /// How the names of a client's threads begin: lanes, and who fetches.
    private static let clientNames = ["produce-", "consume-", "fetch"]

    /// - Parameters:
    ///   - broker: its process.
    ///   - windowNanoseconds: how long it will be measured.
    init(_ cell: NUMACell, broker: Int32, windowNanoseconds: UInt64) {
        self.cell = cell
        self.broker = broker
        intervalNanoseconds = min(Self.shortestRest, windowNanoseconds / Self.leastLooks)
    }

    func begin() {
        before = InterruptTable.read()
        look()
    }

    /// To be called as often as one likes.
    func lookWhenDue() {
        guard let due, MonotonicClock.now() >= due else { return }
        look()
    }

    func end() {
        look()
        due = nil
        guard let before, let after = InterruptTable.read() else { return }
        interrupts = after.since(before, on: [cell.broker.cpus, cell.client.cpus], most: Self.sources).map { growth in
            InterruptRecord(
                source: growth.name.isEmpty ? growth.id : "\(growth.id) \(growth.name)", onBroker: growth.counts[0], onClient: growth.counts[1],
                affinity: InterruptTable.affinity(of: growth.id))
        }
    }

    private func look() {
        brokerThreads.add(Affinity.threads(of: broker), on: cell.broker.cpus)
        let own = Affinity.threads(of: getpid()).filter { thread in Self.clientNames.contains { thread.name.hasPrefix($0) } }
        clientThreads.add(own, on: cell.client.cpus)
        due = MonotonicClock.now() + intervalNanoseconds
    }
}
