// The system under test as a process of its own.
internal import Foundation
internal import Glibc
internal import Host
package import Topology

/// A `tidemarkd` (or null broker) that this run started, ready and listening.
package final class BrokerProcess {
    package let child: ChildProcess
    package let plan: BrokerPlan
    /// In the order of the plan's listeners.
    package let listeners: [HostPort]
    package let dataDirectory: String
    private let countersPath: String

    package var pid: Int32 { child.pid }
    package var target: BrokerTarget { BrokerTarget(bootstrap: listeners[0], process: self) }

    /// How long a broker may take to say that it is ready: recovery of nothing, so this is generous.
    static let readySeconds = 20.0

    /// Starts `tidemarkd serve` on free loopback ports and waits for its ready line.
    ///
    /// - Parameters:
    ///   - program: of the same command line; nil: the `tidemarkd` of this build.
    ///   - arguments: more for its command line.
    ///   - port: of the first listener; 0: a free one.
    package static func start(
        _ plan: BrokerPlan, label: String, dataDirectory: String, segmentBytes: Int64, logDirectory: String,
        program: String? = nil, arguments: [String] = [], port: UInt16 = 0, interruption: Interruption?
    ) throws -> BrokerProcess {
        let counters = "\(logDirectory)/\(label).counters"
        var words = ["serve"] + arguments
        for (index, listener) in plan.listeners.enumerated() { words += ["--listen", listener.argument(port: index == 0 ? port : 0)] }
        words += ["--data-dir", dataDirectory, "--loops", String(plan.loops), "--counters", counters]
        var settings = plan.durability.brokerSettings
        settings["log.segment.bytes"] = String(segmentBytes)
        settings.merge(plan.settings) { _, explicit in explicit }
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) { words += ["--set", "\(key)=\(value)"] }
        if let cpus = plan.cpus { words += ["--pin", cpus.cpus.map(String.init).joined(separator: ",")] }
        let child = try ChildProcess(
            name: label, program: try program ?? Programs.path(of: "tidemarkd"), arguments: words, logDirectory: logDirectory,
            placement: .init(cpus: plan.cpus, memory: plan.memory))
        return try BrokerProcess(child, plan, "tidemarkd", dataDirectory, counters, interruption)
    }

    /// Starts `tidemark null-broker`, which reads and parses everything and answers at once.
    ///
    /// - Parameter busyNanoseconds: CPU burnt per request, to stand for a real broker's.
    package static func startNull(
        busyNanoseconds: UInt64, label: String, cpus: CPUSet?, partitions: Int, logDirectory: String, interruption: Interruption?
    ) throws -> BrokerProcess {
        let counters = "\(logDirectory)/\(label).counters"
        let words = ["null-broker", "--listen", "127.0.0.1:0", "--busy-ns", String(busyNanoseconds), "--partitions", String(partitions)]
        let child = try ChildProcess(
            name: label, program: try Programs.path(of: "tidemark"), arguments: words, logDirectory: logDirectory,
            placement: .init(cpus: cpus))
        return try BrokerProcess(child, BrokerPlan(), "null-broker", "", counters, interruption)
    }

    private init(
        _ child: ChildProcess, _ plan: BrokerPlan, _ program: String, _ dataDirectory: String, _ counters: String,
        _ interruption: Interruption?
    ) throws {
        self.child = child
        self.plan = plan
        self.dataDirectory = dataDirectory
        countersPath = counters
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

    /// What its cost is read from: it starts no process of its own.
    package var watched: WatchedBroker { WatchedBroker(pid: pid, includesDescendants: false, countersPath: countersPath) }
    /// Its own counters, by name; empty when it keeps none.
    package func counters() -> [String: UInt64] { watched.counters() }

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
