// What lies in a log before an append to it is measured: asked for, paid for, written first, and counted apart.
import Foundation
import Measurement
import Results
import Testing
import Topology

@testable import Harness

@Suite(.serialized) struct StoredAppendTests {
    private func profile(_ append: String) throws(ProfileError) -> Profile {
        try Profile.parse("question: q\nname: p\ntopic: {partitions: 2}\nheadlines: {append: {\(append)}}\n", path: "p.yaml")
    }

    @Test(arguments: [("stored: 0B", 0), ("stored: 1GiB", 1 << 30), ("stored: 64GiB", 64 << 30), ("steady: 1s", 0)] as [(String, Int64)])
    func `a profile says how much lies in the log, and by default nothing does`(append: String, bytes: Int64) throws {
        #expect(try profile(append).headlines.append?.storedBytes == bytes)
    }

    @Test(arguments: ["-1", "65GiB", "much", "0.3B", "[1GiB, 4GiB]"])
    func `what is no size, or more than an audit reads back, is refused with its name`(stored: String) {
        let error = #expect(throws: ProfileError.self) { try profile("stored: \(stored)") }
        #expect(error?.message.contains("headlines.append.stored") == true && error?.line == 4, "\(stored): \(String(describing: error))")
    }

    @Test func `more than the topic keeps is refused, by append and by a disk's append alike`() throws {
        func read(_ headlines: String) throws(ProfileError) -> Profile {
            try Profile.parse("question: q\nname: p\ntopic: {partitions: 2, retentionBytes: 512MiB}\nproducers: {rate: 100}\nheadlines: {\(headlines)}\n", path: "p.yaml")
        }
        #expect(try read("append: {stored: 1GiB}, disk: {append: {stored: 1GiB}}").headlines.append?.storedBytes == 1 << 30)
        for (headlines, key) in [("append: {stored: 1200MiB}", "headlines.append.stored"), ("disk: {append: {stored: 2GiB}}", "headlines.disk.append.stored")] {
            let error = #expect(throws: ProfileError.self) { try read(headlines) }
            #expect(error?.message.contains("‘\(key)’") == true && error?.message.contains("1.1 GB in 2 partitions") == true, "\(String(describing: error))")
        }
    }

