// Reads a broker of any make on its own host, once a second, into a file that a run's result can be joined with.
internal import Foundation
internal import Glibc
internal import Host
internal import Measurement
internal import Results
internal import Topology

package struct ProbeOptions: Sendable {
    package var pid: Int32
    package var dataDirectory: String
    /// A file that is not there yet.
    package var output: String
    /// Nanoseconds; nil: until the process ends, or somebody ends the probe.
    package var longest: UInt64?
    /// Of this program.
    package var software: String

    package init(pid: Int32, dataDirectory: String, output: String, longest: UInt64? = nil, software: String) {
        self.pid = pid
        self.dataDirectory = dataDirectory
        self.output = output
        self.longest = longest
        self.software = software
    }
}

/// One probe. Every line is written when it is read, so a probe that is killed leaves all of them but the one under way.
package final class Probe {
    package enum End: Sendable { case stopped, processEnded, timeUp }

    /// What it came to.
    package struct Summary: Sendable {
        package let end: End
        package let lines: Int
        package let seconds: Double
        /// Of one CPU: what the probing itself cost.
        package let ownCPUShare: Double
        /// Why nothing is known of the segment files, when the last line knew nothing.
        package let segmentsUnavailable: String?
    }

    package let header: ProbeHeader
    private let options: ProbeOptions
    private let file: Int32
    private let device: String?
    private let redaction = Redaction.ofThisMachine()
    private let startedAt = MonotonicClock.now()
    private let ownCPUAtStart: UInt64
    private var tree: ProcessTreeReader
    private var segments: SegmentFiles
    private var marks: [ProbeLine.Mark] = []
    private var lines = 0
    private var segmentsUnavailable: String?

    /// Marks of CPU, and every tenth of them a line.
    static let markNanoseconds: UInt64 = 100_000_000
    static let marksPerLine = 10
    static let hottestThreads = 4

    /// Looks at everything once and writes the first line.
    ///
    /// - Throws: `ProbeError`, and `TopologyError` for a directory that is not there.
    package init(_ options: ProbeOptions) throws {
        guard let tree = ProcessTreeReader(root: options.pid), let own = ProcessSample.cpuNanoseconds(of: getpid()) else {
            throw ProbeError.noProcess(pid: options.pid)
        }
        let disk = try DataDirectory.identify(options.dataDirectory)
        self.options = options
        self.tree = tree
        ownCPUAtStart = own
        segments = SegmentFiles(under: options.dataDirectory)
        device = disk.hardware?.name
        header = Self.header(options, tree.program, disk, redaction)
        let descriptor = open(options.output, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            let failure = errno
            if failure == EEXIST { throw ProbeError.exists(path: options.output) }
            throw ProbeError.system(call: "open", path: options.output, reason: String(cString: strerror(failure)))
        }
        file = descriptor
        try append(header)
    }

    deinit { close(file) }

    private static func header(_ options: ProbeOptions, _ program: String, _ disk: DataDirectory, _ redaction: Redaction) -> ProbeHeader {
        let identity = RunIdentity.new(profileName: "probe")
        var environment = EnvironmentRecord.read(MachineDescription.read(), disk: disk, traits: [], brokerIsHere: true)
        environment.redact(by: redaction)
        var record = DiskRecord.describe(disk, name: "data directory")
        record.redact()
        return ProbeHeader(
            id: identity.shortID, startedAt: identity.startedAt, software: options.software, program: redaction.text(program), probePID: getpid(),
            environment: environment, disk: record)
    }

    /// Reads until `isStopped` says so, the process ends or the time is up.
    ///
    /// - Parameter isStopped: asked ten times a second.
    /// - Throws: `ProbeError` when a line cannot be written.
    package func run(until isStopped: () -> Bool) throws -> Summary {
        let end = try read(until: isStopped)
        let seconds = Double(MonotonicClock.now() - startedAt) / 1e9
        return Summary(
            end: end, lines: lines, seconds: seconds, ownCPUShare: seconds > 0 ? Double(ownCPU) / 1e9 / seconds : 0,
            segmentsUnavailable: segmentsUnavailable)
    }

    private func read(until isStopped: () -> Bool) throws -> End {
        guard try line() else { return .processEnded }
        var next = startedAt
        var tick = 0
        while true {
            tick += 1
            // Behind a reading that took longer, what was due meanwhile is left out, so that the probing never takes a whole CPU.
            next = max(next + Self.markNanoseconds, MonotonicClock.now())
            MonotonicClock.sleep(until: next)
            let isOver = options.longest.map { MonotonicClock.now() - startedAt >= $0 } ?? false
            let stopped = isStopped()
            if isOver || stopped {
                // A last line, so that the file reaches to here.
                return try line() ? (stopped ? .stopped : .timeUp) : .processEnded
            }
            if tick % Self.marksPerLine == 0 {
                guard try line() else { return .processEnded }
            } else {
                marks.append(.init(time: MonotonicClock.now(), cpuNanoseconds: tree.cpuNanoseconds()))
            }
        }
    }

    private var ownCPU: UInt64 { (ProcessSample.cpuNanoseconds(of: getpid()) ?? ownCPUAtStart) - ownCPUAtStart }

    /// - Returns: false when the process has ended.
    private func line() throws -> Bool {
        guard let process = tree.read() else { return false }
        let clocks = ClockPair.read()
        var found: SegmentReading?
        segmentsUnavailable = nil
        do { found = try segments.read() } catch { segmentsUnavailable = "\(error)" }
        try append(
            ProbeLine(
                clocks: clocks, process: process, marks: marks, placement: placement(), hottest: hottest(),
                host: HostSample.take(devices: device.map { [$0] } ?? []), segments: found, segmentsUnavailable: segmentsUnavailable,
                probeCPUNanoseconds: ownCPU))
        marks.removeAll(keepingCapacity: true)
        lines += 1
        return true
    }

    private func placement() -> [ProbeLine.Place] {
        Dictionary(grouping: tree.threads, by: \.cpu).sorted { $0.key < $1.key }.map { cpu, threads in
            ProbeLine.Place(cpu: cpu, threads: threads.count, onCPUSeconds: threads.reduce(0) { $0 + $1.onCPUSeconds })
        }
    }

    private func hottest() -> [ThreadUsage] {
        tree.threads.filter { $0.onCPUSeconds > 0 }.sorted { $0.onCPUSeconds > $1.onCPUSeconds }.prefix(Self.hottestThreads).map { thread in
            var thread = thread
            thread.name = redaction.text(thread.name)
            return thread
        }
    }

    /// One line, one write(2).
    private func append(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(value) + Data("\n".utf8)
        let written = data.withUnsafeBytes { write(file, $0.baseAddress!, $0.count) }
        guard written == data.count else {
            let reason = written < 0 ? String(cString: strerror(errno)) : "wrote \(written) of \(data.count) bytes"
            throw ProbeError.system(call: "write", path: options.output, reason: reason)
        }
    }
}
