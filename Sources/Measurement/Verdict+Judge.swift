// The rules of METHOD §3, as pure functions from facts to reasons.
internal import Host

extension Verdict {
    /// The verdict of one phase.
    package static func judge(_ facts: VerdictFacts) -> Verdict {
        var reasons: [Reason] = []
        func object(_ rule: String, _ text: String, _ outcome: Outcome = .invalid) {
            reasons.append(Reason(rule: rule, outcome: outcome, phase: facts.place, text: text))
        }
        if facts.load == .openLoop {
            if let text = lateSchedule(facts) { object("scheduleLag", text) }
            if let text = shortHandOver(facts) { object("handOver", text) }
            if let text = busyLane(facts) { object("laneSaturation", text) }
        }
        for (name, count) in facts.unexpectedErrors.sorted(by: { $0.key < $1.key }) where count > 0 {
            object("errors", "\(count) x \(name), which the profile does not expect")
        }
        if case .failed(let broken) = facts.audit {
            object("audit", "audit failed: " + (broken.isEmpty ? "no reason given" : broken.joined(separator: "; ")))
        }
        if facts.impossibleSamples > 0 { object("impossibleSample", "\(facts.impossibleSamples) samples that cannot be true") }
        if let text = exceeded("foreign processes used", facts.foreignCPUFraction, VerdictThresholds.foreignCPUShareMaximum, "of the CPUs") {
            object("foreignLoad", text)
        }
        if let text = exceeded("the hypervisor took", facts.stealFraction, VerdictThresholds.stealShareMaximum, "of the CPUs") {
            object("steal", text)
        }
        for drift in facts.calibrationDrift where drift.binding && drift.isExcessive {
            object("calibrationDrift", "\(drift.resource) drifted \(decidingPercent(drift.fraction)) during the run (\(decidingPercent(drift.allowed)) allowed)")
        }
        for state in facts.unreachedStates { object("cacheState", state) }
        if let share = facts.placementVerifiedShare, share < VerdictThresholds.placementShareMinimum {
            object("placement", "\(decidingPercent(share)) verified where they should be (\(decidingPercent(VerdictThresholds.placementShareMinimum)) needed)")
        }
        if let text = fellBehind(facts) { object("keptUp", text, .saturated) }
        if let text = readersFellBehind(facts) { object("lag", text, .saturated) }
        if let text = missedRatio(facts) { object("compressionRatio", text, .valid) }
        return Verdict(reasons: reasons)
    }

    /// The verdict of a run: every reason of every phase that counts, and the audit must have passed somewhere, where there were records.
    package static func judge(_ all: [VerdictFacts]) -> Verdict {
        let phases = all.filter { $0.setAside == nil }
        var reasons = phases.flatMap { judge($0).reasons }
        let audited = phases.contains { if case .notRun = $0.audit { false } else { true } }
        if !audited, phases.isEmpty || !phases.allSatisfy({ $0.hasNoRecords == true }) {
            reasons.append(Reason(rule: "audit", outcome: .invalid, phase: nil, text: "no record of this run was audited"))
        }
        return Verdict(reasons: reasons)
    }

    /// Why these phases should be measured again: the machine spoiled them, and nothing else did. Blind to what they
    /// measured, so that a repeat can't choose the figure; nil when they count, or when something else is wrong as well.
    package static func spoiledByMachineAlone(_ phases: [VerdictFacts]) -> String? {
        let reasons = phases.flatMap { judge($0).reasons }.filter { $0.outcome != .valid }
        guard !reasons.isEmpty, reasons.allSatisfy({ ["steal", "foreignLoad"].contains($0.rule) }) else { return nil }
        return reasons.map(\.text).joined(separator: "; ")
    }

