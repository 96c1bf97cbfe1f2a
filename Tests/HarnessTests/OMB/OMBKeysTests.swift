// Every key of a workload file, given what is not its default: it is in the profile, or it is listed.
import Results
import Testing

@testable import Harness

/// A key, the lines that give it and what it needs beside it, and where it must be found.
private struct Planted: Sendable {
    let key: String
    let lines: [String]
    let isExternal: Bool
    /// nil: it is listed instead.
    let isHonoured: (@Sendable (OMBPlan) -> Bool)?

    init(_ key: String, _ lines: String..., isExternal: Bool = false, isHonoured: (@Sendable (OMBPlan) -> Bool)? = nil) {
        self.key = key
        self.lines = lines
        self.isExternal = isExternal
        self.isHonoured = isHonoured
    }
}

private let base = [
    "topics: 1", "partitionsPerTopic: 1", "messageSize: 256", "subscriptionsPerTopic: 1", "producersPerTopic: 1", "consumerPerSubscription: 1",
    "producerRate: 1000", "testDurationMinutes: 1",
]
private let backlog = "consumerBacklogSizeGB: 0.1"
private let search = "producerRate: 0"

private let planted: [Planted] = [
    Planted("name", "name: planted") { $0.profile.question.contains("‘planted’") },
    Planted("nameFormat", "nameFormat: \"${topics}-planted\"") { $0.profile.question.contains("‘1-planted’") },
    Planted("topics", "topics: 3") { $0.profile.topic.count == 3 },
    Planted("partitionsPerTopic", "partitionsPerTopic: 5") { $0.profile.topic.partitions == 5 },
    Planted("partitionsPerTopic", "partitionsPerTopic: 5", "existingTopicList: [a]", isExternal: true),
    Planted("keyDistributor", "keyDistributor: RANDOM_NANO") { $0.profile.producers?.keys == .uniform(10_000) && $0.lists("keyDistributor") },
    Planted("messageSize", "messageSize: 512") { $0.profile.producers?.sizes == .constant(512) },
    Planted("messageSize", "messageSize: 512", "messageSizeDistribution:\n  \"256-1024\": 1"),
    Planted("messageSizeDistribution", "messageSizeDistribution:\n  \"256-1024\": 1") { $0.profile.producers?.sizes == .weighted([.init(sizes: 256...1023, weight: 1)]) },
    Planted("messageSizeDistribution", "messageSizeDistribution:\n  \"0-16\": 1"),
    Planted("useRandomizedPayloads", "useRandomizedPayloads: true") { !$0.lists("payloadFile") },
    Planted("randomBytesRatio", "useRandomizedPayloads: true", "randomBytesRatio: 0.25") { $0.profile.producers?.compressionRatio == 4 },
    Planted("randomBytesRatio", "randomBytesRatio: 0.25"),
    Planted("randomBytesRatio", "useRandomizedPayloads: false", "randomBytesRatio: 0.25"),
    Planted("randomBytesRatio", "payloadFile: payload/payload-64b.data", "messageSize: 64", "randomBytesRatio: 0.25"),
    Planted("randomizedPayloadPoolSize", "randomizedPayloadPoolSize: 100"),
    Planted("payloadFile", "payloadFile: payload/payload-64b.data", "messageSize: 64"),
    Planted("subscriptionsPerTopic", "subscriptionsPerTopic: 2") { $0.profile.consumerGroups.count == 2 },
    Planted("producersPerTopic", "producersPerTopic: 3") { $0.profile.producers?.count == 3 },
    Planted("consumerPerSubscription", "consumerPerSubscription: 4", "partitionsPerTopic: 4") { $0.profile.consumerGroups[0].count == 4 },
    Planted("producerRate", "producerRate: 7") { $0.profile.producers?.recordsPerSecond == 7 },
    Planted("producerRate", search) { $0.profile.search != nil && $0.lists("producerRate") },
    Planted("consumerBacklogSizeGB", backlog) { $0.profile.backlog != nil && $0.lists("consumerBacklogSizeGB") },
    Planted("backlogDrainRatio", backlog, "backlogDrainRatio: 0.5") { $0.profile.backlog?.drainShare == 0.5 && !$0.lists("backlogDrainRatio") },
    Planted("backlogDrainRatio", backlog, "backlogDrainRatio: 0") { $0.profile.backlog?.drainShare == 0.001 && $0.lists("backlogDrainRatio") },
    Planted("backlogDrainRatio", backlog, "backlogDrainRatio: 0.9999") { $0.profile.backlog?.drainShare == 0.999 && $0.lists("backlogDrainRatio") },
    Planted("backlogDrainRatio", "backlogDrainRatio: 0.5"),
    Planted("backlogDrainRatio", search, "backlogDrainRatio: 0.5"),
    Planted("testDurationMinutes", "testDurationMinutes: 2") { $0.profile.phases.steadyNanoseconds == 120_000_000_000 },
    Planted("testDurationMinutes", "testDurationMinutes: 0.001"),
    Planted("testDurationMinutes", search, "testDurationMinutes: 0.1") { $0.profile.search?.confirmNanoseconds == 10_000_000_000 && $0.lists("testDurationMinutes") },
    Planted("warmupDurationMinutes", "warmupDurationMinutes: 3") { $0.profile.phases.warmUpNanoseconds == 180_000_000_000 },
    Planted("existingTopicList", "existingTopicList: [a]"),
    Planted("existingProduceTopicList", "existingProduceTopicList: [a]"),
    Planted("existingConsumeTopicList", "existingConsumeTopicList: [a]"),
    Planted("existingTopicList", "existingTopicList: [a]", isExternal: true) { $0.workload.existingTopics == ["a"] },
    Planted("existingProduceTopicList", "existingTopicList: [a]", "existingProduceTopicList: [b]", isExternal: true) { $0.workload.existingTopics == ["a"] && $0.lists("existingProduceTopicList") },
    Planted("sampleRateMillis", "sampleRateMillis: 5000") { $0.intervalSeconds == 5 },
    Planted("sampleRateMillis", "sampleRateMillis: 1400"),
    Planted("drainProducerRate", backlog, "drainProducerRate: 500") { $0.profile.backlog?.throttleShare == 0.5 && !$0.lists("drainProducerRate") },
    Planted("drainProducerRate", backlog, "drainProducerRate: 1001"),
    Planted("drainProducerRate", backlog, "drainProducerRate: 500", "producerPauseDuringDrain: true"),
    Planted("drainProducerRate", "drainProducerRate: 500"),
    Planted("drainProducerRate", search, "drainProducerRate: 500"),
    Planted("consumerOnly", backlog, "consumerOnly: true") { $0.profile.backlog?.producers == .stopped },
    Planted("producerStartRate", search, "producerStartRate: 777") { $0.profile.search?.fromPerSecond == 777 },
    Planted("producerStartRate", "producerStartRate: 777"),
    Planted("acceptableBacklog", search, "acceptableBacklog: 9") { $0.profile.search?.objective.description.hasSuffix("lag <= 9") == true },
    Planted("acceptableBacklog", "acceptableBacklog: 9"),
    Planted("producerIncrementRate", search, "producerIncrementRate: 9"),
    Planted("producerIncrementRate", "producerIncrementRate: 9"),
    Planted("producerIncrementSeconds", search, "producerIncrementSeconds: 9"),
    Planted("producerIncrementSeconds", "producerIncrementSeconds: 9"),
    Planted("producerPauseBeforeDrain", backlog, "producerPauseBeforeDrain: true"),
    Planted("producerPauseBeforeDrain", "producerPauseBeforeDrain: true"),
    Planted("producerPauseBeforeDrain", search, "producerPauseBeforeDrain: true"),
    Planted("producerPauseDuringDrain", backlog, "producerPauseDuringDrain: true") { $0.profile.backlog?.producers == .stopped },
    Planted("producerPauseDuringDrain", "producerPauseDuringDrain: true"),
    Planted("producerPauseDuringDrain", search, "producerPauseDuringDrain: true"),
    Planted("messageRateReceivedForSubscription", "messageRateReceivedForSubscription: 300") { $0.profile.consumerGroups[0].recordsPerSecond == 300 },
    Planted("messageRateReceivedForSubscription", backlog, "messageRateReceivedForSubscription: 300"),
    Planted("messageRateReceivedForSubscription", search, "messageRateReceivedForSubscription: 300"),
    Planted("messageRateReceivedForSubscription", "subscriptionsPerTopic: 0", "messageRateReceivedForSubscription: 300"),
]

extension OMBPlan {
    fileprivate func lists(_ key: String) -> Bool { deviations.contains { $0.key == key && !$0.reason.isEmpty } }
}

@Suite struct OMBKeysTests {
    /// The base without what the planted lines give anew.
    private func plan(_ planted: Planted) throws -> OMBPlan {
        func key(_ line: String) -> Substring { line.prefix { $0 != ":" } }
        let own = Set(planted.lines.map(key))
        let text = (base.filter { !own.contains(key($0)) } + planted.lines).joined(separator: "\n") + "\n"
        let workloads = try OMBWorkload.read(text, path: "\(OMBFixtures.root)/workloads/planted.yaml")
        return try OMBFixtures.plans(workloads, try OMBFixtures.driver("kafka")) { $0.isExternal = planted.isExternal }[0]
    }

    @Test func `every key that a workload may have is planted`() {
        #expect(Set(planted.map(\.key)) == Set(OMBWorkload.keys))
    }

    @Test func `a key with a value of its own is honoured, or listed`() throws {
        for one in planted {
            let plan = try plan(one)
            let isHonoured = one.isHonoured?(plan) ?? plan.lists(one.key)
            #expect(isHonoured, "\(one.lines): \(plan.deviations.map(\.brief))")
        }
    }
}
