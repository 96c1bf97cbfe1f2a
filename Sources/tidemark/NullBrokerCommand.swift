// `tidemark null-broker`: reads and parses every byte, answers at once, keeps nothing.
internal import ArgumentParser
internal import Foundation
internal import Harness
internal import Host
internal import NullBroker

struct NullBrokerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "null-broker",
        abstract: "Serve Kafka's protocol without a log: the generator's own ceiling, a broker that breaks promises, or a second instrument for latencies.",
        discussion: "What --fault takes, where N is a count and a TIME is 200ms, 500us, 20ns or 1s:\n\n" + forms)

    @Option(help: "Address to listen on; port 0 takes a free one.") var listen = "127.0.0.1:0"
    @Option(help: "CPU nanoseconds to burn per request.") var busyNs: UInt64 = 0
    @Option(help: "Partitions of every topic.") var partitions: Int32 = 1
    @Flag(help: "Keep records in memory and serve them to consumers.") var keepRecords = false
    @Option(help: "A promise to break, as in drop:100; may be given several times. The forms are above.") var fault: [String] = []
    @Option(help: "Seed of the draws behind delays.") var seed: UInt64 = 1
    @Option(help: "Write how long each answer took by the broker's own clock, from taking the request to sending the answer: quantiles and histogram as JSON, at SIGUSR1 and at the end.")
    var stamps: String?
    @Option(help: "Congestion control of accepted connections.") var congestion = "cubic"

    private static var forms: String {
        FaultForm.all.map { "\($0.form), as \($0.example):\n    \($0.meaning)" }.joined(separator: "\n")
    }

    func run() throws {
        var configuration = NullBrokerConfiguration()
        let parts = listen.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else { throw ValidationError("--listen must be HOST:PORT, not ‘\(listen)’") }
        configuration.host = String(parts[0])
        configuration.port = port
        configuration.congestion = congestion.isEmpty ? nil : congestion
        configuration.partitionCount = partitions
        configuration.busyNanosecondsPerRequest = busyNs
        configuration.keepsRecords = keepRecords
        configuration.seed = seed
        configuration.keepsStamps = stamps != nil
        configuration.faults = try fault.map { text in
            guard let fault = Fault(text) else {
                throw ValidationError("‘\(text)’ is no fault; there are \(FaultForm.all.map(\.form).joined(separator: ", "))")
            }
            return fault
        }
        let broker = try NullBroker(configuration)
        if let stamps { try broker.reportAtSignals { times in Self.write(times, to: stamps) } }
        print("tidemark null-broker ready pid=\(getpid()) listeners=\(configuration.host):\(broker.port)")
        fflush(nil)
        try broker.run()
    }

    private static func write(_ times: AnswerTimes, to path: String) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        do {
            try encoder.encode(times).write(to: URL(filePath: path), options: .atomic)
        } catch {
            StandardError.write("tidemark: the stamps can't be written to \(path): \(error.localizedDescription)\n")
        }
    }
}
