// A comparison as it grows: groups in, "go on" or "settled" out, across attempts.

/// What the runner does next.
package enum CampaignStep: Equatable, Sendable {
    /// Run a group with `nextArrangement`.
    case runGroup
    /// Stop and report with this ending.
    case stop(CampaignEnding)
}

/// Groups and spent looks of one comparison, stored between attempts. Decisions are functions of the plan and the
/// groups alone; what is stored of the looks is compared with what the groups say, so nothing is tested twice on a fresh
/// budget and an altered file is refused.
package struct GateCampaign: Codable, Equatable, Sendable {
    package let plan: GatePlan
    /// In the order in which they ran, dropped ones included.
    package private(set) var groups: [RestartGroup] = []
    package private(set) var looks: [LookRecord] = []
    /// Sessions so far, this one included.
    package private(set) var attempts = 1
    /// What spoiled the campaign for good: a crash, lost records, a generator that could not keep up.
    package private(set) var spoiled: [String] = []

    package init(plan: GatePlan) { self.plan = plan }

    /// Index of the group to run next.
    package var nextIndex: Int { groups.count }

    package var nextArrangement: GroupArrangement {
        GroupArrangement(seed: plan.seed, group: nextIndex, slicesPerSide: plan.slicesPerSide)
    }

    package var kept: [RestartGroup] { groups.filter { $0.dropped == nil } }

    /// Adds a finished group and takes the look that it makes due.
    ///
    /// - Throws: when the group is not the one that was due, or lacks or falsifies a value of a deciding metric; the
    ///   campaign is then as before, and the caller decides whether it is spoiled.
    package mutating func record(_ group: RestartGroup) throws(GateFault) -> CampaignStep {
        try check(group, at: nextIndex)
        guard group.attempt == attempts - 1 else { throw .unexpectedGroup(index: group.index, expected: nextIndex) }
        let judge = GateJudge(plan: plan)
        let next = group.dropped == nil ? try judge.look(after: looks, kept + [group]) : nil
        groups.append(group)
        if let next { looks.append(next) }
        return step
    }

    /// Marks the campaign as spoiled: every later report of it is invalid.
    package mutating func spoil(_ reason: String) { spoiled.append(reason) }

    /// Takes the campaign up again: what is measured from now on pools with what there is.
    ///
    /// - Throws: when `plan` is not the campaign's, when the campaign was spoiled, or when the stored looks don't follow
    ///   from the stored groups.
    package mutating func resume(with plan: GatePlan) throws(GateFault) {
        if let difference = Self.difference(self.plan, plan) { throw .planChanged(difference) }
        guard spoiled.isEmpty else { throw .invalidated(spoiled.joined(separator: "; ")) }
        try verify()
        attempts += 1
    }

    /// Recomputes everything that is stored beside the measured values.
    func verify() throws(GateFault) {
        for (index, group) in groups.enumerated() {
            try check(group, at: index)
            guard group.dropped == DropRule.reason(for: group.noise) else {
                throw .invalidated("group \(index) is marked \(group.dropped?.rawValue ?? "kept"), against its noise")
            }
        }
        let said = try GateJudge(plan: plan).looks(kept)
        guard looks.count == said.count, zip(looks, said).allSatisfy({ $0.agrees(with: $1) }) else {
            throw .invalidated("the stored looks don't follow from the stored groups")
        }
    }

    /// What there is to do now.
    package var step: CampaignStep {
        if !spoiled.isEmpty { return .stop(.spoiled) }
        if tooManyDroppedThisAttempt { return .stop(.spoiled) }
        if GateJudge(plan: plan).unsettled(after: looks).isEmpty { return .stop(.settled) }
        return looks.count < plan.schedule.looks.count ? .runGroup : .stop(.exhausted)
    }

    /// A later attempt gets its own chance: its groups may bring the share of the pool down again.
    private var tooManyDroppedThisAttempt: Bool {
        let recent = groups.filter { $0.attempt == attempts - 1 }
        return recent.count >= DropRule.groupsBeforeEarlyEnd
            && Double(recent.count { $0.dropped != nil }) > DropRule.droppedShareMaximum * Double(recent.count)
    }

    private func check(_ group: RestartGroup, at index: Int) throws(GateFault) {
        let arrangement = GroupArrangement(seed: plan.seed, group: index, slicesPerSide: plan.slicesPerSide)
        guard group.index == index, group.arrangement == arrangement else {
            throw .unexpectedGroup(index: group.index, expected: index)
        }
        guard group.dropped == nil else { return }
        for metric in plan.metrics { _ = try GateJudge.logarithms(of: metric, in: group) }
    }

    private static func difference(_ mine: GatePlan, _ other: GatePlan) -> String? {
        let parts: [(String, Bool)] = [
            ("profile", mine.profile == other.profile), ("base build", mine.base == other.base), ("head build", mine.head == other.head),
            ("metrics", mine.metrics == other.metrics), ("seed", mine.seed == other.seed),
            ("slices", mine.slicesPerSide == other.slicesPerSide && mine.sliceSeconds == other.sliceSeconds),
        ]
        return parts.first { !$0.1 }?.0 ?? (mine == other ? nil : "thresholds or error budget")
    }
}
