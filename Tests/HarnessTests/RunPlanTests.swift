// A run says what it will write before it starts, and refuses to fill the disk.
import Testing

@testable import Harness

@Suite struct RunPlanTests {
    private func plan(diskBytes: Int64) -> RunPlan {
        var plan = RunPlan()
        plan.add("append", HeadlineCost(loadNanoseconds: 10_000_000_000, diskBytes: diskBytes, assumption: "at most 2 GB/s"))
        return plan
    }

    @Test func `a run above half of the free space is refused with its figures`() {
        do {
            try plan(diskBytes: 501).check(freeBytes: 1000, directory: "D")
            Issue.record("accepted")
        } catch {
            #expect(error.description.contains("501 B") && error.description.contains("1.0 kB") && error.description.contains("append: 10.0 s"))
        }
    }

    @Test func `half of the free space is accepted`() throws {
        try plan(diskBytes: 500).check(freeBytes: 1000, directory: "D")
    }

    @Test func `an open loop costs its rate, a max rate its budget`() throws {
        let text = "question: q\nname: n\nproducers: {rate: 1000, recordBytes: 1000}\nphases: {warmUp: 1s, steadyWait: 1s, steady: 7s, coolDown: 1s}\ntopic: {segmentBytes: 1MiB}"
        let open = try Profile.parse(text, path: "p")
        let cost = loadCost(open.producers!, open.phases, topic: open.topic, removesWithin: open.broker.removesWithinSeconds)
        #expect(cost.diskBytes == 11_500_000 + 1_048_576 && cost.assumption == nil && cost.loadNanoseconds == 10_000_000_000)
        var producers = open.producers!
        producers.recordsPerSecond = nil
        let most = loadCost(producers, open.phases, topic: open.topic, removesWithin: open.broker.removesWithinSeconds)
        #expect(most.diskBytes == 20_000_000_000 + 1_048_576 && most.assumption != nil)
    }

    @Test func `what retention keeps bounds a long load, as soon as it removes it`() throws {
        func cost(_ settings: String) throws -> HeadlineCost {
            let text = """
                question: q
                name: n
                producers: {rate: 1000, recordBytes: 1000}
                phases: {warmUp: 0s, steadyWait: 0s, steady: 30m, coolDown: 0s}
                topic: {partitions: 2, segmentBytes: 1MiB, retentionBytes: 8MiB}
                broker: {settings: {\(settings)}}
                """
            let profile = try Profile.parse(text, path: "p")
            return loadCost(profile.producers!, profile.phases, topic: profile.topic, removesWithin: profile.broker.removesWithinSeconds)
        }
        let quick = try cost("log.retention.check.interval.ms: 1000, log.segment.delete.delay.ms: 0")
        #expect(quick.diskBytes == 2 * 9 * 1_048_576 + 2 * 1_150_000 + 2 * 1_048_576 && quick.assumption == "8.4 MB kept a partition")
        // Kafka's own five minutes and one more.
        #expect(try cost("").diskBytes == 2 * 9 * 1_048_576 + 361 * 1_150_000 + 2 * 1_048_576)
    }
}
