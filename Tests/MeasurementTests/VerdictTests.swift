import Measurement
import Testing

/// An open-loop phase that breaks no rule.
private func sound(_ change: (inout VerdictFacts) -> Void = { _ in }) -> VerdictFacts {
    var facts = VerdictFacts(phase: "steady", load: .openLoop)
    facts.seconds = 10
    facts.scheduledEvents = 100_000
    facts.handedOverEvents = 100_000
    facts.acknowledgedEvents = 99_990
    facts.scheduleLagP99Nanoseconds = 50_000
    facts.hiccupP99Nanoseconds = 60_000
    facts.responseP50Nanoseconds = 300_000
    facts.responseP99Nanoseconds = 1_000_000
    facts.laneSaturation = 0.4
    facts.audit = .passed
    facts.foreignCPUFraction = 0.001
    facts.stealFraction = 0.001
    change(&facts)
    return facts
}

/// A fact that trips a rule, and one that is just under it.
private struct Edge: CustomTestStringConvertible, Sendable {
    let rule: String
    let outcome: Verdict.Outcome
    let trips: @Sendable (inout VerdictFacts) -> Void
    let passes: @Sendable (inout VerdictFacts) -> Void
    var testDescription: String { rule }

    init(
        _ rule: String, _ outcome: Verdict.Outcome = .invalid, trips: @escaping @Sendable (inout VerdictFacts) -> Void,
        passes: @escaping @Sendable (inout VerdictFacts) -> Void
    ) {
        (self.rule, self.outcome, self.trips, self.passes) = (rule, outcome, trips, passes)
    }
}

private let edges: [Edge] = [
    // 200 µs, with a quiet machine and a fast broker.
    Edge("scheduleLag", trips: { $0.scheduleLagP99Nanoseconds = 200_001 }, passes: { $0.scheduleLagP99Nanoseconds = 200_000 }),
    // Three times the hiccup.
    Edge(
        "scheduleLag",
        trips: { ($0.scheduleLagP99Nanoseconds, $0.hiccupP99Nanoseconds) = (300_001, 100_000) },
        passes: { ($0.scheduleLagP99Nanoseconds, $0.hiccupP99Nanoseconds) = (300_000, 100_000) }),
    // A tenth of the response.
    Edge(
        "scheduleLag",
        trips: { ($0.scheduleLagP99Nanoseconds, $0.responseP99Nanoseconds) = (500_001, 5_000_000) },
        passes: { ($0.scheduleLagP99Nanoseconds, $0.responseP99Nanoseconds) = (500_000, 5_000_000) }),
    Edge("handOver", trips: { $0.handedOverEvents = 98_999 }, passes: { ($0.handedOverEvents, $0.acknowledgedEvents) = (99_000, 99_000) }),
    Edge("laneSaturation", trips: { $0.laneSaturation = 0.851 }, passes: { $0.laneSaturation = 0.85 }),
    Edge("errors", trips: { $0.unexpectedErrors = ["NOT_LEADER_OR_FOLLOWER": 1] }, passes: { $0.unexpectedErrors = ["NOT_LEADER_OR_FOLLOWER": 0] }),
    Edge("audit", trips: { $0.audit = .failed(["partition 0: sequence 7 is missing"]) }, passes: { $0.audit = .passed }),
    Edge("impossibleSample", trips: { $0.impossibleSamples = 1 }, passes: { $0.impossibleSamples = 0 }),
    Edge("foreignLoad", trips: { $0.foreignCPUFraction = 0.0201 }, passes: { $0.foreignCPUFraction = 0.02 }),
    Edge("steal", trips: { $0.stealFraction = 0.0501 }, passes: { $0.stealFraction = 0.05 }),
    Edge("calibrationDrift", trips: { $0.calibrationDrift = [drift(0.11)] }, passes: { $0.calibrationDrift = [drift(0.0999)] }),
    Edge(
        "calibrationDrift", trips: { $0.calibrationDrift = [drift(0.25, spread: 0.08)] },
        passes: { $0.calibrationDrift = [drift(0.23, spread: 0.08)] }),
    // Without a selftest the slices of the readings say what noise is; with one they are not asked.
    Edge(
        "calibrationDrift", trips: { $0.calibrationDrift = [drift(0.16, slices: 0.05)] }, passes: { $0.calibrationDrift = [drift(0.14, slices: 0.05)] }),
    Edge(
        "calibrationDrift", trips: { $0.calibrationDrift = [drift(-0.12, spread: 0.01, slices: 0.5)] },
        passes: { $0.calibrationDrift = [drift(-0.09, spread: 0.01, slices: 0)] }),
    Edge("calibrationDrift", trips: { $0.calibrationDrift = [drift(-0.5)] }, passes: { $0.calibrationDrift = [drift(-0.5, binding: false)] }),
    // 10 s at 100 records/s are 1 % of what was handed over.
    Edge("lag", .saturated, trips: { $0.lagSlopeAtLeast = 100.1 }, passes: { $0.lagSlopeAtLeast = 100 }),
    Edge("cacheState", trips: { $0.unreachedStates = ["cold: 4 % resident"] }, passes: { $0.unreachedStates = [] }),
    Edge("placement", trips: { $0.placementVerifiedShare = 0.949 }, passes: { $0.placementVerifiedShare = 0.95 }),
    Edge("compressionRatio", .valid, trips: { ($0.compressionRatio, $0.compressionRatioAsked) = (2.69, 3) }, passes: { ($0.compressionRatio, $0.compressionRatioAsked) = (2.71, 3) }),
    Edge("compressionRatio", .valid, trips: { ($0.compressionRatio, $0.compressionRatioAsked) = (2.21, 2) }, passes: { ($0.compressionRatio, $0.compressionRatioAsked) = (2.19, 2) }),
    Edge("keptUp", .saturated, trips: { $0.acknowledgedEvents = 98_600 }, passes: { $0.acknowledgedEvents = 98_998 }),
]

