// `tidemark null-broker` as a second instrument and as a broker that breaks a promise: what it was told to do is what a client met with.
import Foundation
import Measurement
import NullBroker
import Results
import Testing

@Suite(.serialized) struct NullBrokerProgramTests {
    @Test func `a null broker that is told to end writes how long its answers took, and each has cost what it was told to burn`() throws {
        let base = "/var/tmp/tidemark-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: base) }
        let broker = try NullBrokerProgram(["--fault", "delays:3ms*0.7,9ms*0.3", "--stamps", base + "/stamps.json", "--busy-ns", "400000"])
        let atRest = try #require(broker.cpuNanoseconds)
        let client = Process()
        client.executableURL = Harnessed.products.appending(path: "tidemark")
        client.arguments = [
            "producer-perf", "--topic", "t", "--num-records", "300", "--record-size", "100", "--throughput", "1000", "--producer-props",
            "bootstrap.servers=\(broker.address)",
        ]
        client.standardOutput = FileHandle.nullDevice
        try client.run()
        client.waitUntilExit()
        #expect(client.terminationStatus == 0)
        let used = try #require(broker.cpuNanoseconds) - atRest
        kill(broker.process.processIdentifier, SIGTERM)
        broker.process.waitUntilExit()
        #expect(broker.process.terminationReason == .exit && broker.process.terminationStatus == 0)
        let times = try JSONDecoder().decode(AnswerTimes.self, from: Data(contentsOf: URL(filePath: base + "/stamps.json")))
        #expect((1...300).contains(times.produce.requests) && times.produce.histogram.count == times.produce.requests && times.fetch.requests == 0)
        // None left before the shorter of the two times.
        #expect(try #require(times.produce.histogram.minimumNanoseconds) >= 3_000_000)
        let told = times.produce.requests * 400_000
        #expect(used >= told && used < told * 3 / 2 + 50_000_000, "\(used) ns for \(times.produce.requests) requests")
    }

    @Test func `one record that is left out of thousands is missed by the readers of the tail, and the run is invalid`() throws {
        let broker = try NullBrokerProgram(["--keep-records", "--partitions", "2", "--fault", "drop-record:5500"])
        let run = try Harnessed(
            "smoke", settings: ["phases={warmUp: 200ms, steadyWait: 0s, steady: 1s, coolDown: 0s}", "producers.arrivals=fixed", "producers.linger=5ms"],
            options: ["--bootstrap", broker.address])
        // It serves as long as it lives.
        defer { withExtendedLifetime(broker) { run.remove() } }
        #expect(run.finish() == 5, "\(run.printed)")
        let record = try run.record()
        let steady = try record.phase("steady")
        #expect(steady.counters["audit_lost"] == 1 && steady.counters["consumed_records"] ?? 0 > 4000, "\(steady.counters)")
        let reasons = try #require(record.verdict).reasons
        #expect(reasons.contains { $0.rule == "audit" && $0.text.contains("1 acknowledged records are lost") }, "\(reasons)")
        #expect(run.printed.contains("INVALID"), "\(run.printed)")
    }
}
