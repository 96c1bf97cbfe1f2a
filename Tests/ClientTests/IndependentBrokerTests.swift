import Client
import Foundation
import Host
import Reactor
import Records
import Testing

/// librdkafka's mock cluster in a Python of its own: `TIDEMARK_PYTHON`, else `python3`; without it or without
/// confluent-kafka the test fails.
private final class MockCluster {
    private let process = Process()
    let address: BrokerAddress

    init() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let script = tests.appendingPathComponent("Interop/independent_broker.py")
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [ProcessInfo.processInfo.environment["TIDEMARK_PYTHON"] ?? "python3", script.path]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        address = try #require(
            line.split(whereSeparator: { $0 == "," || $0 == "\n" }).first.flatMap { BrokerAddress(String($0)) },
            "needs Python with the package confluent-kafka; run Scripts/test")
    }

    deinit {
        // Not SIGTERM: a child of a Dispatch thread inherits its mask, which blocks it.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

@Suite struct IndependentBrokerTests {
    @Test(arguments: [true, false])
    func `a cluster by other people takes and gives every record, from several leaders`(isIdempotent: Bool) throws {
        let cluster = try clusterWithSeveralLeaders()
        let stage = try Stage(at: cluster.address)
        let sink = AcknowledgementSink()
        let producer = try stage.producer(sink) { $0.isIdempotent = isIdempotent }
        try stage.send(5000, with: producer)
        #expect(sink.failures == [] && producer.counters.acknowledgedRecords == 5000)
        let read = try stage.readBack(atLeast: 5000)
        #expect(read.isExact && read.count == 5000)
    }

    /// It draws its leaders by lot, and all of them may be one.
    private func clusterWithSeveralLeaders() throws -> MockCluster {
        for _ in 0..<20 {
            let cluster = try MockCluster()
            // It has no CreateTopics: asking for a topic makes it.
            _ = try Admin(cluster.address).metadata(["records"], mayCreate: true)
            let leaders = try Admin(cluster.address).metadata(["records"]).topic("records")?.partitions.compactMap(\.leader)
            if Set(leaders ?? []).count > 1 { return cluster }
        }
        throw NoSpread()
    }

    private struct NoSpread: Error {}
}
