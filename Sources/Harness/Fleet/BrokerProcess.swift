// The system under test as a process of its own.
internal import Foundation
internal import Glibc
internal import Host
package import Topology

/// A `tidemarkd` (or null broker) that this run started, ready and listening.
package final class BrokerProcess {
    package internal(set) var child: ChildProcess
    package let plan: BrokerPlan
    /// In the order of the plan's listeners.
    package let listeners: [HostPort]
    package let dataDirectory: String
    /// nil: it is not started again.
    let launch: BrokerLaunch?
    /// nil while it has been killed and not started again: what it had counted is among the ended lives.
    var countersPath: String?
    /// Of the processes before this one, oldest first.
    var endedLives: [EndedLife] = []

    package var pid: Int32 { child.pid }
    package var target: BrokerTarget { BrokerTarget(bootstrap: listeners[0], process: self) }

    /// How long a broker may take to say that it is ready: recovery of nothing, so this is generous.
    static let readySeconds = 20.0

    /// Starts `tidemarkd serve` on free loopback ports and waits for its ready line.
    ///
    /// - Parameters:
    ///   - furtherDirectories: on other disks, beside the first.
    ///   - program: of the same command line; nil: the `tidemarkd` of this build.
    ///   - arguments: more for its command line.
    ///   - port: of the first listener; 0: a free one.
    ///   - group: the control group that it runs in; nil: this process's.
    package static func start(
        _ plan: BrokerPlan, label: String, dataDirectory: String, segmentBytes: Int64, logDirectory: String,
        furtherDirectories: [String] = [], program: String? = nil, arguments: [String] = [], port: UInt16 = 0, group: ControlGroup? = nil,
        interruption: Interruption?
    ) throws -> BrokerProcess {
        let launch = BrokerLaunch(
            plan: plan, dataDirectory: dataDirectory, furtherDirectories: furtherDirectories, segmentBytes: segmentBytes, logDirectory: logDirectory,
            program: program, arguments: arguments, group: group)
        return try BrokerProcess(launch.start(label: label, ports: [port]), plan, dataDirectory, launch, interruption)
    }

    /// Starts `tidemark null-broker`, which reads and parses everything and answers at once.
    ///
    /// - Parameters:
    ///   - busyNanoseconds: CPU burnt per request, to stand for a real broker's.
    ///   - arguments: more for its command line.
    package static func startNull(
        busyNanoseconds: UInt64, label: String, cpus: CPUSet?, partitions: Int, arguments: [String] = [], logDirectory: String,
        interruption: Interruption?
    ) throws -> BrokerProcess {
        let counters = "\(logDirectory)/\(label).counters"
        let words = ["null-broker", "--listen", "127.0.0.1:0", "--busy-ns", String(busyNanoseconds), "--partitions", String(partitions)] + arguments
        let child = try ChildProcess(
            name: label, program: try Programs.path(of: "tidemark"), arguments: words, logDirectory: logDirectory,
            placement: .init(cpus: cpus))
        return try BrokerProcess(.init(child: child, countersPath: counters), BrokerPlan(), "", nil, interruption)
    }

    private init(
        _ started: BrokerLaunch.Started, _ plan: BrokerPlan, _ dataDirectory: String, _ launch: BrokerLaunch?, _ interruption: Interruption?
    ) throws {
        let child = started.child
        self.child = child
        self.plan = plan
        self.dataDirectory = dataDirectory
        self.launch = launch
        countersPath = started.countersPath
        do {
            try child.wait(for: "ready line", seconds: Self.readySeconds, interruption) { child.output.contains("\n") }
            listeners = try Self.readyListeners(child.output, child)
        } catch {
            child.kill()
            throw error
        }
    }

    /// `tidemarkd ready pid=123 listeners=127.0.0.1:40123,127.0.0.1:40124`
    static func parseReady(_ output: String) -> [HostPort]? {
        guard let line = output.split(separator: "\n").first(where: { $0.contains(" ready ") }),
            let field = line.split(separator: " ").first(where: { $0.hasPrefix("listeners=") })
        else { return nil }
        let addresses = field.dropFirst("listeners=".count).split(separator: ",").map { HostPort(String($0)) }
        return addresses.isEmpty || addresses.contains(nil) ? nil : addresses.compactMap { $0 }
    }

    private static func readyListeners(_ output: String, _ child: ChildProcess) throws -> [HostPort] {
        guard let listeners = parseReady(output) else {
            throw HarnessError.impossible("\(child.name) said ‘\(output.prefix(200))’ instead of its ready line")
        }
        return listeners
    }

    /// What its cost is read from.
    package var watched: WatchedBroker { .own(self) }

    /// Its own counters, by name, those of processes that were killed included; empty when it keeps none.
    package func counters() -> [String: UInt64] {
        endedLives.reduce(into: countersPath.map { CounterPage.read(path: $0) } ?? [:]) { sum, life in
            for (name, count) in life.counters where !Self.gauges.contains(name) { sum[name, default: 0] += count }
        }
    }

    /// Counters that say how much there is now: they end with their process.
    private static let gauges: Set = ["connections_open", "fetch_sessions_open"]

    package var isRunning: Bool { child.isRunning }
    /// Graceful drain, SIGKILL after 10 s. Returns whether it drained.
    @discardableResult package func stop() -> Bool { child.stop() }
    package func kill() { child.kill() }
    package func suspend() { child.signal(SIGSTOP) }
    package func resume() { child.signal(SIGCONT) }
}

extension ListenerPlan {
    /// `127.0.0.1:0,transfer=splice,buffer=131072`; port 0 takes a free one.
    func argument(port: UInt16) -> String {
        var text = "127.0.0.1:\(port)"
        if transfer == .tls { return text + ",security=tls" }
        if let transfer { text += ",transfer=\(transfer.rawValue)" }
        if let bufferBytes { text += ",buffer=\(bufferBytes)" }
        return text
    }

    /// As tables name it: `splice`, `copy 64 KiB`.
    package var label: String {
        guard let transfer else { return "default" }
        guard let bufferBytes else { return transfer.rawValue }
        let size = bufferBytes % (1 << 20) == 0 ? "\(bufferBytes >> 20) MiB" : "\(bufferBytes >> 10) KiB"
        return "\(transfer.rawValue) \(size)"
    }
}