private func drift(_ fraction: Double, spread: Double? = nil, slices: Double? = nil, binding: Bool = true) -> CalibrationDrift {
    CalibrationDrift(
        resource: "sequential write", binding: binding, beforeValue: 1_000, afterValue: 1_000 * (1 + fraction), selftestSpread: spread, sliceSpread: slices)
}

@Suite struct VerdictTests {
    @Test(arguments: edges)
    private func `each threshold trips and holds just under`(edge: Edge) {
        let tripped = Verdict.judge(sound(edge.trips))
        #expect(tripped.outcome == edge.outcome)
        #expect(tripped.reasons.map(\.rule) == [edge.rule])
        #expect(tripped.reasons.first?.phase == "steady")
        let held = Verdict.judge(sound(edge.passes))
        #expect(held.outcome == .valid && held.reasons == [], "\(held.reasons.map(\.text))")
    }

    @Test func `a broker that falls behind is saturated, a generator that also was late makes it invalid`() {
        let both = Verdict.judge(sound { ($0.acknowledgedEvents, $0.scheduleLagP99Nanoseconds) = (50_000, 900_000) })
        #expect(both.outcome == .invalid)
        #expect(both.reasons.map(\.rule) == ["scheduleLag", "keptUp"])
    }

    @Test func `a flag leaves the verdict as it is, comes last, and keeps no spoiled phase from being measured again`() {
        func flag(_ facts: inout VerdictFacts) { (facts.compressionRatio, facts.compressionRatioAsked) = (1.5, 4) }
        let flagged = Verdict.judge(sound { flag(&$0) })
        #expect(flagged.outcome == .valid && flagged.reasons.map(\.outcome) == [.valid] && flagged.objections == [])
        #expect(flagged.reasons[0].text == "the batches were compressed 1.50 to 1 and the profile asked for 4.00 to 1 (10 % off allowed): the figures are for what was reached")
        let saturated = Verdict.judge([sound { flag(&$0) }, sound { $0.acknowledgedEvents = 1 }])
        #expect(saturated.outcome == .saturated && saturated.reasons.map(\.rule) == ["keptUp", "compressionRatio"])
        let spoiled = sound {
            flag(&$0)
            $0.stealFraction = 0.9
        }
        #expect(Verdict.spoiledByMachineAlone([spoiled]) != nil && Verdict.judge(spoiled).isSpoiled)
        #expect(Verdict.spoiledByMachineAlone([sound { flag(&$0) }]) == nil)
    }

