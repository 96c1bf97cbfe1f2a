// `topics:` in profiles: sets of topics are read, chosen by groups and costed, and what cannot be is refused where it stands.
import Testing
import Topology

@testable import Harness

private func parse(_ text: String, overrides: [String] = []) throws(ProfileError) -> Profile {
    try Profile.parse("question: Q?\nname: n\n\(text)\n", path: "n.yaml", overrides: overrides)
}

private func fault(_ text: String, overrides: [String] = []) -> String {
    do {
        _ = try parse(text, overrides: overrides)
        return "accepted"
    } catch { return error.description }
}

private let two = """
    topics: [{name: small, segmentBytes: 1MiB, settings: {flush.ms: 5}}, {name: bulk, count: 2, partitions: 3, segmentBytes: 1MiB, retentionBytes: 2MiB}]
    producers: [{name: few, topic: small, rate: 100}, {name: many, topic: bulk, rate: 1000}]
    """

private let tooMany = "topics: [\((0..<33).map { "{name: a\($0)}" }.joined(separator: ", "))]\nproducers: {rate: 5}"

@Suite struct TopicSetsProfileTests {
    @Test func `sets are read with the keys of the plain one, and groups choose them`() throws {
        let profile = try parse("\(two)\nconsumers: [{name: live, topic: small}, {name: archive, topic: bulk}]")
        #expect(profile.topicSets.map(\.name) == ["small", "bulk"] && profile.topic == TopicPlan())
        #expect(profile.topicSets[0].settings == ["flush.ms": "5"] && profile.topicSets[0].allPartitions == 1)
        #expect(profile.topicSets[1].allPartitions == 6 && profile.topicSets[1].retentionBytes == 2 << 20)
        #expect(profile.producerGroups.map(\.topic) == ["small", "bulk"] && profile.consumerGroups.map(\.topic) == ["small", "bulk"])
        #expect(profile.usedTopicSets.map(\.label) == ["small", "bulk"])
        // Beside the plain one, which stays that of whoever chooses none.
        let beside = try parse("topic: {partitions: 4}\ntopics: [{name: own}]\nproducers: [{name: a, rate: 5}, {name: b, topic: own, rate: 5}]\nconsumers: {count: 2}")
        #expect(beside.usedTopicSets.map(\.label) == ["topic", "own"] && beside.producerGroups.map(\.topic) == [nil, "own"])
        #expect(try parse("producers: {rate: 5}").usedTopicSets == [TopicPlan()])
    }

    @Test(arguments: [
        ("producers: {rate: 5, topic: small}", "chooses among ‘topics’, and the profile has none"),
        ("\(two)\nconsumers: {topic: smal}", "‘consumers.topic’ must be one of small, bulk, not ‘smal’; did you mean ‘small’?"),
        ("\(two)\nconsumers: {topic: {partitions: 2}}", "‘consumers.topic’ must be the name of one of ‘topics’"),
        ("\(two)\nconsumers: {count: 1}", "‘consumers’ reads the plain ‘topic’, having chosen none of ‘topics’, and no group of ‘producers’ writes there"),
        ("topics: [{name: a}, {name: b}]\nproducers: {rate: 5, topic: a}\nconsumers: [{name: live, topic: b}]", "‘live’ reads ‘topic: b’, and no group of ‘producers’ writes there"),
        ("topics: [{name: a}, {name: b}]\nproducers: {rate: 5, topic: a}", "no group of ‘producers’ writes to ‘b’"),
        ("topic: {partitions: 2}\n\(two)", "the plain ‘topic’ is nobody's, leave it out"),
        ("topics: {small: {partitions: 1}}\nproducers: {rate: 5}", "is a list of named sets, as in [{name: small, partitions: 1}]"),
        ("topics: 5\nproducers: {rate: 5}", "must be a list"), ("topics: [{partitions: 1}]\nproducers: {rate: 5}", "lacks the key ‘name’"),
        ("topics: [{name: Big}]\nproducers: {rate: 5}", "a short name of a-z"), ("topics: [{name: a, partition: 1}]\nproducers: {rate: 5}", "did you mean ‘partitions’?"),
        ("topics: [{name: a}, {name: a}]\nproducers: {rate: 5, topic: a}", "‘a’ is the name of two of ‘topics’"),
        ("topics: [{name: a, count: 101, partitions: 100}]\nproducers: {rate: 5, topic: a}", "‘topics[0].count’ and ‘topics[0].partitions’ come to 10100 partitions"),
        ("topics: [{name: a, partitions: 6000}, {name: b, partitions: 6000}]\nproducers: [{name: x, topic: a, rate: 5}, {name: y, topic: b, rate: 5}]", "all sets come to 12000 partitions; 10000 are possible"),
        ("topics: [{name: a, count: 600}, {name: b, count: 600}]\nproducers: [{name: x, topic: a, rate: 5}, {name: y, topic: b, rate: 5}]", "all sets come to 1200 topics; 1000 are possible"),
        ("topics: [{name: a, count: 2}, {name: a-1}]\nproducers: [{name: x, topic: a, rate: 5}, {name: y, topic: a-1, rate: 5}]", "two topics would be called NAME-a-1"),
        (tooMany, "has 33 sets; 32 are possible"),
    ])
    func `what cannot be is refused with its reason`(text: String, reason: String) {
        #expect(fault(text).contains(reason), "\(fault(text))")
    }