    private static func lateSchedule(_ facts: VerdictFacts) -> String? {
        guard let lag = facts.scheduleLagP99Nanoseconds else { return nil }
        let allowed = VerdictThresholds.allowedScheduleLag(
            hiccupNanoseconds: facts.hiccupP99Nanoseconds, responseNanoseconds: facts.responseP99Nanoseconds)
        guard lag > allowed else { return nil }
        return "the generator was late: schedule lag p99 \(Duration.text(nanoseconds: lag)) "
            + "(\(Duration.text(nanoseconds: allowed)) allowed)"
    }

    private static func shortHandOver(_ facts: VerdictFacts) -> String? {
        guard let scheduled = facts.scheduledEvents, scheduled > 0, let handedOver = facts.handedOverEvents else { return nil }
        let share = Double(handedOver) / Double(scheduled)
        guard share < VerdictThresholds.handedOverShareMinimum else { return nil }
        return "only \(decidingPercent(share)) of the schedule was handed over (\(decidingPercent(VerdictThresholds.handedOverShareMinimum)) needed)"
    }

    private static func busyLane(_ facts: VerdictFacts) -> String? {
        exceeded("the busiest client lane was running or waiting for a CPU", facts.laneSaturation, VerdictThresholds.laneSaturationMaximum, "of the time")
    }

    /// What the schedule handed over and the broker had not acknowledged by the end, beyond what a broker that
    /// keeps up has in flight: rate x median response (Little's law). A backlog that grows through the phase
    /// has a median response of half of it and still shows.
    private static func fellBehind(_ facts: VerdictFacts) -> String? {
        guard facts.load == .openLoop, let handedOver = facts.handedOverEvents, handedOver > 0,
            let acknowledged = facts.acknowledgedEvents
        else { return nil }
        var inFlight = 0.0
        if let seconds = facts.seconds, seconds > 0, let median = facts.responseP50Nanoseconds {
            inFlight = Double(handedOver) / seconds * Double(median) / 1e9
        }
        let share = (Double(acknowledged) + inFlight) / Double(handedOver)
        guard share < VerdictThresholds.keptUpShareMinimum else { return nil }
        return "the broker acknowledged \(decidingPercent(Double(acknowledged) / Double(handedOver))) of what it was handed in time "
            + "(\(decidingPercent(VerdictThresholds.keptUpShareMinimum)) needed)"
    }

    /// Readers that lose ground all through the phase, by more than the producers may: their lag is a queue like that of the records
    /// that wait for an acknowledgement. Only what the slope's interval proves counts, and a lane without time to spare is the
    /// generator's fault, which `busyLane` says.
    private static func readersFellBehind(_ facts: VerdictFacts) -> String? {
        guard facts.load == .openLoop, let slope = facts.lagSlopeAtLeast, let seconds = facts.seconds, seconds > 0,
            let handedOver = facts.handedOverEvents, handedOver > 0
        else { return nil }
        let share = slope * seconds / Double(handedOver)
        let allowed = 1 - VerdictThresholds.keptUpShareMinimum
        // 1 − 0.99 is not 0.01 in binary.
        guard share > allowed + 1e-9 else { return nil }
        return "the readers fell behind by at least \(fixed(slope, 0)) records/s, \(decidingPercent(share)) of what was handed over "
            + "(\(decidingPercent(allowed)) allowed)"
    }

    /// The figures are sound, for another payload than the profile asked for.
    private static func missedRatio(_ facts: VerdictFacts) -> String? {
        guard let ratio = facts.compressionRatio, let asked = facts.compressionRatioAsked,
            abs(ratio / asked - 1) > VerdictThresholds.compressionRatioTolerance
        else { return nil }
        return "the batches were compressed \(fixed(ratio, 2)) to 1 and the profile asked for \(fixed(asked, 2)) to 1 "
            + "(\(decidingPercent(VerdictThresholds.compressionRatioTolerance)) off allowed): the figures are for what was reached"
    }

    private static func exceeded(_ what: String, _ share: Double?, _ maximum: Double, _ ofWhat: String) -> String? {
        guard let share, share > maximum else { return nil }
        return "\(what) \(decidingPercent(share)) \(ofWhat) (\(decidingPercent(maximum)) allowed)"
    }
}
