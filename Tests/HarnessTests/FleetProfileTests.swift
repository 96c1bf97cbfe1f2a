// Groups and distributions in profiles: every form is read, and what contradicts itself is refused where it stands.
import Foundation
import Measurement
import Testing

@testable import Harness

private func parse(_ producers: String, _ more: String = "", overrides: [String] = []) throws(ProfileError) -> Profile {
    try Profile.parse("question: Q?\nname: n\nproducers:\n  \(producers)\n\(more)", path: "n.yaml", overrides: overrides)
}

private func fault(_ producers: String, _ more: String = "", overrides: [String] = []) -> ProfileError? {
    do {
        _ = try parse(producers, more, overrides: overrides)
        return nil
    } catch { return error }
}

@Suite struct TopicsProfileTests {
    @Test func `several topics, their settings and what a fetch asks for are read, and costed`() throws {
        let profile = try parse(
            "{rate: 1000, recordBytes: 100}",
            "topic: {count: 10, partitions: 4, segmentBytes: 1MiB, settings: {flush.ms: 5}}\nconsumers: {fetch: {minBytes: 1KiB, maxWait: 20ms, maxBytes: 2MiB, partitionBytes: 64KiB}}")
        #expect(profile.topic.count == 10 && profile.topic.allPartitions == 40 && profile.topic.settings == ["flush.ms": "5"])
        #expect(profile.topic.configs.map(\.name) == ["flush.ms", "segment.bytes"] && profile.topic.ownSettings.map(\.name) == ["flush.ms"])
        let fetch = profile.consumerGroups[0].fetch
        #expect(fetch.minBytes == 1_024 && fetch.maxWaitNanoseconds == 20_000_000 && fetch.maxBytes == 2 << 20 && fetch.partitionBytes == 64 << 10)
        var one = profile
        one.topic.count = 1
        func bytes(_ profile: Profile) -> Int64 { loadCost(profile.producerGroups, profile.phases, topic: profile.topic, removesWithin: 0).diskBytes }
        #expect(bytes(profile) - bytes(one) == 36 << 20)
    }

    @Test(arguments: [
        ("topic: {count: 1001}", "a whole number from 1 to 1000"), ("topic: {count: 100, partitions: 101}", "come to 10100 partitions; 10000 are possible"),
        ("topic: {count: 2}\nheadlines: {disk: true}", "‘headlines’ measures one topic"), ("topic: {settings: 5}", "must be a mapping"),
        ("consumers: {fetch: {maxWait: 2m}}", "must be at most 60s"), ("consumers: {fetch: {maxBytes: 0}}", "from 1 to"), ("consumers: {fetch: {min: 0}}", "unknown key ‘min’"),
    ])
    func `topics and fetches that can't be are refused`(more: String, reason: String) {
        let error = fault("{rate: 5}", more)
        #expect(error?.message.contains(reason) == true, "\(error?.description ?? "accepted")")
    }
}

@Suite struct DistributionProfileTests {
    @Test(arguments: [
        ("{uniform: [64, 32]}", "goes from 64 down to 32 bytes"),
        ("{uniform: [16, 64]}", "a size from 32 bytes (each record carries a stamp of so many"),
        ("{uniform: [64]}", "must be two sizes"),
        ("{uniform: 64}", "must be a list"),
        ("{uniform: [32, 2MiB]}", "to 1 MiB, not ‘2MiB’"),
        ("{uniform: [32, 64], file: x}", "must be a size, or one of {uniform"),
        ("{}", "must be a size, or one of {uniform"),
        ("{unifrom: [32, 64]}", "did you mean ‘uniform’?"),
        ("{weights: {0-256: 0, 256-1024: 0}}", "adds up to nothing"),
        ("{weights: {}}", "adds up to nothing"),
        ("{weights: {256: 1}}", "must read LOW-HIGH"),
        ("{weights: {1024-256: 1}}", "must read LOW-HIGH"),
        ("{weights: {1-2-3: 1}}", "must read LOW-HIGH"),
        ("{weights: {1MiB-5MiB: 1}}", "up to 1 MiB"),
        ("{weights: {0-16: 1}}", "ends below 32 bytes: each record carries a stamp"),
        ("{weights: {256-1024: many}}", "a weight: a number, 0 or more, not ‘many’"),
        ("{weights: {256-1024: -1}}", "a weight: a number, 0 or more"),
        ("{file: no-such-file}", "must be a readable text file"),
        ("{file: /dev/zero}", "must be a readable text file"),
        ("[32, 64]", "must be a size such as 64KiB"),
    ])
    func `sizes that cannot be drawn are refused with their line`(sizes: String, reason: String) {
        let error = fault("{rate: 5, recordBytes: \(sizes)}")
        #expect(error?.message.contains(reason) == true, "\(error?.description ?? "accepted")")
        #expect(error?.line == 4)
    }

