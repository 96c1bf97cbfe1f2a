// `tidemark ceiling`: how fast and how punctual the load generator itself is on this machine.
internal import ArgumentParser
internal import Foundation
internal import Harness
internal import Host

struct CeilingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ceiling", abstract: "What the load generator itself can do: as fast as it can, then by a schedule at a share of that.",
        discussion: "The broker is to be a `tidemark null-broker`, which keeps nothing. No result is stored, and nothing is audited.")

    @Option(help: "Where the null broker listens, HOST:PORT.") var bootstrap: String
    @Option(help: "Bytes of a record's value.") var recordBytes = 1_024
    @Option(help: "Bytes of a batch.") var batchBytes = 65_536
    @Option(help: "How long a batch waits for more records (5ms).") var linger = "0ms"
    @Option(help: "Requests on the way on a connection.") var inFlight = 5
    @Option(help: "Producers, each with a connection and a thread of its own.") var producers = 1
    @Option(help: "Partitions that the null broker has.") var partitions = 1
    @Flag(help: "Number batches, so that a broker can tell a repetition.") var idempotent = false
    @Option(help: "How long each of the two is measured (10s).") var measure = "10s"
    @Option(help: "The schedule's share of what was reached; none: no schedule.") var share = "50%"
    @Option(help: "The schedule's rate instead, records a second.") var rate: Double?
    @Flag(help: "One JSON object instead of a text.") var json = false

    private struct Reading: Codable {
        var throughput: GeneratorCeiling.Throughput?
        var punctuality: GeneratorCeiling.Punctuality?
    }

    func validate() throws {
        guard HostPort(bootstrap) != nil else { throw ValidationError("--bootstrap must be HOST:PORT, not ‘\(bootstrap)’") }
        guard (32...1 << 20).contains(recordBytes) else { throw ValidationError("--record-bytes must be from 32, the bytes of a record's stamp, to 1048576") }
        guard batchBytes >= recordBytes + 128, batchBytes <= 16 << 20 else { throw ValidationError("--batch-bytes must hold a record and 128 bytes of frame, and be 16 MiB at most") }
        guard let time = duration(of: measure), (1_000_000_000...600_000_000_000).contains(time) else { throw ValidationError("--measure must be a duration from 1s to 10m") }
        guard duration(of: linger) != nil else { throw ValidationError("--linger must be a duration such as 5ms") }
        guard share == "none" || fraction(of: share) != nil else { throw ValidationError("--share must be a share such as 50%, or none") }
        guard (1...256).contains(producers), (1...10_000).contains(partitions), (1...1_000).contains(inFlight) else {
            throw ValidationError("--producers must be from 1 to 256, --partitions to 10000, --in-flight to 1000")
        }
        guard !idempotent || inFlight <= 5 else { throw ValidationError("idempotent producers keep at most 5 requests in flight") }
        if let rate, rate <= 0 { throw ValidationError("--rate must be above 0") }
    }

    func run() throws {
        var plan = ProducersPlan()
        plan.count = producers
        plan.recordBytes = recordBytes
        plan.batchBytes = batchBytes
        plan.lingerNanoseconds = duration(of: linger) ?? 0
        plan.inFlight = inFlight
        plan.idempotent = idempotent
        let ceiling = GeneratorCeiling(plan, broker: HostPort(bootstrap)!, topic: "ceiling", partitions: partitions)
        let time = duration(of: measure) ?? 0
        var reading = Reading()
        do {
            if rate == nil { reading.throughput = try ceiling.throughput(nanoseconds: time) }
            let asked = rate ?? fraction(of: share).flatMap { share in reading.throughput.map { $0.recordsPerSecond * share } }
            if let asked { reading.punctuality = try ceiling.punctuality(recordsPerSecond: asked, nanoseconds: time) }
        } catch {
            StandardError.write("tidemark: \(error)\n")
            throw ExitStatus.toolError
        }
        guard !json else {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return print(String(decoding: try encoder.encode(reading), as: UTF8.self))
        }
        if let reached = reading.throughput { print(reached.text) }
        if let kept = reading.punctuality { print(kept.text) }
    }
}
