// One load: who produces and consumes, over which phases, under which promise.
package import Measurement
package import Topology

package struct LoadPlan {
    /// In front of every phase's name: `unpinned`, `append`.
    package var label: String
    package var topic: String
    package var topicPlan: TopicPlan
    package var producers: ProducersPlan
    package var consumers: ConsumersPlan?
    package var phases: PhasesPlan
    package var contract: DeliveryContract
    package var expectedErrors: [String]
    /// False against a null broker, which keeps nothing.
    package var isAudited = true
    /// Record bytes over all lanes and phases after which the load ends; nil: none.
    package var byteBudget: Int64?
    /// Producer lane n, and consumer lane n, runs on set n modulo their number; empty: where the kernel likes.
    package var clientCPUs: [CPUSet]
    /// The headline that this load belongs to.
    package var headline: String?
    /// What is done to the broker in the steady phase; needs a broker of this run.
    package var perturbations: [PerturbationPlan] = []
    /// Called with the record bytes acknowledged so far, before the first of them and then every 20 ms.
    package var onProgress: ((UInt64) -> Void)?
    /// Called right when the steady window has ended, before anything drains; not timed.
    package var afterSteady: (() throws -> Void)?

    /// Everything as the profile has it. A profile without producers gets one default producer.
    package init(_ profile: Profile, label: String, topic: String) {
        self.label = label
        self.topic = topic
        topicPlan = profile.topic
        producers = profile.producers ?? ProducersPlan()
        consumers = profile.consumers
        phases = profile.phases
        contract = profile.contract
        expectedErrors = profile.expectedErrors
        clientCPUs = producers.cpus.map { set in set.cpus.map { CPUSet([$0]) } } ?? []
    }

    package var loadKind: LoadKind {
        switch producers.mode {
        case .open: .openLoop
        case .closed: .closedLoop
        case .max: .maxRate
        }
    }

    /// The byte budget in force: a load without a schedule has one, as the disk plan assumed, on a broker that keeps what it gets.
    var budgetInForce: Int64? {
        if let byteBudget { return byteBudget }
        guard producers.recordsPerSecond == nil, isAudited else { return nil }
        return Int64(RunPlan.assumedMaximumBytesPerSecond / RunPlan.logOverhead * Double(phases.longestNanoseconds) / 1e9)
    }
}
