// What a phase cost, read from outside at its two borders.
internal import Glibc
internal import Host
package import Measurement
package import Results

/// One border: everything that is read at an instant.
struct Border {
    let time: UInt64
    let host: HostSample
    let broker: ProcessTreeSample?
    /// What processes of the broker that were killed had used, oldest first.
    let endedBrokers: [ProcessSample?]
    let client: ProcessSample
    let counters: [String: UInt64]

    /// The broker's and our own CPU are read last at the start and first at the end, so that the reading
    /// itself falls outside of what is charged to them.
    static func opening(_ broker: WatchedBroker?, devices: [String]) -> Border {
        let host = HostSample.take(devices: devices)
        let counters = broker?.counters() ?? [:]
        let client = ProcessSample.take(pid: getpid())!
        let sample = broker?.sample()
        return Border(
            time: MonotonicClock.now(), host: host, broker: sample, endedBrokers: broker?.endedLives ?? [], client: client, counters: counters)
    }

    static func closing(_ broker: WatchedBroker?, devices: [String]) -> Border {
        let time = MonotonicClock.now()
        let sample = broker?.sample()
        let client = ProcessSample.take(pid: getpid())!
        let host = HostSample.take(devices: devices)
        return Border(time: time, host: host, broker: sample, endedBrokers: broker?.endedLives ?? [], client: client, counters: broker?.counters() ?? [:])
    }

    /// What a broker used from `start` to `end`, whichever of its processes did; nil where one of them could not be read. With the number
    /// of its processes that ended by themselves.
    static func brokerUsage(from start: Border, to end: Border) -> (usage: ProcessUsage, ended: Int)? {
        let killed = end.endedBrokers.dropFirst(start.endedBrokers.count)
        guard !killed.isEmpty else { return start.broker.flatMap { first in end.broker.flatMap { ProcessTreeSample.used(from: first, to: $0) } } }
        // What is killed on purpose is one process, and so is what is started again.
        let lives = killed.compactMap { $0 } + [end.broker?.processes.first].compactMap { $0 }
        guard let first = start.broker?.processes.first, lives.first?.pid == first.pid,
            !killed.contains(where: { $0 == nil })
        else { return nil }
        return (ProcessUsage(from: first, lives: lives), 0)
    }
}

/// Foreign CPU over a phase, sampled each second so that short-lived strangers are seen too.
struct ForeignWatch {
    private let ours: [Int32]
    private var before: ForeignSample
    private var used: ForeignUsage?
    private var due: UInt64

    /// - Parameter ours: children of this run.
    init(excluding ours: [Int32]) {
        self.ours = ours
        before = ForeignSample.take(excludingTreeOf: ours)
        due = MonotonicClock.now() + nanosecondsPerSecond
    }

    mutating func sampleWhenDue() {
        guard MonotonicClock.now() >= due else { return }
        due += nanosecondsPerSecond
        sample()
    }

    mutating func finish() -> ForeignUsage {
        sample()
        return used!
    }

    private mutating func sample() {
        let now = ForeignSample.take(excludingTreeOf: ours)
        let more = now - before
        if used == nil { used = more } else { used!.add(more) }
        before = now
    }
}

/// The difference of two borders.
package struct PhaseMeasurement: Sendable {
    /// CLOCK_MONOTONIC nanoseconds.
    package let startedNanoseconds: UInt64
    package let endedNanoseconds: UInt64
    package let host: HostUsage
    /// nil: no broker process is known, or it was gone at a border.
    package let broker: ProcessUsage?
    /// Processes of the broker's that ended in the phase: what they used in it is in no figure.
    let brokerProcessesEnded: Int
    /// This process: lanes, hiccup meter and control thread.
    package let client: ProcessUsage
    package let foreign: ForeignUsage
    package let hiccup: HiccupReading
    /// What the broker's counters grew by; self-reported.
    package let counters: [String: UInt64]
    /// The device under the data directory; nil where it has none.
    package let device: String?

    init(_ start: Border, _ end: Border, foreign: ForeignUsage, hiccup: HiccupReading, device: String?) {
        startedNanoseconds = start.time
        endedNanoseconds = end.time
        host = end.host - start.host
        let used = Border.brokerUsage(from: start, to: end)
        broker = used?.usage
        brokerProcessesEnded = used?.ended ?? 0
        client = end.client - start.client
        self.foreign = foreign
        self.hiccup = hiccup
        self.device = device
        // Gauges may fall; what falls is no count of work and is left out.
        counters = end.counters.reduce(into: [:]) { grown, entry in
            let before = start.counters[entry.key] ?? 0
            if entry.value >= before { grown[entry.key] = entry.value - before }
        }
    }

    package var seconds: Double { Double(endedNanoseconds - startedNanoseconds) / 1e9 }

    /// Four rows of CPU seconds: broker, clients, unattributed, idle.
    package var rows: CostRows { CostRows.split(host: host, brokerSeconds: broker?.cpuSeconds, clientSeconds: client.cpuSeconds) }

    /// Bytes the device under the data directory wrote and read; nil where it has none.
    package var deviceUsage: DiskUsage? { device.flatMap { host.disks[$0] } }

    /// The cost table of this phase.
    ///
    /// - Parameters:
    ///   - recordsIn, bytesIn: acknowledged in the phase.
    ///   - bytesOut: fetched in it.
    ///   - missing: why broker-side figures cannot be had, when they cannot.
    ///   - hitRate: of a load with readers.
    package func costs(
        phase: String, recordsIn: UInt64, bytesIn: UInt64, bytesOut: UInt64, missing: String?, hitRate: Metric? = nil
    ) -> CostTable {
        let figures = CostFigures(
            broker: broker, device: deviceUsage, syscalls: counters["syscalls"], recordsIn: recordsIn, bytesIn: bytesIn, bytesOut: bytesOut,
            missing: missing ?? (broker == nil ? "the broker's process could not be read at both borders of the phase" : nil), hitRate: hitRate)
        return CostTable(phase: phase, rows: rows, broker: broker, metrics: figures.metrics())
    }

    /// A phase's record without series: for slices and passes that are no load of lanes.
    package func record(name: String, kind: String, costs: CostTable? = nil, notes: [String] = []) -> PhaseRecord {
        let ended = brokerProcessesEnded == 0 ? [] : ["\(brokerProcessesEnded) processes of the broker's ended in the phase; what they used in it is not counted"]
        return PhaseRecord(
            name: name, kind: kind, startedNanoseconds: startedNanoseconds, endedNanoseconds: endedNanoseconds,
            histograms: ["hiccup": hiccup.merged], costs: costs, host: host, foreign: foreign, counters: counters, notes: notes + ended)
    }
}