    @Test(arguments: [
        ("many", "must be none, or one of {roundRobin: N}"), ("{}", "must be none, or one of"), ("{uniform: 0}", "a whole number from 1 to 10000000"),
        ("{uniform: 10000001}", "a whole number from 1 to 10000000"), ("{zipf: {keys: 10}}", "lacks the key ‘exponent’"),
        ("{zipf: {keys: 10, exponent: 0}}", "a number above 0, not ‘0’"), ("{zipf: {keys: 10, exponent: -1}}", "a number above 0, not ‘-1’"),
        ("{zipf: {keys: 0, exponent: 1}}", "a whole number from 1"), ("{hotSet: {keys: 10, hot: 10, share: 90%}}", "must be fewer than all 10 keys"),
        ("{hotSet: {keys: 10, hot: 2, share: 100%}}", "a share such as 5%"), ("{hotSet: {keys: 10, hot: 2}}", "lacks the key ‘share’"),
        ("{uniform: 5, roundRobin: 5}", "must be none, or one of"), ("{zipff: {keys: 1}}", "did you mean ‘zipf’?"),
    ])
    func `keys that cannot be drawn are refused with their line`(keys: String, reason: String) {
        let error = fault("{rate: 5, keys: \(keys)}")
        #expect(error?.message.contains(reason) == true, "\(error?.description ?? "accepted")")
        #expect(error?.line == 4)
    }

    @Test(arguments: [
        ("keys: {uniform: 5}, partitioner: sticky", "‘producers.keys’ decide where records go"),
        ("partitioner: murmur2", "goes by a record's key"), ("keys: none, partitioner: murmur2", "name keys, such as {uniform: 1000}"),
        ("headers: {count: 2}", "lacks the key ‘bytes’"), ("headers: {count: 0, bytes: 1}", "a whole number from 1 to 100"),
        ("headers: {count: 1, bytes: 1MiB}", "from 0 to 65536 bytes"),
        ("recordBytes: {uniform: [32, 1000]}, batchBytes: 1000", "must hold at least one record of 1000 bytes and its 128 bytes of frame"),
        ("recordBytes: 500, headers: {count: 10, bytes: 100}, batchBytes: 1500", "bytes of frame and headers"),
    ])
    func `what does not go together is refused`(text: String, reason: String) {
        let error = fault("{rate: 5, \(text)}")
        #expect(error?.message.contains(reason) == true, "\(error?.description ?? "accepted")")
    }

    @Test func `every form of sizes, keys and headers is read`() throws {
        func plan(_ text: String) throws -> ProducersPlan { try #require(try parse("{rate: 5, \(text)}").producers) }
        #expect(try plan("recordBytes: 100").sizes == .constant(100))
        #expect(try plan("recordBytes: {uniform: [64, 1KiB]}").sizes == .uniform(64...1_024))
        let weights = try plan("recordBytes: {weights: {\"0-256\": 234, 256-1024: 456.5, 4KiB-4KiB: 0}}").sizes
        #expect(weights == .weighted([.init(sizes: 0...255, weight: 234), .init(sizes: 256...1_023, weight: 456.5), .init(sizes: 4_096...4_096, weight: 0)]))
        #expect(try plan("keys: none").keys == .unkeyed)
        #expect(try plan("keys: none").partitioner == .roundRobin)
        #expect(try plan("keys: {roundRobin: 10}").keys == .roundRobin(10))
        #expect(try plan("keys: {uniform: 10}").partitioner == .murmur2)
        #expect(try plan("keys: {zipf: {keys: 10, exponent: 1.1}}").keys == .zipf(keys: 10, exponent: 1.1))
        #expect(try plan("keys: {hotSet: {keys: 1_000, hot: 10, share: 90%}}").keys == .hotSet(keys: 1_000, hot: 10, share: 0.9))
        let headers = try plan("headers: {count: 2, bytes: 16B}").headers
        // Count, and twice length, “h0”, length and value.
        #expect(headers == HeadersPlan(count: 2, valueBytes: 16) && headers?.encodedBytes == 1 + 2 * (1 + 2 + 1 + 16))
    }

    @Test func `a file of sizes is found beside its profile, and its faults name their line`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidemark-sizes-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let profile = folder.appending(path: "p.yaml")
        try "question: Q?\nname: n\nproducers: {rate: 5, recordBytes: {file: sizes.txt}}".write(to: profile, atomically: true, encoding: .utf8)
        let file = folder.appending(path: "sizes.txt")
        try "# as seen\n300\n1KiB\n\n  64 \n".write(to: file, atomically: true, encoding: .utf8)
        #expect(try Profile.load(path: profile.path).producers?.sizes == .observed([64, 300, 1_024]))
        try "300\ntwelve\n".write(to: file, atomically: true, encoding: .utf8)
        let error = #expect(throws: ProfileError.self) { try Profile.load(path: profile.path) }
        #expect(error?.message.contains("line 2: ‘twelve’ must be a size from 32 bytes") == true && error?.line == 3, "\(error?.description ?? "")")
        try "\n# nothing\n".write(to: file, atomically: true, encoding: .utf8)
        #expect(throws: ProfileError.self) { try Profile.load(path: profile.path) }
    }

