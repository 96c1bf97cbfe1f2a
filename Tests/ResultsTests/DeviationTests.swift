// What differs from another tool's files stands in the result, in the table and in the schema.
import Foundation
import Measurement
@testable import Results
import Testing

@Suite struct DeviationTests {
    private static let deviations = [
        DeviationRecord(key: "replicationFactor", asked: "3", used: "1", reason: "there is 1 broker"),
        DeviationRecord(key: "reset", asked: "true", reason: "no topic is removed that the run did not make"),
        DeviationRecord(key: "bootstrap.servers", reason: "the run starts a broker of its own"),
    ]

    @Test func `the table names every key, and in full why`() {
        var record = Sample.finished()
        record.deviations = Self.deviations
        let screen = ResultTable.text(record, .oneScreen(inFull: "report"))
        #expect(screen.contains("DEVIATES  replicationFactor 3 → 1 · reset true: no effect · bootstrap.servers: no effect\n"), "\(screen)")
        let full = ResultTable.text(record, .full)
        #expect(full.contains("DEVIATIONS from what the files asked for\n  replicationFactor 3 → 1: there is 1 broker\n"), "\(full)")
        #expect(!ResultTable.text(Sample.finished(), .full).contains("DEVIA"))
    }

    @Test func `deviations, intervals and what seconds have besides fit the schema, and come back as they were`() throws {
        var record = Sample.finished()
        record.deviations = Self.deviations
        let clock = IntervalQuantiles(count: 5, meanNanoseconds: 2.5, minimumNanoseconds: 1, maximumNanoseconds: 9, quantiles: [1, 2, 3, 4, 5, 6])
        record.phases[0].intervals = [IntervalRecord(firstSecond: 0, seconds: 10, clocks: ["response": clock])]
        record.phases[0].series[0].failedRecords = 3
        record.phases[0].series[0].unreadRecords = 4
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-test-\(UInt64.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: root) }
        let store = ResultStore(root: root)
        let writer = try RunWriter(store: store, record: record)
        try writer.finish(record)
        #expect(try validated([String(contentsOf: writer.directory.appendingPathComponent("run.json"), encoding: .utf8)]) == ["ok"])
        let read = try store.load(writer.directory)
        #expect(read.deviations == record.deviations && read.phases[0].intervals == record.phases[0].intervals && read.phases[0].series[0] == record.phases[0].series[0])
    }
}
