// `backlog:` in a profile: what can't be built or caught up with is refused before anything runs.
import Testing
import Topology

@testable import Harness

private func profile(_ backlog: String, producers: String = "{rate: 1000, recordBytes: 1000}", consumers: String = "{count: 1}", more: String = "") -> Result<Profile, ProfileError> {
    Result { () throws(ProfileError) in
        try Profile.parse("question: Q?\nname: n\nproducers: \(producers)\nconsumers: \(consumers)\nbacklog: \(backlog)\n\(more)\n", path: "n.yaml")
    }
}

private func message(_ result: Result<Profile, ProfileError>) -> String {
    if case .failure(let error) = result { "\(error)" } else { "taken" }
}

@Suite struct BacklogPlanTests {
    @Test func `bytes are built at a rate, time is time, and producers go on as they are told`() throws {
        let bytes = try #require(try profile("{bytes: 10MB, rate: 5000, producers: throttled, throttle: 20%, cache: cold, atMost: 30s}").get().backlog)
        #expect(bytes.buildNanoseconds(5_000, recordBytes: 1_000) == 2_000_000_000)
        #expect(bytes.offered(of: 1_000) == 200 && bytes.cache == .cold && bytes.atMostNanoseconds == 30_000_000_000)
        let time = try #require(try profile("{time: 30s}").get().backlog)
        #expect(time.buildNanoseconds(1_000, recordBytes: 1_000) == 30_000_000_000 && time.offered(of: 1_000) == 1_000 && time.recordsPerSecond == nil)
        #expect(try profile("{time: 30s, producers: stopped}").get().backlog?.offered(of: 1_000) == 0)
    }

    @Test(arguments: [
        ("{}", "must have one of ‘bytes: 1GiB’ and ‘time: 1m’"), ("{bytes: 1MiB, time: 1s}", "must have one of"), ("{bytes: 1KiB}", "a size such as 64KiB, from 65536"),
        ("{time: 1ms}", "from 100ms to 1h"), ("{time: 61m}", "from 100ms to 1h"), ("{bytes: 10GiB}", "takes more than 1h to build: a higher ‘backlog.rate’"),
        ("{time: 1s, producers: throtled}", "did you mean ‘throttled’?"), ("{time: 1s, throttle: 10%}", "belongs to ‘backlog.producers: throttled’"),
        ("{time: 1s, cache: warm}", "one of as-is, cold, not ‘warm’"), ("{time: 1s, atMost: 10ms}", "from 1s to 50m"), ("{size: 1GiB}", "unknown key ‘size’ in ‘backlog’"),
    ])
    func `what is no backlog is refused with what would be right`(backlog: String, why: String) {
        #expect(message(profile(backlog)).contains(why), "\(message(profile(backlog)))")
    }

    @Test func `a backlog needs readers, a rate that stays, and nothing beside it that runs the load otherwise`() {
        #expect(message(profile("{time: 1s}", consumers: "false")).contains("‘consumers’ that read it"))
        #expect(message(profile("{time: 1s}", producers: "{mode: max}")).contains("a ‘producers.rate’ that stays"))
        #expect(message(profile("{time: 1s}", producers: "{ramp: {from: 1, to: 2}}", more: "phases: {steadyWait: 0s}")).contains("a ‘producers.rate’ that stays"))
        #expect(message(profile("{time: 1s}", more: "headlines: {placement: true}")).contains("runs the load once a placement"))
        #expect(message(profile("{time: 1s}", more: "gate: {kind: rate}")).contains("no ‘gate’ with ‘backlog’"))
        #expect(message(profile("{time: 1s}", producers: "{count: 1}", more: "search: {objective: max <= 1s}")).contains("no ‘backlog’ with ‘search’"))
    }

