// What the broker's process used, second by second.
internal import Host
internal import Measurement
internal import Results

/// A few cheap readings a second, from outside: 0.3 µs and a small file for each of the broker's processes.
struct BrokerWatch {
    private let broker: WatchedBroker
    private var root: Int32
    /// CPU so far of each process that was there when the watch began: what it starts later is in the costs of the phase only.
    private var cpu: [Int32: UInt64] = [:]
    private var time: UInt64 = 0
    private var counters: [String: UInt64]
    /// CPU seconds a second in the last one, 1 is one CPU; nil where it could not be read.
    private(set) var cpuShare: Double?

    init(_ broker: WatchedBroker) {
        self.broker = broker
        root = broker.pid
        counters = broker.counters()
        begin()
    }

    private mutating func begin() {
        root = broker.pid
        cpu = [:]
        for pid in broker.processIDs() { cpu[pid] = ProcessSample.cpuNanoseconds(of: pid) }
        time = MonotonicClock.now()
        cpuShare = nil
    }

    /// Since the last call; nil when it is gone, and for the second in which it was started again.
    mutating func second() -> BrokerSecond? {
        guard broker.pid == root else {
            begin()
            return nil
        }
        var second: BrokerSecond?
        for (pid, before) in cpu {
            guard let now = ProcessSample.cpuNanoseconds(of: pid), let resident = ProcessSample.residentBytes(of: pid) else { continue }
            cpu[pid] = now
            let sum = second ?? BrokerSecond(cpuNanoseconds: 0, residentBytes: 0)
            second = BrokerSecond(cpuNanoseconds: sum.cpuNanoseconds + now - min(now, before), residentBytes: sum.residentBytes + resident)
        }
        let now = MonotonicClock.now()
        cpuShare = second.map { Double($0.cpuNanoseconds) / Double(max(1, now - time)) }
        time = now
        return second
    }

    /// Since the last call, the bytes that the broker looked up in the page cache before it served them, and the share of them that was
    /// there; nil where it is not known: the broker looked up none, or is somebody else's.
    mutating func cacheHits() -> (share: Double, sampledBytes: UInt64)? {
        let now = broker.counters()
        defer { counters = now }
        func grown(_ name: String) -> UInt64 { (now[name] ?? 0) - min(now[name] ?? 0, counters[name] ?? 0) }
        let sampled = grown("residency_sampled_bytes")
        guard sampled > 0 else { return nil }
        return (share: min(1, Double(grown("residency_resident_bytes")) / Double(sampled)), sampledBytes: sampled)
    }
}
