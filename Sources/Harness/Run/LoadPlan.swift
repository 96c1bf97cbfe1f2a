// One load: who produces and consumes, over which phases, under which promise.
package import Measurement
package import Topology

package struct LoadPlan {
    /// In front of every phase's name: `unpinned`, `append`.
    package var label: String
    /// All sets that the profile has, the plain one first.
    package var topicSets: [LoadTopics]
    /// At least one.
    package var producerGroups: [ProducersPlan]
    package var consumerGroups: [ConsumersPlan]
    package var phases: PhasesPlan
    package var contract: DeliveryContract
    package var expectedErrors: [String]
    /// False against a null broker, which keeps nothing.
    package var isAudited = true
    /// Record bytes over all lanes and phases after which the load ends; nil: none.
    package var byteBudget: Int64?
    /// Record bytes that all lanes together write at the highest rate before the warm-up; no budget and no figure counts them, and the
    /// audit does. Needs producers without a schedule.
    package var storedBytes: Int64 = 0
    /// Producer lane n, and consumer lane n, of all groups runs on set n modulo their number; empty: where its group says.
    package var clientCPUs: [CPUSet]
    /// The headline that this load belongs to.
    package var headline: String?
    /// What is done to the broker in the steady phase; needs a broker of this run.
    package var perturbations: [PerturbationPlan] = []
    /// What is built up behind the readers after the steady phase, and caught up with; nil: nothing.
    package var backlog: BacklogPlan?
    /// Open beside its lanes, asking for nothing; nil: no others are.
    package var idle: IdlePlan?
    /// The clocks of measured phases are kept over so many seconds each, too; nil: they are not.
    package var intervalSeconds: Int?
    /// Called with the record bytes acknowledged so far, stored ones left out, before the first of them and then every 20 ms.
    package var onProgress: ((UInt64) -> Void)?
    /// Asked each second of the wait for a steady state, with the record bytes acknowledged so far, whether it is there; nil: it is
    /// looked for in the rates.
    package var isSettled: ((_ appendedBytes: UInt64) -> Bool)?
    /// Called when the stored bytes are acknowledged; may wait. What it counts is kept with their phase.
    package var afterFill: (() throws -> [String: UInt64])?
    /// Called right before the steady window begins; must not wait.
    package var beforeSteady: (() throws -> Void)?
    /// Called right when the steady window has ended, before anything drains; not timed.
    package var afterSteady: (() throws -> Void)?

    /// Everything as the profile has it. A profile without producers gets one default producer.
    package init(_ profile: Profile, label: String, topic: String) {
        self.label = label
        topicSets = profile.allTopicSets.map { LoadTopics(plan: $0, names: $0.names(topic)) }
        producerGroups = profile.producerGroups.isEmpty ? [ProducersPlan()] : profile.producerGroups
        consumerGroups = profile.consumerGroups
        phases = profile.phases
        contract = profile.contract
        expectedErrors = profile.expectedErrors
        clientCPUs = producerGroups.count == 1 ? producerGroups[0].eachCPU : []
    }

    /// The sets that its producers write to. The partitions of a load are numbered through them, in this order.
    package var usedTopicSets: [LoadTopics] { topicSets.filter { set in producerGroups.contains { $0.topic == set.plan.name } } }

    /// Of all that it writes to, at least one.
    package var topics: [String] { usedTopicSets.flatMap(\.names) }

    /// Of those that groups with this `topic` write to, or read.
    func topics(of set: String?) -> [String] { topicSets.first { $0.plan.name == set }?.names ?? [] }

    /// The first. Setting it makes it the only one.
    package var topic: String {
        get { topics[0] }
        set { topicSets = [LoadTopics(plan: topicPlan, names: [newValue])] }
    }

    /// Of the plain set: a headline's load has no other.
    package var topicPlan: TopicPlan {
        get { topicSets[0].plan }
        set { topicSets[0].plan = newValue }
    }

    /// The first group of producers. Setting it makes it the only one, without a name: the load of a headline is of one kind.
    package var producers: ProducersPlan {
        get { producerGroups[0] }
        set {
            producerGroups = [newValue]
            producerGroups[0].name = nil
        }
    }

    /// The first group of consumers; nil: nobody reads. Setting it makes it the only one.
    package var consumers: ConsumersPlan? {
        get { consumerGroups.first }
        set { consumerGroups = newValue.map { [$0] } ?? [] }
    }

    /// Of all groups the one that holds least back.
    package var loadKind: LoadKind {
        if producerGroups.contains(where: { $0.mode == .max }) { return .maxRate }
        return isOpenLoop ? .openLoop : .closedLoop
    }

    /// Whether a schedule decides when each record of each group goes.
    var isOpenLoop: Bool { producerGroups.allSatisfy { $0.mode == .open } }

    /// `open`, `closed` or `max`; `mixed` where groups differ.
    var modeText: String {
        producerGroups.allSatisfy { $0.mode == producerGroups[0].mode } ? producerGroups[0].mode.rawValue : "mixed"
    }

    /// Whether a result tells the groups apart.
    var isNamed: Bool { producerGroups.contains { $0.name != nil } || consumerGroups.contains { $0.name != nil } }

    /// The groups that a byte budget holds: all where one was given, else those without a schedule.
    func isBounded(_ group: ProducersPlan) -> Bool { byteBudget != nil || group.recordsPerSecond == nil }

    /// The byte budget in force: a load without a schedule has one, as the disk plan assumed, on a broker that keeps what it gets.
    var budgetInForce: Int64? {
        if let byteBudget { return byteBudget }
        guard producerGroups.contains(where: { $0.recordsPerSecond == nil }), isAudited else { return nil }
        return Int64(RunPlan.assumedMaximumBytesPerSecond / RunPlan.logOverhead * Double(phases.longestNanoseconds) / 1e9)
    }
}

/// Topics of a load that are alike.
package struct LoadTopics: Equatable, Sendable {
    package var plan: TopicPlan
    /// None where no group writes to them and nobody named any.
    package var names: [String]
}

extension ProducersPlan {
    /// A set a CPU that lanes may run on; empty: any.
    var eachCPU: [CPUSet] { cpus.map { set in set.cpus.map { CPUSet([$0]) } } ?? [] }

    /// When this group's records are due; nil for loops without a schedule.
    ///
    /// - Parameter shape: how the rate goes; nil: it stays.
    func schedule(nanoseconds: UInt64, shape: RateShape?) -> OpenLoopSchedule? {
        recordsPerSecond.map {
            OpenLoopSchedule(
                arrivals: arrivals, steps: shape?.covering(nanoseconds) ?? [.init(eventsPerSecond: $0, nanoseconds: nanoseconds)], seed: seed, trace: trace)
        }
    }
}

/// Lanes by their groups: they come in the order of the groups, and the last group has what is left.
func grouped<Lane>(_ lanes: [Lane], _ counts: [Int]) -> [[Lane]] {
    var rest = lanes[...]
    return counts.indices.map { n in
        let share = n == counts.count - 1 ? rest : rest.prefix(counts[n])
        rest = rest.dropFirst(share.count)
        return Array(share)
    }
}
