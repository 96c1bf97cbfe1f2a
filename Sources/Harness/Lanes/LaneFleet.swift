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
    private let ledger: Ledger
    private let plan: LoadPlan
    private let target: BrokerTarget
    /// Where the load's records begin in a topic that had others before; empty: at the front.
    private let firstOffsets: [Int32: Offset]
    private let readers: [ConsumerLane]
    /// Those that read everything: a slow one is not waited for.
    private let tails: [ConsumerLane]

    /// What a run makes its fleets with: the `FleetMaker` of real runs.
    package static func make(_ plan: LoadPlan, on target: BrokerTarget, in context: RunContext) throws -> any LoadFleet {
        try LaneFleet(plan, on: target) { try context.checkInterruption() }
    }

    /// TCP congestion control of every lane: as the broker's own, and none that paces.
    static let congestion = "cubic"
    /// How long reading everything back may take.
    static let readBackSeconds: UInt64 = 300

    /// Makes the topic, or finds it, and connects the lanes.
    ///
    /// - Parameter check: called between the steps; throws to give up.
    /// - Throws: `ClientError`, `HarnessError`, `SystemError`, and what `check` throws.
    package init(_ plan: LoadPlan, on target: BrokerTarget, check: () throws -> Void) throws {
        self.plan = plan
        self.target = target
        let partitions = try Self.prepareTopic(plan, target)
        let isShared = target.topics?.areShared ?? false
        if isShared, plan.consumerGroups.contains(where: { $0.start == .earliest }) {
            throw HarnessError.impossible("‘consumers.startOffset: earliest’ would read what others have left in \(plan.topic): in their topics readers begin at the end")
        }
        firstOffsets = try isShared ? Self.ends(of: plan.topic, target) : [:]
        let lanes = plan.producerGroups.reduce(0) { $0 + $1.count }
        let ledger = Ledger(
            contract: plan.contract, partitions: partitions,
            firstProducer: isShared ? Self.strangeProducerNumber() : Self.takeProducerNumbers(lanes), sharesTopic: isShared)
        self.ledger = ledger
        func cpus(_ lane: Int) -> CPUSet? { plan.clientCPUs.isEmpty ? nil : plan.clientCPUs[lane % plan.clientCPUs.count] }
        var made: [ProducerLane] = []
        var readers: [ConsumerLane] = []
        var tails: [ConsumerLane] = []
        do {
            // First those that read, so that they are at the end of the log when there is nothing in it.
            for group in plan.consumerGroups where plan.isAudited {
                for n in 0..<group.count {
                    try check()
                    let lane = try ConsumerLane(
                        number: n, of: group.count, plan: group, lane: readers.count, bootstrap: target.bootstrap, topic: plan.topic,
                        partitions: partitions, recordBytes: Self.smallestMean(plan.producerGroups), cpus: cpus(readers.count), ledger: ledger,
                        congestion: Self.congestion, security: target.security)
                    readers.append(lane)
                    if !group.isSlow { tails.append(lane) }
                }
            }
            var pools = PayloadPools(for: plan.producerGroups, byteCount: Self.poolBytes)
            for group in plan.producerGroups {
                try check()
                let material = RecordMaterial(group, pool: pools.pool(for: group))
                let own = plan.producerGroups.count > 1 ? group.eachCPU : []
                for n in 0..<group.count {
                    try check()
                    made.append(
                        try ProducerLane(
                            number: n, of: group.count, ledgerNumber: made.count, plan: group, bootstrap: target.bootstrap, topic: plan.topic,
                            partitions: partitions, material: material, cpus: cpus(made.count) ?? (own.isEmpty ? nil : own[n % own.count]),
                            ledger: ledger, congestion: Self.congestion, security: target.security))
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
    private static let poolBytes = max(
        PayloadPool.defaultByteCount, 2 * Int(MachineDescription.read().lastLevelCacheBytes ?? 0))

    /// - Returns: the number of its partitions.
    private static func prepareTopic(_ plan: LoadPlan, _ target: BrokerTarget) throws -> Int {
        let cluster = try Cluster([target.address], target.connection)
        if let topics = target.topics { return try topics.prepare(plan, cluster) }
        do {
            try cluster.controller().createTopic(
                plan.topic, partitions: Int32(plan.topicPlan.partitions), replication: Int16(plan.topicPlan.replication),
                configs: topicConfigs(plan, target))
        } catch ClientError.broker(.topicAlreadyExists, _) {}
        return plan.topicPlan.partitions
    }

    private static func ends(of topic: String, _ target: BrokerTarget) throws -> [Int32: Offset] {
        let cluster = try Cluster([target.address], target.connection)
        return try cluster.offsets(of: try cluster.topic(topic), at: .latest)
    }

    /// Segment size and retention are the profile's where the broker is of this run; somebody else's has its own.
    private static func topicConfigs(_ plan: LoadPlan, _ target: BrokerTarget) -> [(name: String, value: String)] {
        guard target.isOurs else { return [] }
        let segment = (name: "segment.bytes", value: String(plan.topicPlan.segmentBytes))
        guard let bytes = plan.topicPlan.retentionBytes else { return [segment] }
        return [segment, (name: "retention.bytes", value: String(bytes))]
    }

    package func stop() {
        producers.forEach { $0.stop() }
        consumers.forEach { $0.stop() }
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
        return (report.outcome, counts)
    }

    /// As `audit`, with everything that was found. Reads the topic back where tail consumers have not read to its end, each group
    /// of them.
    package func auditReport(_ check: () throws -> Void) throws -> AuditReport {
        if try !haveReadEverything() {
            try Audit.readBack(
                bootstrap: target.bootstrap, topic: plan.topic, ledger: ledger, from: firstOffsets,
                deadline: MonotonicClock.now() + Self.readBackSeconds * nanosecondsPerSecond, congestion: Self.congestion,
                security: target.security, checkInterruption: check)
        }
        return Audit.judge(ledger: ledger)
    }

    private func haveReadEverything() throws -> Bool {
        guard !tails.isEmpty else { return false }
        let ends = try Self.ends(of: plan.topic, target)
        return tails.flatMap { Array($0.positions) }.allSatisfy { partition, position in position >= ends[partition] ?? .max }
    }
}
