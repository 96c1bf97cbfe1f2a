// `search:` in a profile: what cannot be searched for is refused before anything runs.
import Testing
import Topology

@testable import Harness

private func profile(_ search: String, producers: String = "{count: 1}", consumers: String = "{count: 1}", more: String = "") -> Result<Profile, ProfileError> {
    Result { () throws(ProfileError) in
        try Profile.parse("question: Q?\nname: n\nproducers: \(producers)\nconsumers: \(consumers)\nsearch: \(search)\n\(more)\n", path: "n.yaml")
    }
}

private func message(_ result: Result<Profile, ProfileError>) -> String {
    if case .failure(let error) = result { "\(error)" } else { "taken" }
}

@Suite struct SearchPlanTests {
    @Test func `a search has its defaults, and the load under it no rate`() throws {
        let found = try profile("{objective: p99 <= 10ms and lag slope <= 0 and errors = 0}").get()
        let plan = try #require(found.search)
        #expect(plan.objective.description == "p99 <= 10ms and lag slope <= 0 and errors = 0")
        #expect(plan.bounds == .init(from: 1_000, most: 10_000_000, precision: 0.05))
        #expect(plan.trialNanoseconds == 10_000_000_000 && plan.settleNanoseconds == 3_000_000_000 && plan.confirmNanoseconds == 60_000_000_000)
        #expect(found.producers?.mode == .open && found.producers?.recordsPerSecond == nil)
        let given = try profile("{objective: max < 1s, from: 20_000, most: 200_000, precision: 2%, trial: 2s, settle: 500ms, confirm: 5s}").get()
        #expect(given.search?.bounds == .init(from: 20_000, most: 200_000, precision: 0.02) && given.search?.settleNanoseconds == 500_000_000)
        #expect(try profile("{objective: max < 1s, trial: 90s}").get().search?.confirmNanoseconds == 90_000_000_000)
    }

    @Test(arguments: [
        ("{from: 1000}", "‘search’ lacks the key ‘objective’"), ("{objective: p99 10ms}", "n.yaml:5:21: ‘search.objective’ has ‘p99 10ms’, which compares nothing"),
        ("{objective: max <= 1s, form: 5}", "unknown key ‘form’ in ‘search’; did you mean ‘from’?"),
        ("{objective: max <= 1s, from: 5000, most: 1000}", "‘search.most’ (1000) must not be below ‘search.from’ (5000)"),
        ("{objective: max <= 1s, from: 0}", "a whole number from 1 to"), ("{objective: max <= 1s, precision: 60%}", "from 1% to 50%"),
        ("{objective: max <= 1s, precision: 5}", "a share such as 5%"), ("{objective: max <= 1s, trial: 500ms}", "must be at least 1s"),
        ("{objective: max <= 1s, trial: 20s, confirm: 10s}", "at least as long as ‘search.trial’"),
        ("{objective: lag slope <= 0, trial: 2s}", "must be at least 3s for a ‘lag slope’"),
        ("{objective: p99.9 <= 1s}", "‘p99.9’ is told from 50000 requests and more, and 1000 records/s make at most 10000 in a trial: a higher ‘search.from’ or a longer ‘search.trial’ (50s)"),
    ])
    func `what can't be searched for is refused with what would be right`(search: String, why: String) {
        #expect(message(profile(search)).contains(why), "\(message(profile(search)))")
    }

