// `tidemark second-instrument`: whether this harness's latencies are those that a broker stamped itself.
internal import ArgumentParser
internal import Foundation
internal import Harness
internal import Host
internal import Measurement
internal import NullBroker

struct SecondInstrumentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "second-instrument",
        abstract: "Lay this harness's latencies beside those that a null broker stamped of the same requests.",
        discussion: """
            Starts a null broker of its own, a process that holds answers back by a known mixture (\(SecondInstrument.mixture)) and stamps when it \
            took each request and when it answered, and sends it requests of which none waits for another. Each quantile of the service and of \
            the response time may be above the broker's by 50 µs and the timers' overshoot at that quantile, the response time also by how \
            late the harness itself says that it was (its schedule lag), and never below it. On a machine that takes longer than that to wake two \
            threads and to pass two sockets, no harness agrees: --path says what a bare echo takes there (microbench held-echo).
            Exit codes: 0 both say the same, 1 they do not, or the tool failed.
            """)

    @Option(help: "How long requests are sent, in whole seconds (10s).") var measure = "10s"
    @Option(help: "How often it is tried: a machine that stands still for one of the two and not for the other can part them, a wrong clock always does.")
    var attempts = 3
    @Option(help: "Add this to every latency of the harness before it is judged, as a clock that is stopped too late would: then this must fail.")
    var shift: String?
    @Option(help: "What a bare echo over loopback takes on this machine beyond its stamps, which each quantile may take too (80us); without it the bound is strict.")
    var path: String?
    @Flag(help: "One JSON array instead of a text, of the last attempt.") var json = false

    func validate() throws {
        guard let time = duration(of: measure), (1_000_000_000...600_000_000_000).contains(time), time % nanosecondsPerSecond == 0 else {
            throw ValidationError("--measure must be whole seconds from 1s to 10m, not ‘\(measure)’")
        }
        guard (1...10).contains(attempts) else { throw ValidationError("--attempts must be from 1 to 10, not \(attempts)") }
        if let path {
            guard let time = duration(of: path), (1...10_000_000).contains(time) else { throw ValidationError("--path must be a duration of at most 10ms such as 80us, not ‘\(path)’") }
        }
        if let shift {
            guard let time = duration(of: shift), (1...nanosecondsPerSecond).contains(time) else {
                throw ValidationError("--shift must be a duration of at most 1s such as 250us, not ‘\(shift)’")
            }
        }
    }

    func run() throws {
        var rows: [InstrumentComparison] = []
        for attempt in 1...attempts {
            do { rows = try laidBeside() } catch {
                StandardError.write("tidemark: \(error)\n")
                throw ExitStatus.toolError
            }
            if !json { Self.show(rows, attempt) }
            if rows.allSatisfy(\.agrees) { break }
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            print(String(decoding: try encoder.encode(rows), as: UTF8.self))
        }
        guard rows.allSatisfy(\.agrees) else { throw ExitStatus.toolError }
    }

    private static func show(_ rows: [InstrumentComparison], _ attempt: Int) {
        print("attempt \(attempt):")
        for row in rows { print("  \(row.text)") }
    }

    /// One load, on a null broker of its own.
    private func laidBeside() throws -> [InstrumentComparison] {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tidemark-instruments-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let stamps = directory.appending(path: "stamps.json")
        let broker = try BrokerProcess.startNull(
            busyNanoseconds: 0, label: "null-broker", cpus: nil, partitions: 1, arguments: ["--fault", SecondInstrument.mixture, "--stamps", stamps.path],
            logDirectory: directory.path, interruption: nil)
        defer { broker.kill() }
        var reading = try SecondInstrument.measure(broker: broker.listeners[0], seconds: (duration(of: measure) ?? 0) / nanosecondsPerSecond)
        guard broker.stop() else { throw HarnessError.impossible("the null broker did not end within 10 s, and its stamps are not whole") }
        let stamped = try JSONDecoder().decode(AnswerTimes.self, from: Data(contentsOf: stamps))
        if let late = shift.flatMap(duration(of:)) {
            for clock in SecondInstrument.clocks { reading = reading.shifted(clock, by: Int64(late)) }
        }
        return try reading.compared(with: stamped.produce.histogram, pathNanoseconds: path.flatMap(duration(of:)) ?? 0)
    }
}
