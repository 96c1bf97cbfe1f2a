// What OMB's files may say, and what is refused where it stands.
import Foundation
import Testing

@testable import Harness

private let least = """
    topics: 1
    partitionsPerTopic: 1
    messageSize: 100
    subscriptionsPerTopic: 1
    producersPerTopic: 1
    consumerPerSubscription: 1
    producerRate: 1000
    testDurationMinutes: 1
    """

private func fault(_ text: String) -> ProfileError? {
    do throws(ProfileError) {
        _ = try OMBWorkload.read(text, path: "w.yaml")
        return nil
    } catch { return error }
}

@Suite struct OMBFilesTests {
    @Test func `the fixtures have every key between them, of workloads and of drivers`() throws {
        var workloads: Set<String> = []
        for name in OMBFixtures.workloads { workloads.formUnion(try OMBFixtures.workload(name)[0].given) }
        #expect(workloads == Set(OMBWorkload.keys))
        let drivers = try OMBFixtures.drivers.map { try OMBFixtures.driver($0).text }.joined()
        for key in OMBDriver.keys { #expect(drivers.contains("\n\(key):"), "\(key)") }
    }

    @Test(arguments: [
        ("producerrate: 5", "did you mean ‘producerRate’?", 9), ("consumerBacklogSize: 5", "did you mean ‘consumerBacklogSizeGB’?", 9),
        ("keyDistributor: KEY_RANDOM", "must be one of NO_KEY, KEY_ROUND_ROBIN, RANDOM_NANO", 9), ("randomBytesRatio: 50%", "a number from 0 to 1", 9),
        ("messageSizeDistribution: {256: 1}", "must read MIN-MAX", 9), ("messageSizeDistribution: {1024-256: 1}", "the smaller first", 9),
        ("messageSizeDistribution: {0-256: 0}", "adds up to nothing", 9), ("messageSizeDistribution: {1MB-5MB: 1}", "records of up to 1 MiB", 9),
        ("payloadFile: a\nuseRandomizedPayloads: true", "both say what is sent", 9), ("consumerOnly: true", "needs a ‘consumerBacklogSizeGB’", 9),
        ("existingProduceTopicList: [a]\nexistingConsumeTopicList: [b]", "other topics than", 10), ("warmupDurationMinutes: -1", "a number from 0", 9),
        ("drainProducerRate: -2", "a whole number from -1", 9),
    ])
    func `a key that is not known, or has no such value, is refused with what would be right`(line: String, reason: String, number: Int) {
        let error = fault("\(least)\n\(line)\n")
        #expect(error?.message.contains(reason) == true, "\(error?.description ?? "accepted")")
        #expect(error?.line == number && error?.file == "w.yaml", "\(error?.description ?? "")")
    }

    @Test func `a rate must be said, since 0 is another experiment; and so must an end`() {
        #expect(fault(least.replacing("producerRate: 1000", with: "name: x"))?.message.contains("or 0 to look for the highest") == true)
        #expect(fault(least.replacing("testDurationMinutes: 1", with: "testDurationMinutes: 0"))?.message.contains("without an end") == true)
        #expect(fault(least.replacing("producerRate: 1000", with: "producerRate: 0\nconsumerBacklogSizeGB: 1"))?.message.contains("stands behind one rate") == true)
        #expect(fault("")?.message == "the workload is empty")
        #expect(fault("- 1")?.message.contains("must be a mapping") == true)
        #expect(fault("topics: [")?.message.hasPrefix("not YAML") == true)
    }

    @Test func `a driver of something that is not Kafka is refused, and a mistyped block too`() {
        func fault(_ text: String) -> String {
            do throws(ProfileError) {
                _ = try OMBDriver.read(text, path: "d.yaml")
                return "accepted"
            } catch { return error.description }
        }
        #expect(fault("name: p\ndriverClass: io.openmessaging.benchmark.driver.pulsar.PulsarBenchmarkDriver").contains("d.yaml:2:14: "))
        #expect(fault("driverClass: io.openmessaging.benchmark.driver.kafka.KafkaBenchmarkDriver\nproducerConfg: |\n  acks=1").contains("did you mean ‘producerConfig’?"))
        #expect(fault("name: k").contains("lacks the key ‘driverClass’"))
    }

    @Test func `a sweep template is every combination of its lists, named as it says`() throws {
        let all = try OMBFixtures.workload("template")
        #expect(all.count == 8)
        #expect(all[0].name == "1-topics-1-partitions-100b-1000r" && all[7].name == "2-topics-1-partitions-1024b-0r")
        #expect(all[7].choices.map(\.key) == ["topics", "partitionsPerTopic", "messageSize", "producerRate"])
        #expect(all[7].choices.map(\.value) == [2, 1, 1024, 0])
        let many = least.replacing("messageSize: 100", with: "messageSize: [\((1...1001).map { "\($0)" }.joined(separator: ", "))]")
        #expect(fault(many)?.message.contains("more than 1000 workloads") == true)
    }

    @Test func `a payload is found above its workload, or where it is told, and must have the size that the workload says`() throws {
        #expect(try OMBFixtures.plan("payload").deviation("payloadFile") == "payloadFile payload/payload-64b.data → 64 bytes")
        func fault(_ change: (inout OMBWorkload) -> Void, root: String? = nil) throws -> String {
            var workload = try OMBFixtures.workload("payload")[0]
            change(&workload)
            do {
                _ = try OMBFixtures.plans([workload], try OMBFixtures.driver("kafka")) { $0.root = root }
                return "accepted"
            } catch { return "\(error)" }
        }
        #expect(try fault({ _ in }, root: "\(OMBFixtures.root)/workloads").contains("--omb-root names the directory"))
        #expect(try fault({ $0.payloadFile = "/dev/zero" }).contains("more than the 1048576 bytes"))
        #expect(try fault({ $0.messageSize = 65 }).contains("has 64 bytes and ‘messageSize’ is 65"))
    }
}
