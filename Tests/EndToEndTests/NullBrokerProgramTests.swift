// `tidemark null-broker` as a second instrument: what it wrote is what a client met with.
import Foundation
import Measurement
import NullBroker
import Testing

@Suite(.serialized) struct NullBrokerProgramTests {
    @Test func `a null broker that is told to end writes how long its answers took`() throws {
        let base = "/var/tmp/tidemark-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: base) }
        let broker = Process(), output = Pipe(), program = Harnessed.products.appending(path: "tidemark")
        broker.executableURL = program
        broker.arguments = ["null-broker", "--fault", "delays:3ms*0.7,9ms*0.3", "--stamps", base + "/stamps.json"]
        broker.standardOutput = output
        try broker.run()
        defer { if broker.isRunning { kill(broker.processIdentifier, SIGKILL) } }
        let ready = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let address = try #require(ready.split(separator: " ").first { $0.hasPrefix("listeners=") }?.dropFirst("listeners=".count))
        let client = Process()
        client.executableURL = program
        client.arguments = [
            "producer-perf", "--topic", "t", "--num-records", "300", "--record-size", "100", "--throughput", "1000", "--producer-props",
            "bootstrap.servers=\(address.trimmingCharacters(in: .whitespacesAndNewlines))",
        ]
        client.standardOutput = FileHandle.nullDevice
        try client.run()
        client.waitUntilExit()
        #expect(client.terminationStatus == 0)
        kill(broker.processIdentifier, SIGTERM)
        broker.waitUntilExit()
        #expect(broker.terminationReason == .exit && broker.terminationStatus == 0)
        let times = try JSONDecoder().decode(AnswerTimes.self, from: Data(contentsOf: URL(filePath: base + "/stamps.json")))
        #expect((1...300).contains(times.produce.requests) && times.produce.histogram.count == times.produce.requests && times.fetch.requests == 0)
        // None left before the shorter of the two times.
        #expect(try #require(times.produce.histogram.minimumNanoseconds) >= 3_000_000)
    }
}