    @Test func `it is part of what a run takes of the disk and of the time, and a disk without room for it is refused`() throws {
        func cost(_ stored: String) throws -> HeadlineCost {
            let profile = try profile("atMost: 8GiB, stored: \(stored)")
            return AppendThroughput(plan: try #require(profile.headlines.append)).cost(profile, machine: .read())
        }
        let (empty, full) = (try cost("0B"), try cost("4GiB"))
        // With a twentieth for frames and indexes; for the engine and for the broker at 500 MB/s.
        #expect(full.diskBytes - empty.diskBytes == (4 << 30) + (4 << 30) / 20)
        let filling = Double(full.loadNanoseconds - empty.loadNanoseconds) / 1e9
        let expected: Double = 2 * 4_294_967_296 / 500e6
        #expect(abs(filling - expected) < 0.001)
        #expect(empty.assumption?.contains("stored") == false && full.assumption?.hasSuffix("behind 4.3 GB that are stored") == true)
        func check(_ cost: HeadlineCost) throws(HarnessError) {
            var plan = RunPlan()
            plan.add("append", cost)
            try plan.check(freeBytes: 2 * empty.diskBytes, directory: "D")
        }
        try check(empty)
        let error = #expect(throws: HarnessError.self) { try check(full) }
        #expect(error?.description.contains("4.3 GB that are stored") == true, "\(String(describing: error))")
    }

    @Test(arguments: [("stored: 1GiB", "1073741824"), ("steady: 1s", "0")])
    func `the engine is asked for logs that hold as much`(append: String, bytes: String) throws {
        let profile = try profile(append)
        let arguments = EngineHeight.arguments(try #require(profile.headlines.append), profile, directory: "/d", seconds: 1.5, pairs: 5)
        let place = try #require(arguments.firstIndex(of: "--stored-bytes"))
        #expect(arguments[place + 1] == bytes && arguments.prefix(3) == ["engine-append", "--dir", "/d"] && arguments.last == "--json")
    }

    @Test(arguments: [("steady: 1s", 1024), ("atMost: 4GiB", 1024), ("atMost: 64MiB", 64), ("atMost: 1MiB", 1)] as [(String, Int64)])
    func `a pass of the engine writes no more than the load may, and a gibibyte at most`(append: String, mebibytes: Int64) throws {
        let profile = try profile(append)
        let plan = try #require(profile.headlines.append)
        let arguments = EngineHeight.arguments(plan, profile, directory: "/d", seconds: 1.5, pairs: 5)
        let place = try #require(arguments.firstIndex(of: "--most-mebibytes"))
        #expect(arguments[place + 1] == "\(mebibytes)")
        // Of a small load the passes are what takes most of the disk.
        let cost = AppendThroughput(plan: plan).cost(profile, machine: .read())
        #expect(cost.diskBytes >= 4 * mebibytes << 20)
        if mebibytes == 64 { #expect(cost.diskBytes < 1 << 30, "\(cost)") }
    }

    // MARK: by a load

    /// Runs a load of a lane that takes 100 MB/s, with 20 MB of its own behind what is stored.
    private func load(_ lane: FakeProducerLane, _ change: @escaping (inout LoadPlan) -> Void, _ look: @escaping (LoadOutcome) throws -> Void) throws {
        let text = """
            question: q
            name: fake
            producers: {mode: max, recordBytes: 1000}
            phases: {warmUp: 0s, steadyWait: 0s, steady: 5s, coolDown: 0s}
            """
        let part = Part { context in
            var plan = LoadPlan(context.profile, label: "append", topic: "t")
            plan.byteBudget = 20_000_000
            change(&plan)
            try look(try context.load(plan, on: context.externalTarget()))
        }
        var profile = try Profile.parse(text, path: "fake.yaml")
        profile.headlines.placement = PlacementHeadlinePlan()
        _ = try runWithoutBroker(profile, FakeFleet([lane]), measurements: [part])
    }

    @Test func `a load writes it before everything else, and neither its budget nor who follows it counts that`() throws {
        let lane = FakeProducerLane(eventsPerSecond: 100_000, recordBytes: 1000)
        var followed: [UInt64] = []
        var begunAtFill = 0
        try load(lane) { plan in
            // No whole number of records: they hold it, with the last of them.
            plan.storedBytes = 29_999_500
            plan.onProgress = { followed.append($0) }
            plan.afterFill = {
                begunAtFill = lane.calls.count { $0 == "begin" }
                return ["log_end_offsets": 30_000]
            }
        } _: { outcome in
            #expect(outcome.phases.map(\.name) == ["append prepare", "append fill", "append settle", "append steady"])
            let fill = try #require(outcome.phases.first { $0.kind == "fill" })
            #expect(fill.counters == ["acknowledged_bytes": 30_000_000, "acknowledged_records": 30_000, "log_end_offsets": 30_000] && fill.complete)
            #expect(fill.endedNanoseconds <= outcome.steady.startedNanoseconds)
            #expect(outcome.totalAcknowledgedBytes == 50_000_000 && AppendThroughput.filledBytes(outcome) == 30_000_000)
            #expect(outcome.steady.notes.contains("the byte budget ended the phase early"))
        }
        #expect(begunAtFill == 1 && lane.calls.prefix(5) == ["begin", "end", "collect", "begin", "boundary"], "\(lane.calls)")
        #expect(followed.first == 0 && followed.allSatisfy { $0 <= 20_000_000 } && followed.max() ?? 0 > 10_000_000)
    }

    @Test func `nothing stored is no phase`() throws {
        let lane = FakeProducerLane(eventsPerSecond: 100_000, recordBytes: 1000)
        try load(lane) { $0.afterFill = { throw HarnessError.impossible("there is nothing to look at") } } _: { outcome in
            #expect(!outcome.phases.contains { $0.kind == "fill" } && AppendThroughput.filledBytes(outcome) == 0 && outcome.totalAcknowledgedBytes == 20_000_000)
        }
    }

    @Test func `a log that can't be brought to the disk is not measured`() throws {
        let lane = FakeProducerLane(eventsPerSecond: 100_000, recordBytes: 1000)
        #expect(throws: HarnessError.impossible("the disk is gone")) {
            try load(lane) { plan in
                plan.storedBytes = 1_000_000
                plan.afterFill = { throw HarnessError.impossible("the disk is gone") }
            } _: { _ in Issue.record("it was measured") }
        }
        #expect(lane.calls.count { $0 == "begin" } == 1)
    }
}
