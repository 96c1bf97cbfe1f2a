// What `microbench engine-append` answers becomes the engine's row of the append heights.
import Foundation
import Measurement
import Results
import Testing

@testable import Harness

@Suite struct EngineHeightTests {
    private func engineHeight(_ fields: String, _ durability: Durability) throws -> EngineHeight {
        let json = #"{"program": "microbench", "engine": {"bytes": 1, "GBps": 2.5, "recordsPerSecond": 1}, "pairs": 5, \#(fields)}"#
        return EngineHeight(
            report: try JSONDecoder().decode(EngineReport.self, from: Data(json.utf8)), label: "64 KiB batches", durability: durability)
    }

    private func compared(_ median: Double = 0.96, cpu: Double = 0.98, sync: String = "null") -> String {
        #""limit": {"GBps": 2.6}, "ratio": {"median": \#(median), "low": 0.9, "high": 1.01}, "appenderCPUShare": \#(cpu), "syncShare": \#(sync)"#
    }
    /// As it stands in the answer of a durability that the C loop lacks.
    private let alone = #""limit": null, "ratio": null, "appenderCPUShare": 0.93, "syncShare": 0.4"#

    @Test func `beside the C loop the row and the figure have its share`() throws {
        let height = try engineHeight(compared(), .none)
        let row = height.row(deviceMBps: 1_000)
        #expect(row.accepted.value == 2_500 && row.fractionOfBelow == 2.5 && row.durability == "none")
        #expect(row.note == "96 % of a C loop, 98 % of the time on a CPU")
        #expect(height.ofLimit.value == 0.96 && height.ofLimit.samples == 5 && height.ofLimit.note?.hasSuffix("0.90…1.01") == true)
    }

    @Test func `what lay in its logs before is told`() throws {
        let full = try engineHeight(compared() + #", "storedBytes": 1073741824"#, .none), empty = try engineHeight(compared() + #", "storedBytes": 0"#, .none)
        #expect(full.row(deviceMBps: nil).note == "96 % of a C loop, 98 % of the time on a CPU, 1.1 GB stored before it")
        #expect(empty.row(deviceMBps: nil).note == "96 % of a C loop, 98 % of the time on a CPU")
    }

    @Test(arguments: [Durability.interval(milliseconds: 200), .messages(10_000)])
    func `a durability that the C loop lacks has a row, which says why nothing stands beside it`(durability: Durability) throws {
        let height = try engineHeight(alone, durability)
        let row = height.row(deviceMBps: nil)
        #expect(row.accepted.value == 2_500 && row.fractionOfBelow == nil && row.durability == durability.description)
        #expect(row.bindingResource == "CPU")
        #expect(row.note == "no limit in C (the C loop forces each append or none), 93 % of the time on a CPU, 40 % in fdatasync")
        #expect(height.ofLimit.value == nil && height.ofLimit.unavailable?.hasSuffix("never \(durability.description)") == true)
    }

    @Test(arguments: [
        (0.96, 0.98, "null", "page-cache copy and CRC"), (0.7, 0.98, "null", "CPU"),
        // As good as the C loop, and both wait for the disk.
        (0.96, 0.1, "0.85", "disk"),
        // A sync beside which the appending thread goes on does not hold it back.
        (0.96, 0.9, "0.95", "page-cache copy and CRC"),
        (0.96, 0.3, "0.2", "unknown"), (0.96, 0.3, "null", "unknown"),
    ])
    func `what binds the engine is where its thread was`(median: Double, cpu: Double, sync: String, resource: String) throws {
        let height = try engineHeight(compared(median, cpu: cpu, sync: sync), .everyAppend)
        #expect(height.row(deviceMBps: nil).bindingResource == resource)
    }

    @Test(arguments: [
        // In flight: five requests of a batch a partition, as far as a loop's receive memory takes them.
        (2 << 10, 2, 1, 10, "10 × 2 KiB to 2 logs"), (64 << 10, 1, 1, 5, "5 × 64 KiB to one log"), (64 << 10, 1000, 1, 20, "20 × 64 KiB to 1000 logs"),
        (64 << 10, 2, 8, 20, "20 × 64 KiB to 2 logs"), (256 << 10, 2, 1, 5, "5 × 256 KiB to 2 logs"), (1 << 20, 2, 1, 1, "1 × 1 MiB to 2 logs"),
        (16 << 20, 2, 1, 1, "1 × 16 MiB to 2 logs"),
    ])
    func `the engine gets as many batches at a time as a loop of the broker can`(bytes: Int, partitions: Int, producers: Int, batches: Int, label: String) {
        var plan = AppendHeadlinePlan()
        (plan.batchBytes, plan.producers) = (bytes, producers)
        #expect(EngineHeight.batchesOfTick(plan, partitions: partitions) == batches)
        #expect(EngineHeight.label(plan, partitions: partitions) == label)
    }

    @Test(arguments: [
        ("", true), ("broker: {settings: {log.preallocate: false}}", false), ("broker: {settings: {log.preallocate: true}}", true),
        ("topic: {settings: {preallocate: false}}", false), ("topic: {settings: {preallocate: true}}\nbroker: {settings: {log.preallocate: false}}", true),
    ])
    func `the engine reserves space where the broker does`(settings: String, reserves: Bool) throws {
        let profile = try Profile.parse("question: q\nname: n\nheadlines: {append: true}\n\(settings)\n", path: "n.yaml")
        #expect(EngineHeight.preallocates(profile) == reserves)
    }
}
