// A run against a broker that is not ours: librdkafka's mock cluster.
import Foundation
import Measurement
import Results
import Testing

@Suite(.serialized) struct IndependentBrokerRunTests {
    /// In a Python of its own: `TIDEMARK_PYTHON`, else `python3`. It has no CreateTopics, so the topic is there already.
    private final class MockCluster {
        private let process = Process()
        let address: String

        init(topic: String) throws {
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [
                ProcessInfo.processInfo.environment["TIDEMARK_PYTHON"] ?? "python3",
                Harnessed.repository.appending(path: "Tests/Interop/independent_broker.py").path, topic,
            ]
            let output = Pipe()
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            address = String(try #require(
                line.split(whereSeparator: { $0 == "," || $0 == "\n" }).first, "needs Python with the package confluent-kafka; run Scripts/test"))
        }

        deinit {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    @Test func `a broker of other make is measured and audited, and what it can't tell is n slash a with the reason`() throws {
        let cluster = try MockCluster(topic: "orders")
        let run = try Harnessed(
            "smoke", settings: ["producers.rate=2000", "phases.warmUp=300ms", "phases.steady=2s"],
            options: ["--bootstrap", cluster.address, "--existing-topics", "orders", "--full"])
        defer { run.remove() }
        let code = run.finish()
        // 5: the machine was disturbed, which says nothing of the records.
        #expect(code == 0 || code == 5, "\(run.printed)")
        let record = try run.record()
        #expect(record.complete && record.software.broker == "external broker at \(cluster.address)")
        #expect(record.facts.first?.audit == .passed && record.facts.first?.unexpectedErrors == [:], "\(run.printed)")
        let steady = try record.phase("steady")
        let scheduled = try #require(steady.counters["scheduled_records"])
        #expect((3_600...4_400).contains(scheduled), "2000/s for 2 s, poisson: \(scheduled)")
        #expect(steady.counters["acknowledged_records"] == scheduled && steady.counters["consumed_records"] == scheduled)
        for clock in ["schedule_lag", "client_delay", "service", "response", "end_to_end", "hiccup"] {
            #expect((steady.histograms[clock]?.count ?? 0) > 500, "\(clock)")
        }
        let costs = try #require(steady.costs)
        #expect(costs.broker == nil)
        #expect(!costs.metrics.isEmpty && costs.metrics.allSatisfy { $0.value == nil && $0.unavailable?.contains("is not a process of this run") == true })
        #expect(run.printed.contains("n/a") && run.printed.contains("is not a process of this run"), "\(run.printed)")
        #expect(run.leftFolders == [])
    }
}
