// `tidemark null-broker`: reads and parses every byte, answers at once, keeps nothing.
internal import ArgumentParser
internal import Glibc
internal import Harness
internal import NullBroker

struct NullBrokerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "null-broker",
        abstract: "Serve Kafka's protocol without a log: the generator's own ceiling, or a broker that breaks promises.")

    @Option(help: "Address to listen on; port 0 takes a free one.") var listen = "127.0.0.1:0"
    @Option(help: "CPU nanoseconds to burn per request.") var busyNs: UInt64 = 0
    @Option(help: "Partitions of every topic.") var partitions: Int32 = 1
    @Flag(help: "Keep records in memory and serve them to consumers.") var keepRecords = false
    @Option(help: "A promise to break, as in drop-acknowledgements:100.") var fault: [String] = []
    @Option(help: "Congestion control of accepted connections.") var congestion = "cubic"

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
        configuration.faults = try fault.map { text in
            guard let fault = Fault(text) else { throw ValidationError("‘\(text)’ is no fault") }
            return fault
        }
        let broker = try NullBroker(configuration)
        print("tidemark null-broker ready pid=\(getpid()) listeners=\(configuration.host):\(broker.port)")
        fflush(nil)
        try broker.run()
    }
}
