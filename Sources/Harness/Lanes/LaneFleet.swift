// The lanes of one load: made together, stopped together, judged together.
internal import Client
internal import Host
package import Measurement
internal import Records
internal import Synchronization
internal import Topology
internal import Vocabulary
internal import Wire

/// Real lanes against a real broker. For the control thread.
package final class LaneFleet: LoadFleet {
    package let producers: [any ProducingLane]
    package let consumers: [any ConsumingLane]
    /// Of all groups, in the order of the plan.
    private let topics: [LaneTopic]
    private let target: BrokerTarget
    /// Where the load's records begin in topics that had others before, by topic; empty: at the front.
    private let firstOffsets: [String: [Int32: Offset]]
    private let readers: [ConsumerLane]
    /// Those that read everything: a slow one is not waited for.
    private let tails: [ConsumerLane]
    /// That the broker keeps something of, until they are forgotten.
    private var groupNames: [String]

    /// What a run makes its fleets with: the `FleetMaker` of real runs.
    package static func make(_ plan: LoadPlan, on target: BrokerTarget, in context: RunContext) throws -> any LoadFleet {
        try LaneFleet(plan, on: target) { try context.checkInterruption() }
    }

    /// TCP congestion control of every lane: as the broker's own, and none that paces.
    static let congestion = "cubic"
    /// How long reading everything back may take.
    static let readBackSeconds: UInt64 = 300

    /// Makes the topics, or finds them, and connects the lanes.
    ///
    /// - Parameter check: called between the steps; throws to give up.
    /// - Throws: `ClientError`, `HarnessError`, `SystemError`, and what `check` throws.
    package init(_ plan: LoadPlan, on target: BrokerTarget, check: () throws -> Void) throws {
        self.target = target
        let partitions = try Self.prepareTopics(plan, target, check)
        let isShared = target.topics?.areShared ?? false
        if isShared, plan.consumerGroups.contains(where: { $0.start == .earliest }) {
            throw HarnessError.impossible("‘consumers.startOffset: earliest’ would read what others have left in \(plan.topic): in their topics readers begin at the end, or at a place that says how much of it they read, such as last:1000")
        }
        firstOffsets = try isShared ? Self.ends(of: plan.topics, target) : [:]
        let lanes = plan.producerGroups.reduce(0) { $0 + $1.count }
        let firstProducer = isShared ? Self.strangeProducerNumber() : Self.takeProducerNumbers(lanes)
        let topics = LaneTopic.all(zip(plan.topics, partitions).map { name, count in
            (name, Ledger(contract: plan.contract, partitions: count, firstProducer: firstProducer, lanes: lanes, sharesTopic: isShared))
        })
        self.topics = topics
        let loadPartitions = topics.allPartitions
        groupNames = plan.consumerGroups.filter { $0.group != nil }.flatMap { group in plan.topics(of: group.topic).map { group.groupName(topic: $0) } }
        func ownTopics(_ set: String?) -> [LaneTopic] {
            let names = Set(plan.topics(of: set))
            return topics.filter { names.contains($0.name) }
        }
        func cpus(_ lane: Int) -> CPUSet? { plan.clientCPUs.isEmpty ? nil : plan.clientCPUs[lane % plan.clientCPUs.count] }
        var made: [ProducerLane] = []
        var readers: [ConsumerLane] = []
        var tails: [ConsumerLane] = []
        do {
            // First those that read, so that they are at the end of the log when there is nothing in it.
            for group in plan.consumerGroups where plan.isAudited {
                let read = ownTopics(group.topic)
                let recordBytes = Self.smallestMean(plan.producerGroups.filter { $0.topic == group.topic })
                let shared = group.group == nil ? nil : ReaderOffsets(partitions: loadPartitions)
                for n in 0..<group.count {
                    try check()
                    let lane = try ConsumerLane(
                        number: n, of: group.count, lane: readers.count, lanes: plan.consumerGroups.reduce(0) { $0 + $1.count }, plan: group, bootstrap: target.bootstrap, topics: read,
                        loadPartitions: loadPartitions, recordBytes: recordBytes, cpus: cpus(readers.count), shared: shared, congestion: Self.congestion,
                        security: target.security, keepsIntervals: plan.intervalSeconds != nil)
                    readers.append(lane)
                    if !group.isSlow { tails.append(lane) }
                }
                if group.group != nil { try Self.waitForMembers(readers.suffix(group.count), read.allPartitions, of: group, check) }
            }
            var pools = PayloadPools(for: plan.producerGroups, byteCount: Self.poolBytes)
            for group in plan.producerGroups {
                try check()
                let material = RecordMaterial(group, pool: pools.pool(for: group))
                let written = ownTopics(group.topic)
                let own = plan.producerGroups.count > 1 ? group.eachCPU : []
                for n in 0..<group.count {
                    try check()
                    made.append(
                        try ProducerLane(
                            number: n, of: group.count, ledgerNumber: made.count, plan: group, bootstrap: target.bootstrap, topics: written,
                            loadPartitions: loadPartitions, material: material, cpus: cpus(made.count) ?? (own.isEmpty ? nil : own[n % own.count]),
                            congestion: Self.congestion, security: target.security, keepsIntervals: plan.intervalSeconds != nil))
                }
            }
        } catch {
            made.forEach { $0.stop() }
            readers.forEach { $0.stop() }
            throw error
        }
        producers = made
        consumers = readers
        self.readers = readers
        self.tails = tails
    }

    /// Until all members of a group have come to terms and every partition has its reader.
    private static func waitForMembers(_ lanes: ArraySlice<ConsumerLane>, _ partitions: Int, of group: ConsumersPlan, _ check: () throws -> Void) throws {
        let deadline = MonotonicClock.now() + groupSeconds * nanosecondsPerSecond
        while true {
            let read = lanes.compactMap(\.partitionsRead)
            if read.count == lanes.count, read.reduce(0, +) >= partitions { return }
            try check()
            if let failure = lanes.lazy.compactMap(\.failure).first { throw failure }
            guard MonotonicClock.now() < deadline else {
                throw HarnessError.impossible("the members of \(group.label) have not shared \(partitions) partitions out within \(groupSeconds) s")
            }
            MonotonicClock.sleep(nanoseconds: 5_000_000)
        }
    }
    private static let groupSeconds: UInt64 = 60

    /// Of the values of the group that has the smallest: of others a slow reader gets fewer at once.
    private static func smallestMean(_ groups: [ProducersPlan]) -> Double { groups.map(\.sizes.mean).min() ?? 0 }

    /// Numbers that no earlier load of this process has stamped with.
    private static func takeProducerNumbers(_ count: Int) -> UInt32 {
        nextProducerNumber.add(UInt32(count), ordering: .relaxed).oldValue
    }
    private static let nextProducerNumber = Atomic<UInt32>(0)

    /// The first of numbers that no other run is likely to stamp with in the same topic at the same time.
    private static func strangeProducerNumber() -> UInt32 { .random(in: 1 << 20 ... 1 << 31) }

    /// More than any last-level cache of this machine holds.
    static let poolBytes = max(
        PayloadPool.defaultByteCount, 2 * Int(MachineDescription.read().lastLevelCacheBytes ?? 0))

    /// - Returns: the number of partitions of each.
    private static func prepareTopics(_ plan: LoadPlan, _ target: BrokerTarget, _ check: () throws -> Void) throws -> [Int] {
        let cluster = try Cluster([target.address], target.connection)
        var counts: [Int] = []
        for set in plan.usedTopicSets {
            for name in set.names {
                try check()
                counts.append(try prepare(name, set.plan, target, cluster))
            }
        }
        return counts
    }

    private static func prepare(_ name: String, _ plan: TopicPlan, _ target: BrokerTarget, _ cluster: Cluster) throws -> Int {
        if let topics = target.topics { return try topics.prepare(name, plan, cluster) }
        do {
            try cluster.controller().createTopic(
                name, partitions: Int32(plan.partitions), replication: Int16(plan.replication), configs: target.isOurs ? plan.configs : plan.ownSettings)
        } catch ClientError.broker(.topicAlreadyExists, _) {}
        return plan.partitions
    }

    /// Where their logs end by the broker's word, by topic.
    static func ends(of topics: [String], _ target: BrokerTarget) throws -> [String: [Int32: Offset]] {
        let cluster = try Cluster([target.address], target.connection)
        return try topics.reduce(into: [:]) { $0[$1] = try cluster.offsets(of: try cluster.topic($1), at: .latest) }
    }

    package func stop() {
        producers.forEach { $0.stop() }
        consumers.forEach { $0.stop() }
        forgetGroups()
    }

    /// Of somebody else's broker: what its members have left there. Without success the broker forgets them by itself, in time.
    private func forgetGroups() {
        defer { groupNames = [] }
        guard !groupNames.isEmpty, !target.isOurs, let cluster = try? Cluster([target.address], target.connection) else { return }
        for group in groupNames { try? cluster.coordinator(of: group).deleteGroup(group) }
    }

    /// What ended a lane before its time.
    package var failure: (any Error)? {
        producers.lazy.compactMap { ($0 as? ProducerLane)?.failure }.first ?? readers.lazy.compactMap(\.failure).first
    }

    package func audit(_ check: () throws -> Void) throws -> (outcome: AuditOutcome, counts: [String: UInt64]) {
        let report = try auditReport(check)
        var counts = [
            "acknowledged": report.acknowledged, "seen": report.seen, "lost": report.lost, "duplicated": report.duplicated,
            "reordered": report.reordered, "corrupt": report.corrupt, "unknown": report.unknown,
        ]
        if report.retired > 0 { counts["retired"] = report.retired }
        if report.foreign > 0 { counts["foreign"] = report.foreign }
        if topics.contains(where: { $0.ledger.hasTransactions }) { (counts["aborted"], counts["exposed"]) = (report.aborted, report.exposed) }
        return (report.outcome, counts)
    }

    /// As `audit`, with everything that was found. Reads a topic back where tail consumers have not read to its end, each group
    /// of them.
    package func auditReport(_ check: () throws -> Void) throws -> AuditReport {
        let deadline = MonotonicClock.now() + Self.readBackSeconds * nanosecondsPerSecond
        for topic in try unread() {
            try Audit.readBack(
                bootstrap: target.bootstrap, topic: topic.name, ledger: topic.ledger, from: firstOffsets[topic.name] ?? [:], deadline: deadline,
                congestion: Self.congestion, security: target.security, checkInterruption: check)
        }
        return AuditReport.joined(topics.map { ($0.name, Audit.judge(ledger: $0.ledger)) })
    }

    /// The topics that tail consumers have not read to their ends, or not at all.
    private func unread() throws -> [LaneTopic] {
        guard !tails.isEmpty else { return topics }
        let ends = try Self.ends(of: topics.map(\.name), target)
        let positions = tails.map(\.positions)
        return topics.filter { topic in
            let read = positions.compactMap { $0[topic.name] }
            return read.isEmpty || !read.joined().allSatisfy { partition, position in position >= ends[topic.name]?[partition] ?? .max }
        }
    }
}

extension TopicPlan {
    /// What is made of the profile alone.
    var ownSettings: [(name: String, value: String)] { settings.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) } }

    /// On a broker of this run segment size and retention are the profile's too; somebody else's has its own.
    var configs: [(name: String, value: String)] {
        var all = settings
        all["segment.bytes"] = String(segmentBytes)
        if let retentionBytes { all["retention.bytes"] = String(retentionBytes) }
        return all.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }
}