    @Test func `the plan counts with the mean size, keys and headers`() throws {
        let phases = "phases: {warmUp: 1s, steadyWait: 1s, steady: 7s, coolDown: 1s}\ntopic: {segmentBytes: 1MiB}"
        func bytes(_ text: String) throws -> Int64 {
            let profile = try parse(text, phases)
            return loadCost(profile.producerGroups, profile.phases, topic: profile.topic, removesWithin: 0).diskBytes - 1_048_576
        }
        #expect(try bytes("{rate: 1000, recordBytes: {uniform: [500, 1500]}}") == 11_500_000)
        #expect(try bytes("{rate: 1000, recordBytes: 992, keys: {uniform: 5}}") == 11_500_000)
        #expect(try bytes("[{name: a, rate: 1000, recordBytes: 600}, {name: b, rate: 500, recordBytes: 800}]") == 11_500_000)
        #expect(try bytes("[{name: a, rate: 1000, recordBytes: 1000}, {name: b, mode: max}, {name: c, mode: closed}]") == 11_500_000 + 20_000_000_000)
    }
}

@Suite struct GroupProfileTests {
    @Test(arguments: [
        ("[{name: a, rate: 5}, {name: a, rate: 5}]", "‘a’ is the name of two groups of producers"), ("[{rate: 5}]", "lacks the key ‘name’"),
        ("[]", "is a list without a group"), ("[{name: Big, rate: 5}]", "a short name of a-z"), ("[{name: a, rat: 5}]", "did you mean ‘rate’?"),
        ("[{name: a}]", "an open loop needs ‘producers.rate’"), ("[5]", "must be a mapping"), ("{name: a, rate: 5}", "unknown key ‘name’"),
        ("[{name: a, rate: 5, count: 256}, {name: b, rate: 5, count: 256}, {name: c, rate: 5, count: 256}, {name: d, rate: 5, count: 256}, {name: e, rate: 5}]", "1024 are possible"),
        ("[\((0..<33).map { "{name: a\($0), rate: 5}" }.joined(separator: ", "))]", "32 are possible"),
    ])
    func `groups that are none are refused with their line`(producers: String, reason: String) {
        let error = fault(producers)
        #expect(error?.message.contains(reason) == true, "\(error?.description ?? "accepted")")
        #expect(error?.line == 4)
    }

    @Test(arguments: [
        ("gate: {kind: rate}", "‘gate’ compares builds under one group of ‘producers’, not 2"),
        ("headlines: {placement: true}", "‘headlines.placement’ measures one group of ‘producers’, not 2"),
        ("contract: exactly-once", "exactly-once needs ‘producers.idempotent: true’, and ‘b’ has it not"),
        ("consumers: [{name: x}, {name: x}]", "‘x’ is the name of two groups of consumers"),
        ("consumers: [{name: x, rate: 0}]", "a number above 0"), ("consumers: [{name: x, eachRate: 0}]", "a number above 0"),
        ("consumers: [{name: x, rate: 5, eachRate: 5}]", "is of all consumers together, ‘eachRate’ of each: keep one of them"),
        ("consumers: [{name: x, startOffset: newest}]", "one of earliest, latest"),
    ])
    func `what several groups cannot have is refused`(more: String, reason: String) {
        let error = fault("[{name: a, rate: 5}, {name: b, rate: 5, acks: 1}]", more)
        #expect(error?.message.contains(reason) == true, "\(error?.description ?? "accepted")")
    }

    @Test func `a gate is not read along slowly`() {
        #expect(fault("{mode: max}", "gate: {kind: max}\nconsumers: {rate: 100}")?.message.contains("no ‘consumers.rate’") == true)
    }

