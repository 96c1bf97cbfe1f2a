// What OMB's files come to as a profile, and that nothing is left out silently.
import Foundation
import Records
import Results
import Testing

@testable import Harness

@Suite struct OMBPlanTests {
    @Test func `a workload and a driver are a profile, and what it can't take as it stands is listed`() throws {
        let plan = try OMBFixtures.plan("omb") { $0.timeScale = 0.01 }
        let profile = plan.profile
        #expect(profile.topic.count == 2 && profile.topic.partitions == 3 && profile.topic.settings["flush.ms"] == "200")
        #expect(profile.broker.durability == .interval(milliseconds: 200))
        let producers = try #require(profile.producers)
        #expect(producers.count == 2 && producers.mode == .open && producers.recordsPerSecond == 2_000 && producers.sizes == .constant(256))
        #expect(producers.keys == .roundRobin(10_000) && producers.batchBytes == 16_384 && producers.lingerNanoseconds == 2_000_000)
        #expect(producers.inFlight == 4 && producers.acks == -1 && producers.idempotent && producers.codec == .lz4 && producers.compressionRatio == 2)
        #expect(profile.contract == .exactlyOnce)
        #expect(profile.consumerGroups.map(\.label) == ["sub-1", "sub-2"] && profile.consumerGroups.allSatisfy { $0.count == 2 })
        let group = try #require(profile.consumerGroups[1].group)
        #expect(group.assignor == .range && group.session == 45_000_000_000 && group.heartbeat == 3_000_000_000 && group.commit == 100_000_000)
        let fetch = profile.consumerGroups[0].fetch
        #expect(fetch.minBytes == 2 && fetch.maxWaitNanoseconds == 100_000_000 && fetch.partitionBytes == 10 << 20 && fetch.maxBytes == 20 << 20)
        #expect(profile.phases.steadyNanoseconds == 3_000_000_000 && profile.phases.warmUpNanoseconds == 600_000_000)
        let backlog = try #require(profile.backlog)
        // A hundredth of 1 GiB, over both subscriptions.
        #expect(backlog.size == .bytes(5_368_709) && backlog.producers == .running && backlog.drainShare == 0.75)
        #expect(plan.intervalSeconds == 1 && plan.replicationFactor == 1)
        for (key, brief) in [
            ("replicationFactor", "replicationFactor 3 → 1"), ("topicConfig min.insync.replicas", "topicConfig min.insync.replicas 2 → 1"),
            ("topicConfig unclean.leader.election.enable", "topicConfig unclean.leader.election.enable false: no effect"),
            ("commonConfig bootstrap.servers", "commonConfig bootstrap.servers: no effect"),
            ("commonConfig default.api.timeout.ms", "commonConfig default.api.timeout.ms 1200000: no effect"),
            ("commonConfig request.timeout.ms", "commonConfig request.timeout.ms 1200000: no effect"),
            ("producerConfig buffer.memory", "producerConfig buffer.memory 67108864: no effect"),
            ("consumerConfig max.poll.records", "consumerConfig max.poll.records 1000: no effect"),
            ("randomizedPayloadPoolSize", "randomizedPayloadPoolSize: no effect"), ("keyDistributor", "keyDistributor KEY_ROUND_ROBIN → 10000 keys of 8 bytes"),
            ("testDurationMinutes", "testDurationMinutes 5 → 3.0 s"), ("warmupDurationMinutes", "warmupDurationMinutes 1 → 0.6 s"),
            ("consumerBacklogSizeGB", "consumerBacklogSizeGB 1 → 10.7 MB"), ("sampleRateMillis", "sampleRateMillis 10000 → 1000"),
            ("consumerConfig enable.auto.commit", "consumerConfig enable.auto.commit false → a commit every 100 ms"), ("publishLatency, endToEndLatency", "publishLatency, endToEndLatency → from the intended time"),
        ] { #expect(plan.deviation(key) == brief) }
        let honoured = ["acks", "linger.ms", "batch.size", "compression.type", "enable.idempotence", "retries", "fetch", "auto.offset", "max.in.flight"]
        #expect(!plan.deviations.contains { deviation in honoured.contains { deviation.key.contains($0) } })
        #expect(plan.deviations.allSatisfy { !$0.reason.isEmpty })
    }

    @Test func `readers are members of a group as the driver has it`() throws {
        func plan(_ values: [String: String]) throws -> OMBPlan {
            try OMBFixtures.plan("omb") { $0.properties.consumer.merge(values) { _, own in own } }
        }
        let own = try plan([
            "enable.auto.commit": "true", "auto.commit.interval.ms": "1000", "session.timeout.ms": "6000", "heartbeat.interval.ms": "500",
            "isolation.level": "read_committed",
            "partition.assignment.strategy": "org.apache.kafka.clients.consumer.CooperativeStickyAssignor, org.apache.kafka.clients.consumer.RangeAssignor",
        ])
        let readers = own.profile.consumerGroups[0]
        let group = try #require(readers.group)
        #expect(group.assignor == .cooperative && group.session == 6_000_000_000 && group.heartbeat == 500_000_000 && group.commit == 1_000_000_000)
        #expect(readers.isCommittedOnly && !own.deviations.contains { $0.key.hasPrefix("consumerConfig enable") || $0.key.contains("assignment") })
        let other = try plan(["partition.assignment.strategy": "org.apache.kafka.clients.consumer.StickyAssignor", "auto.commit.interval.ms": "0", "enable.auto.commit": "true"])
        #expect(other.profile.consumerGroups[0].group?.assignor == .range && other.profile.consumerGroups[0].group?.commit == 10_000_000)
        #expect(other.deviation("consumerConfig partition.assignment.strategy")?.hasSuffix("StickyAssignor → range") == true)
        #expect(other.deviation("consumerConfig auto.commit.interval.ms") == "consumerConfig auto.commit.interval.ms 0 → 10")
        let error = #expect(throws: ProfileError.self) { _ = try plan(["isolation.level": "none"]) }
        #expect(error?.description.contains("isolation.level=none is none of read_uncommitted, read_committed") == true, "\(error?.description ?? "")")
    }

    @Test func `nothing of a cluster's address or of its users stands in the profile`() throws {
        let plan = try OMBFixtures.plan("omb") {
            $0.properties.common["bootstrap.servers"] = "broker-of-somebody:9092"
            $0.properties.common["sasl.jaas.config"] = "PlainLoginModule required username=\"alice\" password=\"hunter2\";"
            $0.properties.common["sasl.mechanism"] = "PLAIN"
            $0.securityUnused = "the run's own broker listens in the clear"
        }
        let said = plan.profile.text + plan.deviations.map { "\($0.brief) \($0.reason)" }.joined()
        for secret in ["somebody", "alice", "hunter2", "PLAIN"] { #expect(!said.contains(secret), "\(secret)") }
        #expect(plan.deviation("commonConfig sasl.jaas.config") == "commonConfig sasl.jaas.config: no effect")
    }

    @Test func `a cluster of more brokers, and of somebody else's, gets what it can have`() throws {
        let plan = try OMBFixtures.plan("omb") {
            $0.brokers = 2
            $0.isExternal = true
        }
        #expect(plan.replicationFactor == 2 && plan.deviation("replicationFactor") == "replicationFactor 3 → 2")
        #expect(plan.profile.topic.settings["min.insync.replicas"] == "2" && plan.deviation("topicConfig min.insync.replicas") == nil)
        #expect(plan.profile.topic.settings["unclean.leader.election.enable"] == "false")
        let alone = try OMBFixtures.plan("omb") { $0.isExternal = true }
        #expect(alone.profile.topic.settings["min.insync.replicas"] == nil)
        #expect(plan.deviation("commonConfig bootstrap.servers") != nil)
    }

    @Test func `a size distribution is weights, raised to the stamp; forks' keys are honoured or listed`() throws {
        let plan = try OMBFixtures.plan("sizes", "redpanda") { $0.timeScale = 0.01 }
        let producers = try #require(plan.profile.producers)
        #expect(
            producers.sizes
                == .weighted([
                    .init(sizes: 32...32, weight: 5), .init(sizes: 16...255, weight: 234), .init(sizes: 256...1023, weight: 456), .init(sizes: 1024...4095, weight: 10),
                ]))
        #expect(producers.acks == 1 && !producers.idempotent && producers.keys == .uniform(10_000) && plan.profile.contract == .atLeastOnce)
        let backlog = try #require(plan.profile.backlog)
        #expect(backlog.producers == .throttled && abs(backlog.throttleShare - 0.1) < 1e-9)
        #expect(plan.deviation("messageSizeDistribution") != nil && plan.deviation("messageSize") == "messageSize 1024: no effect")
        #expect(plan.deviation("reset") == "reset true: no effect" && plan.deviation("payloadFile") == "payloadFile → random bytes")
        for key in ["producerStartRate", "acceptableBacklog", "producerIncrementRate", "producerIncrementSeconds"] { #expect(plan.deviation(key) == "\(key): no effect") }
        // Redpanda's warm-up where nothing is said.
        #expect(plan.profile.phases.warmUpNanoseconds == 18_000_000_000 && plan.deviation("warmupDurationMinutes") == "warmupDurationMinutes 30 (default) → 18.0 s")
    }

    @Test func `producers pause, throttle or go on while a backlog is drained, as the fork at hand says`() throws {
        func producers(_ change: (inout OMBWorkload) -> Void) throws -> (BacklogPlan.Producers?, String?) {
            var workload = try OMBFixtures.workload("omb")[0]
            change(&workload)
            let plan = try OMBFixtures.plans([workload], try OMBFixtures.driver("kafka")) { $0.timeScale = 0.001 }[0]
            return (plan.profile.backlog?.producers, plan.deviation("drainProducerRate"))
        }
        #expect(try producers({ $0.drainProducerRate = 0 }).0 == .stopped)
        #expect(try producers({ $0.producerPauseDuringDrain = true }).0 == .stopped)
        #expect(try producers({ $0.consumerOnly = true }).0 == .stopped)
        #expect(try producers({ $0.drainProducerRate = 500 }).0 == .throttled)
        let (running, deviation) = try producers({ $0.drainProducerRate = 5_000 })
        #expect(running == .running && deviation == "drainProducerRate 5000 → 2000")
        #expect(try producers({ $0.consumerBacklogSizeGB = 0 }).0 == nil)
        // At 512 kB/s of values to two subscriptions one of 1 GB stands within half an hour, and one of 8 GB not within the hour that it may take.
        let asked = try OMBFixtures.plan("omb")
        #expect(asked.deviation("consumerBacklogSizeGB") == "consumerBacklogSizeGB → phases of its own", "\(asked.deviations)")
        var workload = try OMBFixtures.workload("omb")[0]
        workload.consumerBacklogSizeGB = 8
        let long = try OMBFixtures.plans([workload], try OMBFixtures.driver("kafka")) { $0.timeScale = 1 }[0]
        #expect(long.deviation("consumerBacklogSizeGB") == "consumerBacklogSizeGB 8 → 3.7 GB", "\(long.deviations)")
    }

    @Test func `a rate of 0 is a search, whose windows fit on the disk`() throws {
        let plan = try OMBFixtures.plan("search") { $0.timeScale = 0.1 }
        let search = try #require(plan.profile.search)
        #expect(search.objective.description == "lag slope <= 0 and errors = 0 and lag <= 50000" && search.fromPerSecond == 2_000)
        #expect(search.trialNanoseconds == 3_000_000_000 && search.confirmNanoseconds == 30_000_000_000 && plan.profile.producers?.recordsPerSecond == nil)
        #expect(plan.profile.topic.retentionBytes == 268_435_456 && plan.profile.topic.segmentBytes == 64 << 20)
        // Zeros would be compressed further than records that carry stamps.
        #expect(plan.profile.producers?.compressionRatio == PayloadPool.largestCompressionRatio && plan.deviation("randomBytesRatio") == "randomBytesRatio → 10:1")
        #expect(plan.deviation("producerRate")?.hasPrefix("producerRate 0 → search: ") == true && plan.deviation("acceptableBacklog") == "acceptableBacklog 50000 → lag <= 50000")
        #expect(plan.deviation("producerIncrementRate") == "producerIncrementRate: no effect")
        let plans = try OMBFixtures.plans(try OMBFixtures.workload("template"), try OMBFixtures.driver("redpanda"))
        #expect(plans.map { $0.profile.search != nil } == [false, true, false, true, false, true, false, true])
        #expect(plans[5].point.label == "topics=2 partitionsPerTopic=1 messageSize=100 producerRate=0")
    }

    @Test func `many partitions get small segments, settings are laid over the profile, and a faulty driver is named`() throws {
        var workload = try OMBFixtures.workload("payload")[0]
        (workload.topics, workload.partitionsPerTopic) = (100, 10)
        let plan = try OMBFixtures.plans([workload], try OMBFixtures.driver("redpanda")) { $0.overrides = ["producers.rate=7", "topic.retentionBytes=16MiB"] }[0]
        #expect(plan.profile.topic.segmentBytes == 8 << 20 && plan.deviation("topicConfig segment.bytes") == "topicConfig segment.bytes → 8388608")
        #expect(plan.profile.producers?.recordsPerSecond == 7 && plan.profile.topic.retentionBytes == 16 << 20)
        let error = #expect(throws: ProfileError.self) { _ = try OMBFixtures.plan("payload") { $0.properties.producer["acks"] = "2" } }
        #expect(error?.description.hasSuffix("kafka.yaml: producerConfig: acks=2 is none of all, -1, 1, 0") == true, "\(error?.description ?? "")")
        let odd = try OMBFixtures.plan("payload") {
            $0.properties.producer["batch.size"] = "0"
            $0.properties.producer["transactional.id"] = "t"
        }
        #expect(odd.deviation("producerConfig batch.size") == "producerConfig batch.size 1 → 512" && odd.deviation("producerConfig transactional.id") != nil)
    }

    @Test func `identical payloads are as compressible as records with stamps can be, random bytes are not`() {
        let text = [UInt8](repeating: 65, count: 1_000)
        #expect(OMBPayload.compressionRatio(of: text, .lz4, level: nil, batchBytes: 65_536) > 50)
        var state: UInt64 = 1
        let random = (0..<65_536).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        #expect(OMBPayload.compressionRatio(of: random, .zstd, level: nil, batchBytes: 65_536) < 1.01)
    }

    /// OMB's own published files, where somebody has them: TIDEMARK_OMB names their directory.
    @Test func `the published files are planned unchanged, every workload with every driver`() throws {
        guard let root = ProcessInfo.processInfo.environment["TIDEMARK_OMB"] else { return }
        func files(_ folder: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)").filter { $0.hasSuffix(".yaml") }.sorted().map { "\(root)/\(folder)/\($0)" }
        }
        let drivers = try files("drivers")
        let workloads = try files("workloads")
        #expect(!drivers.isEmpty && !workloads.isEmpty)
        for workload in workloads {
            for driver in drivers {
                let plans = try OMBFixtures.plans(try OMBWorkload.load(workload), try OMBDriver.load(driver)) { $0.timeScale = 0.01 }
                #expect(!plans.isEmpty && plans.allSatisfy { !$0.deviations.isEmpty }, "\(workload) with \(driver)")
            }
        }
    }
}
