// A build that is running, for one restart group.
internal import Client
internal import Gate
internal import Glibc
internal import Host
internal import Measurement

/// Started fresh, with a port and a data directory of its own. For the control thread.
final class RunningContender {
    let contender: Contender
    let target: BrokerTarget
    /// From the start to the first answer.
    let startSeconds: Double
    private let child: ChildProcess
    private let broker: BrokerProcess?
    /// Whose CPU is the broker's.
    private let pids: [Int32]

    struct Place {
        let port: UInt16
        let dataDirectory: String
        let logDirectory: String
    }

    /// How long a command may take until its broker answers: a virtual machine has to start, too.
    static let commandReadySeconds = 60.0

    /// Starts it and waits until it serves.
    ///
    /// - Throws: `HarnessError`, `ClientError`: what the side did not do.
    init(_ contender: Contender, _ plan: BrokerPlan, segmentBytes: Int64, at place: Place, _ interruption: Interruption) throws {
        self.contender = contender
        let startedAt = MonotonicClock.now()
        let label = contender.side.rawValue
        switch contender.launch {
        case .program(let path, let arguments):
            let broker = try BrokerProcess.start(
                plan, label: label, dataDirectory: place.dataDirectory, segmentBytes: segmentBytes, logDirectory: place.logDirectory,
                program: path, arguments: arguments, port: place.port, interruption: interruption)
            self.broker = broker
            child = broker.child
            target = broker.target
            pids = [broker.pid]
        case .command(let template):
            broker = nil
            child = try ChildProcess(
                name: label, program: "/bin/sh", arguments: ["-c", Self.fill(template, place)], logDirectory: place.logDirectory,
                placement: .init(cpus: plan.cpus, memory: plan.memory))
            do {
                pids = try Self.waitUntilServed(child, place.port, interruption)
            } catch {
                Self.end(child, [])
                throw error
            }
            target = BrokerTarget(bootstrap: HostPort("127.0.0.1:\(place.port)")!, process: nil, isOurs: true)
        }
        startSeconds = Double(MonotonicClock.now() - startedAt) / 1e9
    }

    static func fill(_ template: String, _ place: Place) -> String {
        let quoted = "'" + place.dataDirectory.replacing("'", with: "'\\''") + "'"
        let command = template.replacing("{port}", with: String(place.port)).replacing("{dir}", with: quoted)
        return isOneCommand(template) ? "exec " + command : command
    }

    /// Whether the shell can become the broker: then it dies with us, whatever ends us. Behind a shell that lives on it would not.
    private static func isOneCommand(_ template: String) -> Bool {
        let plain = template.replacing("{port}", with: "").replacing("{dir}", with: "")
        let first = plain.split(separator: " ").first ?? ""
        return !plain.contains { ";&|<>(){}\n".contains($0) } && !first.contains("=") && first != "exec"
    }

    /// - Returns: the processes that listen on the port: a shell between here and the broker has no CPU worth counting.
    private static func waitUntilServed(_ child: ChildProcess, _ port: UInt16, _ interruption: Interruption) throws -> [Int32] {
        var pids: [Int32] = []
        try child.wait(for: "answer on port \(port)", seconds: commandReadySeconds, interruption) {
            pids = ListeningProcess.pids(port: port)
            guard !pids.isEmpty else { return false }
            return (try? Admin(BrokerAddress(host: "127.0.0.1", port: port))) != nil
        }
        return pids
    }

    /// - Throws: `.childEnded` when it is gone.
    func requireRunning() throws(HarnessError) { try child.requireRunning() }

    /// How it ended, when it has or does so soon; nil when it lives on.
    func ending(within nanoseconds: UInt64) -> String? {
        let deadline = MonotonicClock.now() + nanoseconds
        while true {
            do throws(HarnessError) { try child.requireRunning() } catch { return error.description }
            guard MonotonicClock.now() < deadline else { return nil }
            MonotonicClock.sleep(nanoseconds: 5_000_000)
        }
    }

    /// CPU of its processes so far; nil when one is gone.
    var cpuNanoseconds: UInt64? {
        var sum: UInt64 = 0
        for pid in pids {
            guard let own = ProcessSample.cpuNanoseconds(of: pid) else { return nil }
            sum += own
        }
        return sum
    }

    /// Its own counters; empty for a broker that keeps none.
    func counters() -> [String: UInt64] { broker?.counters() ?? [:] }

    var processes: [Int32] { pids + [child.pid] }

    func stop() { Self.end(child, pids) }

    private static func end(_ child: ChildProcess, _ pids: [Int32]) {
        // A broker behind a shell hears of its end from us.
        for pid in pids where pid != child.pid { _ = Glibc.kill(pid, SIGTERM) }
        child.stop()
        // What a shell has left behind goes with its process group, also where nobody listened yet.
        _ = Glibc.kill(-child.pid, SIGKILL)
        for pid in pids where pid != child.pid { _ = Glibc.kill(pid, SIGKILL) }
    }
}
