// What the two tools refuse before they connect to anything.
import Testing

@testable import Harness

@Suite struct PerfPlanTests {
    private func plan(
        topic: String = "t", records: Int64 = 10, warmUp: Int64 = 0, payloads: [PayloadSource] = [.random(bytes: 100)], throughput: Double = -1,
        interval: Int64 = 5_000, _ words: String...
    ) throws -> ProducerPerfPlan {
        try ProducerPerfPlan(
            topic: topic, records: records, warmUpRecords: warmUp, payloads: payloads, throughput: throughput, intervalMilliseconds: interval,
            properties: try ProducerProperties(["bootstrap.servers": "127.0.0.1:9092"].adding(words)))
    }

    private func refusal(_ make: () throws -> ProducerPerfPlan) -> String {
        do {
            _ = try make()
            return "taken"
        } catch let PeerToolError.refused(text) { return text } catch { return "\(error)" }
    }

    @Test func `what makes no run is refused, with the flag that is to blame`() {
        let refused: [(String, () throws -> ProducerPerfPlan)] = [
            ("--topic", { try plan(topic: "") }), ("--num-records", { try plan(records: 0) }), ("--warmup-records", { try plan(warmUp: 10) }),
            ("--record-size", { try plan(payloads: []) }), ("--record-size", { try plan(payloads: [.monotonic, .random(bytes: 1)]) }),
            ("--record-size", { try plan(payloads: [.random(bytes: 0)]) }), ("--throughput", { try plan(throughput: 0) }),
            ("--throughput", { try plan(throughput: .nan) }), ("--reporting-interval", { try plan(interval: 0) }),
        ]
        for (flag, make) in refused { #expect(refusal(make).contains(flag), "\(flag): \(refusal(make))") }
    }

    @Test func `records that no request may carry and memory that no machine has are refused`() throws {
        #expect(throws: PeerToolError.self) { try plan().check(2_000_000...2_000_000) }
        #expect(throws: PeerToolError.self) { try plan().check(Int.max...Int.max) }
        #expect(throws: PeerToolError.self) { try plan("batch.size=1", "buffer.memory=17179869184").check(1...1) }
        #expect(throws: PeerToolError.self) { try plan().check(100...100, memoryBytes: 32 << 20) }
        try plan().check(100...100, memoryBytes: 1 << 30)
        try plan("max.request.size=3000000").check(2_000_000...2_000_000)
    }

    @Test func `a consumer's numbers are checked too`() throws {
        let properties = try ConsumerProperties(["bootstrap.servers": "127.0.0.1:9092"], group: "g", fetchBytes: 1, socketBytes: -1)
        #expect(throws: PeerToolError.self) { _ = try ConsumerPerfPlan(topic: "", records: 1, properties: properties) }
        #expect(throws: PeerToolError.self) { _ = try ConsumerPerfPlan(topic: "t", records: -1, properties: properties) }
        #expect(throws: PeerToolError.self) { _ = try ConsumerPerfPlan(topic: "t", records: 1, timeoutMilliseconds: -1, properties: properties) }
        #expect(throws: PeerToolError.self) { _ = try ConsumerPerfPlan(topic: "t", records: 1, intervalMilliseconds: 0, properties: properties) }
        #expect(throws: PeerToolError.self) { _ = try ConsumerPerfPlan(topic: "t", records: 1, dateFormat: "u", properties: properties) }
    }

    @Test(arguments: [
        (nil, nil, "exactly one of --topic and --include is needed"), ("t", "t", "exactly one of --topic and --include is needed"), (nil, "", "--include is empty"),
        (nil, "(", "--include ( is no regular expression"), (nil, "[a-", "--include [a- is no regular expression"), (nil, "*", "--include * is no regular expression"),
    ] as [(String?, String?, String)])
    func `topics are named in one way, which says something`(topic: String?, include: String?, reason: String) throws {
        let properties = try ConsumerProperties(["bootstrap.servers": "127.0.0.1:9092"], group: "g", fetchBytes: 1, socketBytes: -1)
        let error = #expect(throws: PeerToolError.self) { _ = try ConsumerPerfPlan(topic: topic, include: include, records: 1, properties: properties) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "taken")")
    }

    @Test(arguments: [
        ("bulk.*", ["bulk", "bulk-1", "bulk_2", "bulk.3"]), ("bulk-\\d+", ["bulk-1"]), ("bulk|small", ["bulk", "small"]), ("(?i)SMALL", ["small"]), ("bul", []),
        ("(?!bulk).*", ["small"]), ("[a-z]+\\.3", ["bulk.3"]),
    ])
    func `a pattern takes whole names, in Java's words`(pattern: String, names: [String]) throws {
        #expect(try PerfTopics.names(matching: pattern, among: ["small", "bulk.3", "bulk_2", "bulk-1", "bulk"]) == names.sorted())
    }

    @Test func `internal topics are in a pattern when they are asked for`() throws {
        func excludes(_ values: [String: String]) throws -> Bool {
            try ConsumerProperties(["bootstrap.servers": "b:1"].merging(values) { $1 }, group: "g", fetchBytes: 1, socketBytes: -1).excludesInternalTopics
        }
        #expect(try excludes([:]) && !excludes(["exclude.internal.topics": "false"]))
    }
}
