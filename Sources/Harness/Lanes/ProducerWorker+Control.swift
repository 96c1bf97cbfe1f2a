// What the control thread asks of a producer lane; all of it runs on the lane's thread.
internal import Client
internal import Host
internal import Measurement
internal import Synchronization

extension ProducerWorker {
    func begin(_ first: ProducerRecorders, _ schedule: OpenLoopSchedule?, _ budget: Int64?) {
        precondition((schedule != nil) == (setup.plan.mode == .open), "an open loop, and nothing else, follows a schedule")
        closeBooks()
        phases = [first]
        handing = 0
        tally.restart(errors)
        stream = schedule?.stream(lane: setup.number, of: setup.count, startingAt: first.origin)
        loadEnd = .max
        // Where sizes differ, by their mean: over the table of draws it is exact.
        recordBudget = budget.map { UInt64(Double(max(0, $0)) / setup.plan.sizes.mean) }
        handedRecords = 0
        runRest = 0
        gauges.isBudgetSpent.store(false, ordering: .relaxed)
        gauges.isDrained.store(false, ordering: .releasing)
    }

    func boundary(_ next: ProducerRecorders) {
        guard let last = phases.last else { return }
        precondition(next.origin > last.origin, "phases come one after the other")
        phases.append(next)
    }

    func endLoad(at time: UInt64) {
        guard let loadEnd else { return }
        self.loadEnd = min(loadEnd, time)
    }

    /// What waits is not sent any more.
    func abandon() {
        if loadEnd != nil { endLoad(at: MonotonicClock.now()) }
        while let entry = queue.first {
            if let phase = phases.last(where: { $0.origin <= entry.intended }) { phase.counts.unsentRecords &+= 1 }
            queue.removeFirst()
        }
        chosenPartition = nil
    }

    func collect() -> [ProducerLanePhase] {
        closeBooks()
        let now = MonotonicClock.now()
        while tally.count + 1 < phases.count, now >= phases[tally.count + 1].origin { tally.cut(errors) }
        for phase in phases { phase.advance(to: now) }
        let values = phases.enumerated().map { $1.value(errors: tally.errors(of: $0, errors)) }
        phases = []
        stream = nil
        loadEnd = nil
        return values
    }
}
