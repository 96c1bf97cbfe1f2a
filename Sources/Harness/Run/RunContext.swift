// What a measurement gets: the machine, a fresh disk folder, other processes, phases, the record.
internal import Client
package import Foundation
internal import Glibc
internal import Host
package import Measurement
package import Results
package import Topology

/// Owned by the control thread, like everything it starts.
package final class RunContext {
    package let profile: Profile
    package let options: RunOptions
    package let machine: MachineDescription
    /// The disk under the data directory.
    package let disk: DataDirectory
    /// The disk under the data directory of a broker of somebody else's; nil where there is none, or its directory is not known.
    let externalDisk: DataDirectory?
    package let runFolder: RunFolder
    package let writer: RunWriter
    package let hiccups: HiccupMeter
    package let progress: ProgressLine
    package let interruption: Interruption
    /// Change it, then `publish`.
    package var record: RunRecord
    private var children: [ChildProcess] = []
    private var labels: [String: Int] = [:]

    /// CPUs this process may use.
    package let cpus: CPUSet

    /// Makes the lanes of a load, connected; tests put theirs here.
    package typealias FleetMaker = (LoadPlan, BrokerTarget, RunContext) throws -> any LoadFleet
    let makeFleet: FleetMaker
    /// Of this run, and of others before it.
    let ceilings: CeilingBook

    init(
        profile: Profile, options: RunOptions, machine: MachineDescription, disk: DataDirectory, runFolder: RunFolder,
        writer: RunWriter, progress: ProgressLine, interruption: Interruption, record: RunRecord,
        externalDisk: DataDirectory? = nil, ceilings: CeilingBook, makeFleet: @escaping FleetMaker
    ) throws {
        self.profile = profile
        self.options = options
        self.machine = machine
        self.disk = disk
        self.externalDisk = externalDisk
        self.runFolder = runFolder
        self.writer = writer
        self.progress = progress
        self.interruption = interruption
        self.record = record
        self.makeFleet = makeFleet
        self.ceilings = ceilings
        cpus = try CPUSet.allowed()
        hiccups = HiccupMeter(cpus: cpus.cpus)
    }

    /// The broker given with --bootstrap.
    package var external: HostPort? { options.external }
    /// Where that broker runs on this host: its CPU is no foreign load. Looked for once, since every process is read.
    private lazy var externalProcesses: [Int32] = (external.flatMap { $0.isLoopback ? ListeningProcess.pids(port: $0.port) : nil } ?? [])
        + (options.externalOptions.processID.map { [$0] } ?? [])
    /// Processes that belong to the run although it did not start them: their CPU is no foreign load.
    var companions: [Int32] = []
    private lazy var externalBroker = external.map {
        BrokerTarget(external: $0, options.externalOptions, suffix: record.identity.shortID)
    }
    package var resultDirectory: URL { writer.directory }

    /// Logs of children; kept with the result.
    package var logDirectory: String {
        let path = writer.directory.path + "/logs"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Name of the device under the broker's data directory, as under /sys/block; nil where that is not known.
    package var device: String? {
        dataDirectory?.statPath.map { URL(filePath: $0).deletingLastPathComponent().lastPathComponent }
    }

    /// Of the broker; nil where that is not known.
    var dataDirectory: DataDirectory? { place?.directory ?? (external == nil ? disk : externalDisk) }

    /// The disk that brokers and probes are on just now, where that is not the run's own.
    private var place: MeasuredDisk?

    /// Runs `body` with its brokers' and probes' files on another disk, whose counters and limits are the ones that count.
    func on<Result>(_ place: MeasuredDisk, _ body: () throws -> Result) rethrows -> Result {
        precondition(self.place == nil, "\(place.name) within \(self.place?.name ?? "")")
        self.place = place
        defer { self.place = nil }
        return try body()
    }

    /// What the disk in use, and the machine, were found to do before the load.
    var calibration: [Metric] { place?.calibration ?? record.calibration.before }

    /// Replaces run.json. To be called between timed phases only: it costs tens of milliseconds.
    package func publish() throws { try writer.update(record) }

    package func freshDirectory(_ label: String) throws -> String { try (place?.folder ?? runFolder).directory(label) }

    /// To be called at least every 100 ms: looks for Ctrl-C and for brokers that died.
    package func checkInterruption() throws {
        try interruption.check()
        try requireChildren()
        foreign?.sampleWhenDue()
    }

    /// The same on behalf of something short that is brought to its end whoever ends the run: Ctrl-C is noted, not thrown, and one more ends
    /// the process at once.
    func checkInterruption(noting noted: inout HarnessError?) throws {
        if let signal = interruption.conclude(), noted == nil { noted = .interrupted(signal: signal) }
        try checkInterruption()
    }

    /// Sleeps to an absolute time, looking for Ctrl-C and dead children every 20 ms.
    package func sleep(until deadline: UInt64) throws {
        while true {
            try checkInterruption()
            let now = MonotonicClock.now()
            guard now < deadline else { return }
            MonotonicClock.sleep(until: min(deadline, now + 20_000_000))
        }
    }

    package func sleep(seconds: Double) throws { try sleep(until: MonotonicClock.now() + UInt64(seconds * 1e9)) }

    private var needed: Set<Int32> = []
    private var foreign: ForeignWatch?

    /// - Throws: `.childEnded` when a broker that is still needed is gone.
    package func requireChildren() throws {
        for child in children where needed.contains(child.pid) { try child.requireRunning() }
    }

    // MARK: other processes

    /// Starts our broker with a fresh data directory (or the one given) and waits until it is ready. It is
    /// stopped at the end of the run at the latest; `stop` it when it is no longer needed.
    package func startBroker(
        _ plan: BrokerPlan, label: String, segmentBytes: Int64? = nil, dataDirectory: String? = nil, furtherDirectories: [String] = [],
        group: ControlGroup? = nil
    ) throws -> BrokerProcess {
        let directory = try dataDirectory ?? freshDirectory(label)
        let broker = try BrokerProcess.start(
            plan, label: unique(label), dataDirectory: directory, segmentBytes: segmentBytes ?? profile.topic.segmentBytes,
            logDirectory: logDirectory, furtherDirectories: furtherDirectories, group: group, interruption: interruption)
        adopt(broker.child)
        return broker
    }

    /// A control group for a broker of this run, taken away when the run ends.
    ///
    /// - Throws: `ControlGroupError` where there can't be one.
    func makeControlGroup(_ label: String) throws(ControlGroupError) -> ControlGroup {
        let group = try ControlGroup.make("tidemark-\(record.identity.shortID)-\(unique(label))")
        groups.append(group)
        return group
    }
    private var groups: [ControlGroup] = []

    /// The broker given with --bootstrap, as a target.
    package func externalTarget() throws -> BrokerTarget {
        guard let externalBroker else { throw HarnessError.impossible("no --bootstrap was given") }
        return externalBroker
    }

    /// What a load's topic is called on `target`: somebody else's broker has topics of its own, and keeps them.
    package func topic(_ wanted: String, on target: BrokerTarget) -> String { target.topics?.name(for: wanted) ?? wanted }

    /// The topics of the profile's own load, as they are called on `target`.
    ///
    /// - Throws: `HarnessError` where it is to write into more topics than were named.
    func topicSets(_ wanted: String, on target: BrokerTarget) throws(HarnessError) -> [LoadTopics] {
        guard profile.topic.count > 1 || !profile.topicSets.isEmpty, let topics = target.topics, topics.areShared else {
            let name = topic(wanted, on: target)
            return profile.allTopicSets.map { LoadTopics(plan: $0, names: $0.names(name)) }
        }
        let used = profile.usedTopicSets
        var rest = try topics.names(count: used.reduce(0) { $0 + $1.count })[...]
        return profile.allTopicSets.map { set -> LoadTopics in
            let names = rest.prefix(used.contains { $0.name == set.name } ? set.count : 0)
            rest = rest.dropFirst(names.count)
            return LoadTopics(plan: set, names: Array(names))
        }
    }

    /// Starts the null broker, which burns `busyNanoseconds` of CPU per request.
    package func startNullBroker(
        busyNanoseconds: UInt64, label: String, cpus: CPUSet? = nil, partitions: Int = 1
    ) throws -> BrokerProcess {
        let broker = try BrokerProcess.startNull(
            busyNanoseconds: busyNanoseconds, label: unique(label), cpus: cpus, partitions: partitions,
            logDirectory: logDirectory, interruption: interruption)
        adopt(broker.child)
        return broker
    }

    /// Graceful drain; SIGKILL after 10 s, which is noted.
    package func stop(_ broker: BrokerProcess) {
        needed.remove(broker.pid)
        if !broker.stop() { record.notes.append("\(broker.child.name) did not drain within 10 s of SIGTERM and was killed") }
    }

    /// Kills a broker on purpose: nobody misses it until `restart`. Returns when it was, CLOCK_MONOTONIC nanoseconds.
    func crash(_ broker: BrokerProcess) -> UInt64 {
        needed.remove(broker.pid)
        return broker.crash()
    }

    /// Starts a broker again that was killed. It serves once it `isReady`; should it end before, the run ends.
    func restart(_ broker: BrokerProcess) throws {
        try broker.restart(label: unique("\(broker.child.name)-again"))
        adopt(broker.child)
    }

    /// Starts a program beside this one that runs until it is stopped, and waits for its first line.
    func startHelper(
        _ program: String, _ arguments: [String], label: String, placement: ChildProcess.Placement = .init()
    ) throws -> (child: ChildProcess, line: String) {
        let child = try ChildProcess(
            name: unique(label), program: try Programs.path(of: program), arguments: arguments, logDirectory: logDirectory, placement: placement)
        adopt(child)
        try child.wait(for: "ready line", seconds: BrokerProcess.readySeconds, interruption) { child.output.contains("\n") }
        return (child, String(child.output.prefix { $0 != "\n" }))
    }

    /// Ends such a program.
    func stop(_ child: ChildProcess) {
        needed.remove(child.pid)
        child.stop(seconds: 1)
    }

    /// Runs `microbench` to its end; its JSON object.
    package func microbench(
        _ arguments: [String], label: String, timeoutSeconds: Double = 120, placement: ChildProcess.Placement = .init()
    ) throws -> Data {
        let child = try ChildProcess(
            name: unique(label), program: try Programs.path(of: "microbench"), arguments: arguments, logDirectory: logDirectory,
            placement: placement)
        children.append(child)
        return try child.finish(seconds: timeoutSeconds, interruption)
    }

    private func unique(_ label: String) -> String {
        labels[label, default: 0] += 1
        return labels[label]! == 1 ? label : "\(label)-\(labels[label]!)"
    }

    private func adopt(_ child: ChildProcess) {
        children.append(child)
        needed.insert(child.pid)
    }

    /// Stops everything and removes what lies on the data disk. Safe to call twice.
    func tearDown() {
        needed = []
        for child in children.reversed() where child.isRunning {
            child.stop(seconds: 3)
            interruption.checkTeardown()
        }
        children = []
        groups.forEach { $0.remove() }
        groups = []
        if let broker = externalBroker { record.notes += removeTopics(of: broker) }
        hiccups.stop()
        runFolder.remove()
    }

    /// On a connection of its own, since those of the load may have ended the run.
    private func removeTopics(of broker: BrokerTarget) -> [String] {
        var options = broker.connection
        options.connectTimeoutNanoseconds = Self.removalNanoseconds
        options.requestTimeoutNanoseconds = Self.removalNanoseconds
        return broker.topics?.remove({ try Cluster([broker.address], options) }, { interruption.checkTeardown() }) ?? []
    }
    /// What a broker that is gone may cost the end of a run, a connection and a topic.
    private static let removalNanoseconds: UInt64 = 5_000_000_000

    // MARK: phases

    /// Reads both borders around `body`. While it runs, `checkInterruption` and `sleep` also sample foreign
    /// CPU once a second, so that short-lived strangers are seen.
    package func measure<T>(
        broker: WatchedBroker?, _ body: () throws -> T
    ) throws -> (result: T, measurement: PhaseMeasurement) {
        precondition(foreign == nil, "measure does not nest")
        let devices = device.map { [$0] } ?? []
        hiccups.begin(at: MonotonicClock.now(), maximumSeconds: Self.longestPhaseSeconds)
        foreign = ForeignWatch(excluding: children.map(\.pid) + externalProcesses + companions)
        defer { foreign = nil }
        let start = Border.opening(broker, devices: devices)
        let result: T
        do { result = try body() } catch {
            _ = hiccups.end()
            throw error
        }
        let end = Border.closing(broker, devices: devices)
        let used = foreign!.finish()
        return (result, PhaseMeasurement(start, end, foreign: used, hiccup: hiccups.end(), device: device))
    }

    static let longestPhaseSeconds = 3600
}
