// A filled log and the fetches that cover it, for clients that drop what they fetch: read in full and audited once, then
// held to lengths and samples.
internal import Client
internal import Measurement
internal import Results
internal import Topology

/// A log on some broker that passed the audit of every record.
struct FetchLog {
    /// As the broker has it.
    let topic: String
    /// Bytes of records that were asked to be written.
    let bytes: Int64
    /// In the order in which they are to be made.
    let fetches: [PlannedFetch]
    let audit: DiscardAudit
    let security: ConnectionSecurity

    /// Fetches that are read in full after each measurement, through each address.
    private static let samples = 8
    /// Bytes of a fetch where nobody asks for others, and of a batch that fits in it.
    static let fetchBytes: Int64 = 1 << 20
    private static let batchBytes: Int64 = 65_536

    /// Produces about `bytes` of records in batches of at most 64 KiB at full speed, reads every one of them back and cuts the log into
    /// fetches.
    ///
    /// - Parameters:
    ///   - topic: as the result calls it.
    ///   - fetchBytes: asked for at once; a batch is no larger, since the first one of an answer comes whole.
    ///   - recordBytes: nil: as the profile's producers have them.
    /// - Returns: nil when the audit failed. The run's facts then say so, which makes it INVALID: what is fetched from such a
    ///   log is no measurement.
    static func fill(
        _ context: RunContext, on target: BrokerTarget, topic: String, bytes: Int64, fetchBytes: Int64 = FetchLog.fetchBytes, recordBytes: Int? = nil
    ) throws -> FetchLog? {
        let name = context.topic(topic, on: target)
        var load = LoadPlan(context.profile, label: "fill \(topic)", topic: name)
        load.producers.mode = .max
        load.producers.recordsPerSecond = nil
        load.producers.count = 1
        load.producers.batchBytes = Int(min(batchBytes, fetchBytes))
        if let recordBytes { load.producers.recordBytes = recordBytes }
        load.clientCPUs = []
        load.consumers = nil
        load.byteBudget = bytes
        load.headline = topic
        let audit = try context.fill(load, on: target)
        guard audit == .passed else {
            context.record.notes.append("\(topic): not measured, its log failed the audit")
            return nil
        }
        let fetches = try FetchPlanner.plan(
            broker: target.bootstrap, topic: name, partitions: Int32(target.topics?.partitionCount(of: name) ?? load.topicPlan.partitions),
            fetchBytes: Int32(fetchBytes), security: target.security
        ) { try context.checkInterruption() }
        guard !fetches.isEmpty else { throw HarnessError.impossible("the log of \(topic) is empty") }
        return FetchLog(topic: name, bytes: bytes, fetches: fetches, audit: DiscardAudit(plan: fetches), security: target.security)
    }

    /// The same log, other fetches of it, or in another order; audited by themselves.
    func with(_ fetches: [PlannedFetch]) -> FetchLog {
        FetchLog(topic: topic, bytes: bytes, fetches: fetches, audit: DiscardAudit(plan: fetches), security: security)
    }

    /// The newest `share` of each partition, at least a fetch.
    func newest(_ share: Double) -> FetchLog { with(Self.newest(share, of: fetches)) }

    /// The partitions by turns, each in its order: what is read last is the newest of all of them. One partition behind the other, the newest of
    /// the first would be the older half of what a cache holds, and would go first.
    static func newest(_ share: Double, of fetches: [PlannedFetch]) -> [PlannedFetch] {
        let partitions = Dictionary(grouping: fetches, by: \.partition).sorted { $0.key < $1.key }.map { _, all in
            Array(all.suffix(max(1, Int((Double(all.count) * share).rounded()))))
        }
        let longest = partitions.map(\.count).max() ?? 0
        return (0..<longest).reversed().flatMap { behind in
            partitions.compactMap { behind < $0.count ? $0[$0.count - 1 - behind] : nil }
        }
    }

    /// A pass over the whole log, its answers' lengths audited.
    func pass(from broker: HostPort, cpus: CPUSet? = nil) -> FetchPass {
        FetchPass(broker: broker, topic: topic, plan: fetches, audit: audit, security: security, cpus: cpus)
    }

    /// Audits the passes since the last call: reads samples in full through each of the addresses that served them, and
    /// puts what was found into the phase and into the facts of the run.
    ///
    /// - Parameters:
    ///   - unreached: cache states that the phase should have started in and did not.
    ///   - check: called between the reads, throws to give up; nil: `checkInterruption`.
    func conclude(
        _ phase: inout PhaseRecord, through addresses: [HostPort], unreached: [String] = [], _ context: RunContext, check: (() throws -> Void)? = nil
    ) throws {
        try conclude(&phase, through: addresses.map { (address: $0, security: security) }, unreached: unreached, context, check: check)
    }

    /// The same through addresses of which each has a security of its own.
    func conclude(
        _ phase: inout PhaseRecord, through addresses: [(address: HostPort, security: ConnectionSecurity)], unreached: [String] = [], _ context: RunContext,
        check: (() throws -> Void)? = nil
    ) throws {
        let check = check ?? { try context.checkInterruption() }
        for (address, security) in addresses {
            try audit.readSamples(Self.samples, bootstrap: address, topic: topic, security: security, checkInterruption: check)
        }
        let (report, counts) = audit.takeReport()
        for (name, count) in counts { phase.counters["audit_\(name)"] = count }
        phase.notes += ["audit: \(report.extent.rawValue)"] + report.text
        var facts = VerdictFacts(phase: phase.name, load: .maxRate)
        facts.audit = report.outcome
        facts.auditExtent = report.extent.rawValue
        facts.unreachedStates = unreached
        context.record.facts.append(facts)
    }
}