    @Test func `each group has its own keys, and a seed of its own`() throws {
        let profile = try parse(
            "[{name: small, rate: 1000, acks: 1}, {name: bulk, count: 2, mode: max, batchBytes: 1MiB}, {name: third, rate: 1, seed: 42}]",
            "consumers: [{name: live, count: 2}, {name: slow, rate: 100, startOffset: earliest}]")
        #expect(profile.producerGroups.map(\.name) == ["small", "bulk", "third"])
        #expect(profile.producerGroups.map(\.mode) == [.open, .max, .open] && profile.producerGroups.map(\.acks) == [1, -1, -1])
        #expect(profile.producerGroups.map(\.seed) == [42, 43, 42])
        #expect(profile.consumerGroups.map(\.name) == ["live", "slow"] && profile.consumerGroups.map(\.isSlow) == [false, true])
        #expect(profile.consumerGroups.map(\.start) == [.latest, .earliest])
        let plan = LoadPlan(profile, label: "", topic: "t")
        #expect(plan.isNamed && plan.modeText == "mixed" && plan.loadKind == .maxRate && !plan.isOpenLoop)
        #expect(plan.producerGroups.map(plan.isBounded) == [false, true, false] && plan.budgetInForce != nil)
    }

    @Test func `one mapping is one group without a name, as ever`() throws {
        let profile = try parse("{rate: 5}", "consumers: {count: 2}")
        #expect(profile.producerGroups.map(\.name) == [nil] && profile.consumerGroups.map(\.count) == [2])
        #expect(profile.producers?.seed == 42)
        let plan = LoadPlan(profile, label: "", topic: "t")
        #expect(!plan.isNamed && plan.modeText == "open" && plan.loadKind == .openLoop)
    }

    @Test func `a headline that makes its own load of the first group has one group without a name`() throws {
        var plan = LoadPlan(try parse("[{name: a, rate: 5, recordBytes: {uniform: [32, 64]}}, {name: b, rate: 5}]"), label: "", topic: "t")
        plan.producers.mode = .max
        plan.producers.recordBytes = 100
        plan.consumers = nil
        #expect(plan.producerGroups.count == 1 && !plan.isNamed && plan.producers.sizes == .constant(100) && plan.producers.mode == .max)
    }

    @Test func `a setting reaches a group by its name, and a sweep does`() throws {
        let groups = "[{name: small, rate: 1000}, {name: bulk, rate: 5}]"
        #expect(try parse(groups, overrides: ["producers.bulk.rate=7", "producers.small.count=3"]).producerGroups.map(\.recordsPerSecond) == [1_000, 7])
        #expect(fault(groups, overrides: ["producers.rate=7"])?.message == "‘rate’ is no group of the list, which has small, bulk: a key belongs behind the name of its group, as in small.rate")
        #expect(fault(groups, overrides: ["producers.bulk.raet=7"])?.message.contains("did you mean ‘rate’?") == true)
        #expect(fault("{rate: 1}", "broker: {listeners: [splice]}", overrides: ["broker.listeners.splice=1"])?.message.contains("give the whole list") == true)
        let swept = try parse(groups, "sweep: {producers.bulk.rate: [10, 20]}")
        #expect(swept.producerGroups[1].recordsPerSecond == 10)
        #expect(try parse(groups, overrides: ["producers={rate: 3}"]).producers?.recordsPerSecond == 3)
    }

    @Test func `what a result keeps of several files reads back with its groups`() throws {
        let text = "question: Q?\nname: n\nproducers: [{name: a, rate: 5, recordBytes: {weights: {0-256: 1}}, keys: {hotSet: {keys: 10, hot: 1, share: 90%}}}]\n"
        let node = try #require(try ProfileNode.parse(text) { .file("n.yaml", line: $0, column: $1) })
        #expect(try Profile.parse(node.flattened, path: "n.yaml").producerGroups == Profile.parse(text, path: "n.yaml").producerGroups)
    }
}

@Suite struct LaneGroupingTests {
    @Test func `lanes come in the order of their groups, and the last has the rest`() {
        #expect(grouped([1, 2, 3, 4], [1, 3]) == [[1], [2, 3, 4]])
        #expect(grouped([1, 2, 3, 4], [1]) == [[1, 2, 3, 4]])
        #expect(grouped([1], [2, 2]) == [[1], []])
        #expect(grouped([Int](), [1, 2]) == [[], []] && grouped([1], []) == [])
    }
}
