// The windows of a search, one after the other on one load.
internal import Host
internal import Measurement
internal import Results

extension LoadRun {
    /// Warm-up at the first rate, trials, the final measurement, cool-down, audit; all of it into the record.
    ///
    /// Trials are windows of one load on one broker, not runs of their own: two of them have the same connections, the same topic and
    /// the same warm memory, and differ in their rate alone; and one costs its seconds, not a start, a warm-up and a read-back more.
    /// Between two of them everything is acknowledged and read, so that no window begins with the queue of the one before, and within
    /// one the rate stays. Given up: a window stands on the log that those before it left, which `topic.retentionBytes` keeps small.
    func search(_ search: SearchPlan, preparingSince startedAt: UInt64) throws {
        prepared(since: startedAt)
        defer { fleet.stop() }
        let earlier = context.record.phases
        do { try windows(of: search, earlier) } catch {
            keep(earlier)
            throw error
        }
    }

    private func keep(_ earlier: [PhaseRecord]) { context.record.phases = earlier + phases.sorted { $0.startedNanoseconds < $1.startedNanoseconds } }

    private func windows(of search: SearchPlan, _ earlier: [PhaseRecord]) throws {
        let asked = plan.phases
        var book = SearchBook(search)
        var windows: [LoadOutcome] = []
        // The one without a rate; others have their own, and keep it.
        let searched = plan.producerGroups.firstIndex { $0.recordsPerSecond == nil } ?? 0
        plan.producerGroups[searched].recordsPerSecond = search.bounds.from
        try warmUp()
        while !isInterrupted, let (kind, rate) = book.next {
            plan.label = "search \(windows.count + 1)"
            plan.producerGroups[searched].recordsPerSecond = rate
            abridgeLags()
            plan.phases.steadyWaitNanoseconds = kind == .trial ? search.settleNanoseconds : asked.steadyWaitNanoseconds
            plan.phases.steadyNanoseconds = kind == .trial ? search.trialNanoseconds : search.confirmNanoseconds
            let steady = try steady(kind.rawValue)
            let (outcome, response, endToEnd) = window(steady, kind, of: searched)
            // Of what was cut short nobody can say whether its rate would have passed.
            if isInterrupted { try breakOff(after: outcome) }
            windows.append(outcome)
            var figures = outcome.figures(offered: rate, of: searched)
            figures.intervals = response
            figures.endToEnd?.intervals = endToEnd
            let trial = book.take(
                .init(kind: kind, name: outcome.steady.name, achievedPerSecond: outcome.recordsPerSecond(of: searched), seconds: outcome.steadySeconds),
                figures, outcome.verdict)
            context.progress.note(Self.line(trial))
            if book.next != nil, try !isAtRest(after: steady) {
                book.stop("not everything was acknowledged and read within \(fixed(2 * Self.drainSeconds, 0)) s of the window at \(fixed(rate, 0)) records/s")
            }
            context.record.search = book.record
            keep(earlier)
            try context.publish()
        }
        if isInterrupted, let last = windows.last { try breakOff(after: last) }
        plan.label = ""
        try coolDown()
        fleet.stop()
        book.nameLast("steady")
        if plan.producerGroups.count > 1, let place = phases.lastIndex(where: { $0.name == windows.last?.steady.name }) {
            phases[place].notes.append("the rate that was searched for is that of ‘\(plan.producerGroups[searched].label)’, beside the others at their own")
        }
        try conclude(book, windows, earlier)
    }

    /// What stays of a window that is not the last: in a file of many windows, ten thousand partitions each would be all there is.
    private func abridgeLags() {
        for n in phases.indices {
            phases[n].lag = phases[n].lag?.abridged
            phases[n].groups = phases[n].groups?.map { group in
                var group = group
                group.lag = group.lag?.abridged
                return group
            }
        }
    }

    /// A window by itself; its records are audited with all others when the lanes have stopped.
    ///
    /// - Parameter searched: the group of producers whose rate is searched for.
    /// - Returns: what it came to, and how sure its times are.
    private func window(_ steady: Steady, _ kind: SearchTrial.Kind, of searched: Int) -> (outcome: LoadOutcome, response: [QuantileInterval], endToEnd: [QuantileInterval]) {
        let gathered = gather(steady)
        let outcome = outcome(
            steady, kind: kind.rawValue, gathered, audit: (.notRun("audited with the whole search"), [:]), totalBytes: spentBytes)
        phases.append(outcome.steady)
        return (
            outcome, outcome.intervals("response", of: searched, gathered.producers[searched].recorders),
            outcome.intervals("end_to_end", of: searched, gathered.consumers.flatMap(\.recorders))
        )
    }

    /// Ends a search that was told to stop: the facts of its last window, and the audit of all of them, are kept.
    ///
    /// - Throws: `.interrupted`.
    private func breakOff(after last: LoadOutcome) throws {
        fleet.stop()
        var facts = last.facts
        facts.audit = try audit().outcome
        context.record.facts += [facts] + last.groupFacts
        try requireUninterrupted()
    }

    /// Whether the next window can begin with nothing on its way. A broker that was asked for far too much gets as long again for what
    /// it had taken; what still waited in the lanes is not sent any more.
    private func isAtRest(after steady: Steady) throws -> Bool { try steady.drained || drain("rest") }

    /// `search 4 trial: 8000 records/s passed, p99 1.20 ms`
    private static func line(_ trial: SearchTrial) -> String {
        let p99 = trial.reading(0.99).map { ", p99 \($0)" } ?? ""
        let outcome = trial.reasons.isEmpty ? "passed\(p99)" : "\(trial.outcome.rawValue)\(p99): \(trial.reasons.joined(separator: "; "))"
        return "\(trial.phase): \(fixed(trial.offeredPerSecond, 0)) records/s \(outcome)"
    }

    // MARK: conclusion

    /// The last window is the run's steady phase, whatever the search came to: the rate that was found, or what kept it from one.
    private func conclude(_ book: SearchBook, _ windows: [LoadOutcome], _ earlier: [PhaseRecord]) throws {
        let name = "steady"
        let audited = try audit()
        guard let last = windows.last, let place = phases.lastIndex(where: { $0.name == last.steady.name }) else { return }
        phases[place].name = name
        phases[place].kind = name
        phases[place].costs?.phase = name
        var groupFacts = last.groupFacts
        for index in groupFacts.indices {
            groupFacts[index].phase = name
            // Producers come first among the groups.
            phases[place].groups?[index].reasons = Verdict.judge(groupFacts[index]).reasons
        }
        phases[place].notes.append("the last window of a search: \(book.record.text)")
        for (count, value) in audited.counts { phases[place].counters["audit_\(count)"] = value }
        var facts = last.facts
        facts.phase = name
        facts.audit = audited.outcome
        // Those of the last window are its own facts', and its groups'.
        facts.impossibleSamples += windows.dropLast().flatMap { [$0.facts] + $0.groupFacts }.reduce(0) { $0 + $1.impossibleSamples }
        keep(earlier)
        context.record.facts += [facts] + groupFacts
        context.record.search = book.record
        context.record.metrics.append(book.metric)
        context.record.limiter = limiter(book.record, windows, last: name)
    }

    /// What bounded the lowest rate that did not pass; without one, the last window's.
    private func limiter(_ record: SearchRecord, _ windows: [LoadOutcome], last name: String) -> LimiterFinding? {
        let index = record.trials.lastIndex { $0.offeredPerSecond == record.lowestNotPassing && $0.outcome != .passed } ?? windows.count - 1
        var finding = windows[index].limiter()
        if index == windows.count - 1 { finding.phase = name }
        return finding
    }
}