    @Test(arguments: [
        ("gate: {kind: max, metrics: [cpu]}", "mode: max"), ("headlines: {disk: true}", "rate: 5"),
    ])
    func `what measures one set of topics goes without others`(other: String, load: String) {
        let said = fault("topics: [{name: a}]\nproducers: {topic: a, \(load)}\n\(other)")
        #expect(said.contains("is of one load in one set of topics, which is ‘topic’: no ‘topics’ with it"), "\(said)")
    }

    @Test(arguments: [("search: {objective: max <= 1s}", "mode: open"), ("backlog: {bytes: 1MiB}\nconsumers: {topic: a}", "rate: 5000")])
    func `a search and a backlog take sets of topics`(other: String, load: String) {
        #expect(fault("topics: [{name: a}]\nproducers: {topic: a, \(load)}\n\(other)") == "accepted")
    }

    @Test func `settings, sweeps and later phases reach a set and a choice by name`() throws {
        #expect(try parse(two, overrides: ["topics.bulk.partitions=5"]).topicSets.map(\.partitions) == [1, 5])
        #expect(fault(two, overrides: ["topics.bigger.partitions=5"]).contains("which has small, bulk"))
        #expect(try parse("\(two)\nsweep: {topics.small.partitions: [4, 8]}").topicSets[0].partitions == 4)
        // A set is in use that only a later phase writes to.
        let text = """
            topics: [{name: a}, {name: b}]
            producers: {rate: 5, topic: a}
            phases: {then: [{name: moved, steady: 1s, set: {producers.topic: b}}]}
            """
        let later = try parse(text)
        #expect(later.usedTopicSets.map(\.label) == ["a", "b"] && later.later[0].producerGroups[0].topic == "b")
        #expect(fault("\(text)\nconsumers: {topic: a}").contains("no group of ‘producers’ writes there"))
        let plan = LoadPlan(later.changed(for: later.later[0]), label: "then moved", topic: "t")
        #expect(plan.topics == ["t-b"] && plan.topicSets.map(\.names) == [["t"], ["t-a"], ["t-b"]])
    }

    @Test func `readers wait for the commits of those that write what they read`() throws {
        let profile = try parse(
            """
            topics: [{name: a}, {name: b}]
            producers: [{name: x, topic: a, rate: 5, transactions: true}, {name: y, topic: b, rate: 5}]
            consumers: [{name: one, topic: a}, {name: other, topic: b}]
            """)
        #expect(profile.consumerGroups.map(\.isCommittedOnly) == [true, false])
    }

    @Test func `a load names the topics of each group, numbers them through and has no others`() throws {
        let plan = LoadPlan(try parse("\(two)\nconsumers: [{name: live, topic: small}]"), label: "", topic: "load")
        #expect(plan.topics == ["load-small", "load-bulk-1", "load-bulk-2"] && plan.topic == "load-small")
        #expect(plan.topics(of: "bulk") == ["load-bulk-1", "load-bulk-2"] && plan.topics(of: "none") == [])
        #expect(plan.usedTopicSets.map(\.plan.label) == ["small", "bulk"])
        var headline = LoadPlan(try parse("topic: {partitions: 3}\nproducers: {rate: 5}"), label: "", topic: "load")
        headline.topic = "other"
        headline.topicPlan.partitions = 7
        #expect(headline.topics == ["other"] && headline.usedTopicSets == [LoadTopics(plan: headline.topicPlan, names: ["other"])])
        #expect(headline.topicPlan.partitions == 7)
    }

    @Test func `the plan adds up what each set takes, and what of it is read back`() throws {
        let phases = "phases: {warmUp: 1s, steadyWait: 1s, steady: 7s, coolDown: 1s}"
        func plan(_ text: String) throws -> RunPlan { Run.plan(try parse("\(phases)\n\(text)"), [], .read()) }
        let sets = "topics: [{name: a, partitions: 2, segmentBytes: 1MiB}, {name: b, segmentBytes: 2MiB}]"
        let open = try plan("\(sets)\nproducers: [{name: x, topic: a, rate: 1000, recordBytes: 1000}, {name: y, topic: b, rate: 500, recordBytes: 1000}]\nconsumers: {topic: b}")
        #expect(open.entries.map(\.name) == ["load"] && open.diskBytes == 11_500_000 + 5_750_000 + (4 << 20))
        // Ten seconds of the one that nobody reads along, and three partitions.
        #expect(abs(open.besides.auditing - 10_000_000 / 300e6) < 0.001 && abs(open.besides.starting - 2.206) < 0.001, "\(open.besides)")
        // One byte budget for all lanes that need one, whatever they write to.
        let most = try plan("\(sets)\nproducers: [{name: x, topic: a, mode: max, count: 3}, {name: y, topic: b, mode: closed}]")
        #expect(most.entries[0].cost.diskBytes == 20_000_000_000 + (4 << 20))
        #expect(most.entries[0].cost.assumption == "a: at most 1.5 GB/s; the load ends early where it is faster; b: at most 500.0 MB/s; the load ends early where it is faster", "\(most)")
    }

    @Test func `a load takes as many topics that are there as it has, in order, each once`() throws {
        var options = ExternalOptions()
        options.existingTopics = ["x", "y", "z", "z"]
        let topics = ExternalTopics(options, suffix: "abc")
        #expect(try topics.names(count: 3) == ["x", "y", "z"])
        let twice = #expect(throws: HarnessError.self) { _ = try topics.names(count: 4) }
        #expect(twice?.description.contains("names one topic twice") == true)
        let few = #expect(throws: HarnessError.self) { _ = try topics.names(count: 5) }
        #expect(few?.description.contains("names 4") == true)
    }
}
