// The end of a load: what its lanes gathered, whether every record is there, and what it all comes to.
internal import Client
internal import Host
internal import Measurement
internal import Results

extension LoadRun {
    typealias Gathered = (producers: [ProducerGroupPhase], consumers: [ConsumerGroupPhase])
    typealias Audited = (outcome: AuditOutcome, counts: [String: UInt64])

    /// What the lanes recorded between the boundary of the load's window and its end.
    ///
    /// - Parameter readersCatchUp: whether those that a backlog holds back stood still before it.
    func gather(_ steady: Steady, readersCatchUp: Bool = false) -> Gathered {
        let sent = zip(plan.producerGroups, producers).map { group, lanes in
            // Each lane's second phase: the first is what came before. Its seconds are looked at before it is collected.
            let (recorders, clocks) = (lanes.compactMap(\.responseRecorder), lanes.map(\.intervalClocks))
            let (lags, services) = (lanes.compactMap(\.scheduleLagRecorder), lanes.compactMap(\.serviceRecorder))
            return ProducerGroupPhase(
                plan: group, lanes: lanes.compactMap { $0.collect().dropFirst().first }, threads: lanes.map(\.threadID), recorders: recorders,
                scheduleLags: lags, services: services, clocks: clocks)
        }
        let read = zip(plan.consumerGroups, consumers).enumerated().map { n, element in
            let (group, lanes) = element
            let (recorders, clocks) = (group.isSlow ? [] : lanes.compactMap(\.endToEndRecorder), lanes.map(\.intervalClocks))
            return ConsumerGroupPhase(
                plan: group, lanes: lanes.compactMap { $0.collect().dropFirst().first }, threads: lanes.map(\.threadID), before: steady.before.read[n],
                after: steady.after.read[n], acknowledged: steady.after.written[n],
                lag: steady.lag.flatMap { $0.groups.isEmpty ? nil : $0.groups[n] }, wasHeldBack: readersCatchUp && plan.consumerGroups.holdsBack(group), recorders: recorders, clocks: clocks)
        }
        return (sent, read)
    }

    /// Of all records since the lanes were made; they must have stopped.
    func audit() throws -> Audited {
        guard plan.isAudited else { return (.notRun("the null broker keeps nothing"), [:]) }
        context.progress.note("auditing \(name("records"))")
        do {
            return try fleet.audit {
                try self.check()
                if let interruption, MonotonicClock.now() > interruption.at + Self.interruptedAuditNanoseconds { throw UnfinishedAudit() }
            }
        } catch is UnfinishedAudit {
            return (.notRun("not every record was read back: \(interruptedText)"), [:])
        }
    }

    private struct UnfinishedAudit: Error {}
    /// How long reading records back may take after Ctrl-C.
    private static let interruptedAuditNanoseconds: UInt64 = 10_000_000_000

    /// - Parameter kind: what the measured window is called.
    func outcome(_ steady: Steady, kind: String = "steady", _ gathered: Gathered, audit: Audited, totalBytes: UInt64) -> LoadOutcome {
        LoadConclusion(
            plan: plan, steady: steady, kind: kind, producerGroups: gathered.producers, consumerGroups: gathered.consumers,
            relayThreads: target.security.threadIDs, audit: audit, earlier: phases, totalBytes: totalBytes,
            missing: target.missingReason, sampling: ResidencySampling(target), calibrated: CalibratedRates(context.calibration)
        ).outcome()
    }

    /// - Parameter caughtUp: the catch-up after the steady phase; nil: there was none.
    func conclude(_ steady: Steady, _ gathered: Gathered, _ caughtUp: LoadOutcome?, _ totalBytes: UInt64) throws -> LoadOutcome {
        let outcome = outcome(steady, gathered, audit: try audit(), totalBytes: totalBytes)
        context.record.phases += outcome.phases
        phases = []
        for each in [outcome, caughtUp].compactMap({ $0 }) { context.record.facts += [each.facts] + each.groupFacts }
        return outcome
    }
}
