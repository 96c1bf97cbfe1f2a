// A run says what it will write before it starts, and refuses to fill the disk.
import Testing
import Topology

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

    @Test func `what a run takes besides its load is estimated by what it does`() throws {
        func besides(_ text: String) throws -> BesidesLoad {
            let phases = "phases: {warmUp: 1s, steadyWait: 0s, steady: 8s, coolDown: 0s}"
            return Run.plan(try Profile.parse("question: q\nname: n\n\(phases)\n\(text)", path: "p"), [], .read()).besides
        }
        let read = try besides("topic: {partitions: 100}\nproducers: {rate: 1000, recordBytes: 1000}\nconsumers: {count: 1}")
        #expect(read.warming == 0 && read.auditing == 0 && abs(read.starting - 2.4) < 0.001 && abs(read.draining - 0.4) < 0.001)
        #expect(read.text == "starting and ending 2.4 s, drains 0.4 s" && abs(read.seconds - 2.8) < 0.001)
        // 9 MB that nobody reads along.
        #expect(abs(try besides("producers: {rate: 1000, recordBytes: 1000}").auditing - 0.03) < 0.001)
        // Memory for whatever comes, two null brokers for the generator's ceiling, and what retention keeps to read back.
        let most = try besides("topic: {partitions: 2, segmentBytes: 50MiB, retentionBytes: 100MiB}\nproducers: {mode: max}")
        #expect(most.warming > 1 && abs(most.auditing - 300.0 * 1_048_576 / 300e6) < 0.001 && abs(most.starting - 3.604) < 0.001)
        var both = read
        both.add(most)
        #expect(abs(both.seconds - read.seconds - most.seconds) < 0.001)
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