    @Test func `a search needs an open loop without a rate, and nothing beside it that needs another`() {
        let search = "{objective: max <= 1s}"
        #expect(message(profile(search, producers: "{rate: 5}")).contains("no ‘producers.rate’, ‘steps’ or ‘ramp’ beside it"))
        #expect(message(profile(search, producers: "{ramp: {from: 1, to: 2}}", more: "phases: {steadyWait: 0s}")).contains("no ‘producers.rate’"))
        #expect(message(profile(search, producers: "{mode: max}")).contains("a max loop has no rate"))
        #expect(message(profile(search, more: "phases: {steady: 5s}")).contains("‘search.confirm’ and not ‘phases.steady’"))
        #expect(message(profile(search, more: "headlines: {placement: true}")).contains("compares latencies at one rate"))
        #expect(message(profile(search, more: "gate: {kind: rate}")).contains("no ‘gate’ with ‘search’"))
        #expect(message(profile(search, more: "perturb: [{at: 1s, dropCache: true}]")).contains("searched for in peace"))
        #expect(message(profile("{objective: lag <= 5}", consumers: "false")).contains("names ‘lag’, which needs ‘consumers’"))
        #expect(message(profile(search, producers: "[{name: a}, {name: b}]")).contains("finds the rate of one group of ‘producers’, not of 2"))
        #expect(message(profile(search, producers: "[{name: a}, {name: b, rate: 5}]")) == "taken")
        #expect(message(profile(search, producers: "[{name: a, rate: 5}, {name: b, rate: 5}]")).contains("no ‘producers.rate’"))
        #expect(message(profile(search, producers: "[{name: a}, {name: b, mode: max}]")).contains("a max loop has no rate"))
        #expect(message(profile(search, producers: "[{name: a}, {name: b, ramp: {from: 1, to: 2}}]", more: "phases: {steadyWait: 0s}")).contains("no ‘steps’ or ‘ramp’ of ‘b’"))
        #expect(message(profile("{objective: e2e p99 <= 20ms}", consumers: "false")).contains("names ‘e2e p99’, which needs ‘consumers’"))
        #expect(message(profile("{objective: e2e max <= 20ms}", consumers: "{rate: 10}")).contains("names ‘e2e max’, which needs ‘consumers’ without a ‘rate’"))
        #expect(message(profile("{objective: e2e p99 <= 20ms}")) == "taken")
        #expect(message(profile("{objective: lag <= 5}", consumers: "{rate: 10}")).contains("which needs ‘consumers’ without a ‘rate’"))
        #expect(message(profile("{objective: lag <= 5}", producers: "[{name: a}]", consumers: "[{name: live}, {name: slow, rate: 10}]")) == "taken")
        let alone = Result { () throws(ProfileError) in try Profile.parse("question: Q?\nname: n\nsearch: \(search)\nheadlines: {disk: true}\n", path: "n.yaml") }
        #expect(message(alone).contains("looks for the rate of ‘producers’, which is missing"))
    }

    @Test func `its cost is that of its trials, and retention bounds the disk`() throws {
        let machine = MachineDescription.read()
        func plan(_ more: String) throws -> RunPlan {
            let found = try profile("{objective: max <= 1s, from: 1000, most: 100_000, trial: 2s, settle: 1s, confirm: 10s}", more: more).get()
            return Run.plan(found, headlineMeasurements(for: found), machine)
        }
        let unbounded = try plan("")
        #expect(unbounded.entries.map(\.name) == ["search"])
        // 1,000 to 100,000 in 7 doublings, then 4 or 5 halvings of the bracket: some 20 trials of 3 s.
        #expect((50...100).contains(unbounded.loadSeconds), "\(unbounded.description)")
        // 20,000 records of 1,024 bytes a second beside at most 100,000, each in topics of its own.
        let sets = "topics: [{name: a}, {name: b, segmentBytes: 1MiB, retentionBytes: 1MiB}]"
        let beside = try profile(
            "{objective: max <= 1s, from: 1000, most: 100_000, trial: 2s, settle: 1s, confirm: 10s}", producers: "[{name: x, topic: a}, {name: y, topic: b, rate: 20000}]",
            consumers: "false", more: "\(sets)\nbroker: {settings: {log.retention.check.interval.ms: 100, log.segment.delete.delay.ms: 0}}"
        ).get()
        let cost = try #require(beside.search).cost(beside)
        #expect(cost.diskBytes > unbounded.diskBytes && cost.diskBytes < unbounded.diskBytes + 50_000_000 && cost.assumption?.contains("b: 1.0 MB kept a partition") == true, "\(cost)")
        let bounded = try plan("topic: {segmentBytes: 16MiB, retentionBytes: 64MiB}\nbroker: {settings: {log.retention.check.interval.ms: 100, log.segment.delete.delay.ms: 0}}")
        #expect(bounded.diskBytes < 300_000_000 && unbounded.diskBytes > 1_000_000_000, "\(bounded.description)\n\(unbounded.description)")
    }
}