    @Test func `of several groups each has a rate that stays, and somebody reads as fast as they can`() throws {
        let two = "[{name: a, rate: 1000, recordBytes: 100}, {name: b, rate: 3000, recordBytes: 500}]"
        let found = try profile("{bytes: 4MB, rate: 8000}", producers: two, consumers: "[{name: live}, {name: slow, rate: 5}]").get()
        #expect(found.producerGroups.recordsPerSecond == 4_000 && found.producerGroups.meanValueBytes == 400)
        #expect(found.producerGroups.scaled(by: 2).map(\.recordsPerSecond) == [2_000, 6_000])
        #expect(found.backlog?.buildNanoseconds(8_000, recordBytes: found.producerGroups.meanValueBytes) == 1_250_000_000)
        let mixed = "[{name: a, rate: 1000}, {name: bulk, mode: max}]"
        #expect(message(profile("{time: 1s}", producers: mixed)).contains("a ‘producers.rate’ that stays, which ‘bulk’ has not"))
        #expect(message(profile("{time: 1s}", consumers: "{rate: 5}")).contains("which those that are slow on purpose never do: ‘consumers’ without a ‘rate’"))
        // Next to no rate at all is a refusal, not a number that no integer holds.
        #expect(message(profile("{bytes: 1GiB, rate: 0.000000001}")).contains("takes more than 1h to build"))
    }

    @Test func `a backlog holds back who is there to catch up, or whoever is not slow on purpose`() throws {
        let named = try profile("{time: 1s}", consumers: "[{name: live}, {name: late, kind: catch-up}, {name: slow, rate: 5}]").get().consumerGroups
        #expect(named.map(named.holdsBack) == [false, true, false])
        let unnamed = try profile("{time: 1s}", consumers: "[{name: live}, {name: other, kind: tail}, {name: slow, rate: 5}]").get().consumerGroups
        #expect(unnamed.map(unnamed.holdsBack) == [true, true, false])
        #expect(message(profile("{time: 1s}", consumers: "{kind: catch-up, rate: 5}")).contains("no ‘rate’ with ‘kind: catch-up’"))
    }

    @Test func `an hour of backlog is planned for as one`() throws {
        let found = try profile("{time: 1h, atMost: 60s}").get()
        let plan = Run.plan(found, headlineMeasurements(for: found), MachineDescription.read())
        #expect(plan.entries.first { $0.name == "backlog" }?.cost.loadNanoseconds == 3_661_000_000_000)
    }

    @Test func `bytes are those of the sets that readers are kept from, at their groups' share of the rate`() throws {
        let text = """
            question: Q?
            name: n
            topics: [{name: small}, {name: bulk}]
            producers: [{name: few, topic: small, rate: 1000, recordBytes: 100}, {name: many, topic: bulk, rate: 3000, recordBytes: 500}]
            consumers: [{name: live, topic: small}, {name: archive, topic: bulk}]
            backlog: {bytes: 4MB, rate: 8000}
            """
        func built(_ text: String) throws -> UInt64? {
            let found = try Profile.parse(text, path: "n.yaml")
            return found.backlog?.buildNanoseconds(found.producerGroups, found.consumerGroups)
        }
        // 2,000 of 100 bytes and 6,000 of 500 a second: 3.2 MB.
        #expect(try built(text) == 1_250_000_000)
        // The others are written beside it, and are nobody's backlog: 3 MB a second.
        #expect(try built(text.replacing("{name: archive,", with: "{name: archive, kind: catch-up,")) == 1_333_333_334)
    }

    @Test func `the plan counts what is built and how long readers may take`() throws {
        let found = try profile("{bytes: 10MB, rate: 5000, atMost: 30s}").get()
        let plan = Run.plan(found, headlineMeasurements(for: found), MachineDescription.read())
        let entry = try #require(plan.entries.first { $0.name == "backlog" })
        #expect(entry.cost.loadNanoseconds == 33_000_000_000)
        // 10,000 records, and 1,000 a second for 31 s, of 1,000 bytes with what stands around them.
        #expect(entry.cost.diskBytes == Int64(41_000 * 1_000 * RunPlan.logOverhead))
    }
}