    @Test func `requests that a slow but steady broker has in flight are not a backlog`() {
        // 10,000/s with 200 ms response: 2,000 in flight at the end of 100,000.
        let steady = sound { ($0.acknowledgedEvents, $0.responseP50Nanoseconds, $0.responseP99Nanoseconds) = (98_000, 200_000_000, 300_000_000) }
        #expect(Verdict.judge(steady).outcome == .valid)
        // A backlog that grew to 10,000: the last response took 1 s, the median 0.5 s.
        let growing = sound { ($0.acknowledgedEvents, $0.responseP50Nanoseconds) = (90_000, 500_000_000) }
        #expect(Verdict.judge(growing).outcome == .saturated)
    }

    @Test(arguments: [LoadKind.closedLoop, .maxRate])
    func `without a schedule the schedule's rules do not apply`(load: LoadKind) {
        var facts = sound { ($0.scheduleLagP99Nanoseconds, $0.handedOverEvents, $0.laneSaturation) = (.max, 1, 1) }
        facts.load = load
        #expect(Verdict.judge(facts).outcome == .valid)
    }

    @Test func `what was not measured breaks no rule`() {
        var facts = VerdictFacts(phase: "zero-copy", load: .maxRate)
        facts.audit = .passed
        #expect(Verdict.judge(facts) == Verdict(reasons: []))
    }

    @Test func `a run without any audit is invalid, and the worst phase decides`() {
        let unaudited = VerdictFacts(phase: "zero-copy", load: .maxRate)
        #expect(Verdict.judge([unaudited]).reasons.map(\.rule) == ["audit"])
        let run = Verdict.judge([sound(), sound { $0.acknowledgedEvents = 1 }, unaudited, sound { $0.stealFraction = 0.9 }])
        #expect(run.outcome == .invalid)
        #expect(run.reasons.map(\.rule) == ["steal", "keptUp"])
    }

    @Test func `where there could be no records nothing has to be audited, and beside a load that had some it has`() {
        var question = VerdictFacts(phase: "lookup", load: .maxRate)
        question.hasNoRecords = true
        #expect(Verdict.judge([question]).outcome == .valid)
        question.stealFraction = 0.9
        #expect(Verdict.judge([question]).reasons.map(\.rule) == ["steal"])
        question.stealFraction = 0
        #expect(Verdict.judge([question, VerdictFacts(phase: "zero-copy", load: .maxRate)]).reasons.map(\.rule) == ["audit"])
        #expect(Verdict.judge([]).reasons.map(\.rule) == ["audit"])
    }

    @Test func `what was set aside plays no part in the verdict`() {
        let spoiled = sound { ($0.stealFraction, $0.setAside) = (0.9, "the hypervisor took 90 %") }
        #expect(Verdict.judge([spoiled, sound()]).outcome == .valid)
        #expect(Verdict.judge([spoiled]).reasons.map(\.rule) == ["audit"], "nothing is left that was audited")
    }

    @Test func `only the machine's own doing is a reason to measure again`() {
        #expect(Verdict.spoiledByMachineAlone([sound()]) == nil)
        #expect(Verdict.spoiledByMachineAlone([sound { $0.stealFraction = 0.06 }]) == "the hypervisor took 6 % of the CPUs (5 % allowed)")
        #expect(Verdict.spoiledByMachineAlone([sound(), sound { $0.foreignCPUFraction = 0.5 }]) != nil)
        #expect(Verdict.spoiledByMachineAlone([sound { ($0.stealFraction, $0.audit) = (0.06, .failed(["lost"])) }]) == nil)
        #expect(Verdict.spoiledByMachineAlone([sound { $0.stealFraction = 0.06 }, sound { $0.acknowledgedEvents = 1 }]) == nil)
    }

    @Test func `every threshold is in the table that run json carries`() {
        #expect(VerdictThresholds.table.count == 28)
        #expect(VerdictThresholds.table["foreignCPUShareMaximum"] == 0.02)
    }
}
