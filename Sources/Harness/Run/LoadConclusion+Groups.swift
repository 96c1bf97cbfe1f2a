// Each named group of a load: its rates and times, whether it kept to its schedule, and its record.
internal import Measurement
internal import Records
internal import Results

extension LoadConclusion {
    /// One a group of producers; none where groups are not told apart. Records and machine are judged with the whole load.
    func groupFacts() -> [VerdictFacts] {
        guard plan.isNamed else { return [] }
        return producerGroups.map { group in
            var facts = VerdictFacts(phase: phaseName, load: group.plan.loadKind)
            facts.group = group.plan.label
            facts.audit = .notRun("judged with the whole load")
            facts.seconds = steady.measurement.seconds
            facts.hiccupP99Nanoseconds = steady.measurement.hiccup.merged.value(at: 0.99)
            add(group.lanes, merged(group.lanes.map(\.histograms)), saturation(of: group.threads + relayThreads), isScheduled: group.isScheduled, to: &facts)
            addPayload(of: group.plan, group.lanes, to: &facts)
            return facts
        }
    }

    /// nil where groups are not told apart.
    ///
    /// - Parameter facts: of each group of producers, in order.
    func groupRecords(_ facts: [VerdictFacts]) -> [LoadGroupRecord]? {
        guard plan.isNamed else { return nil }
        return zip(producerGroups, facts).map { record($0, $1) } + consumerGroups.filter { !$0.threads.isEmpty }.map { record($0) }
    }

    private func record(_ group: ProducerGroupPhase, _ facts: VerdictFacts) -> LoadGroupRecord {
        var record = LoadGroupRecord(name: group.plan.label, role: .producers, lanes: group.threads.count, mode: group.plan.mode.rawValue)
        record.histograms = merged(group.lanes.map(\.histograms))
        record.counters = counters(of: group.lanes)
        if group.plan.codec != .none { record.counters.merge(compressionCounters(of: group.lanes)) { $1 } }
        record.series = seconds(IntervalSeries.merged(group.lanes.map(\.series)), group.recorders).map {
            var second = $0
            second.setLanes([group])
            return second
        }
        record.reasons = Verdict.judge(facts).reasons
        record.notes = [group.plan.topic.map { "to topic \($0)" }, note(group.plan, group.lanes)].compactMap { $0 }
        return record
    }

    private func record(_ group: ConsumerGroupPhase) -> LoadGroupRecord {
        var record = LoadGroupRecord(name: group.plan.label, role: .consumers, lanes: group.threads.count, mode: group.plan.isSlow ? "slow" : group.plan.kind.rawValue)
        record.histograms = merged(group.lanes.map(\.histograms))
        record.counters = [
            "consumed_records": group.records, "consumed_bytes": group.bytes, "polls": sum(group.lanes, \.polls), "behind_records": group.behind,
        ]
        record.counters.merge(memberCounters(group.lanes)) { $1 }
        record.notes = [group.plan.topic.map { "from topic \($0)" }, memberNote(group)].compactMap { $0 }
        if group.isLate { record.counters["read_nanoseconds"] = steady.after.time - steady.before.time }
        record.lag = group.lag
        record.series = seconds(IntervalSeries.merged(group.lanes.map(\.series)), []).map {
            var second = $0
            second.setEndToEnd(group.recorders)
            return second
        }
        return record
    }

    /// The whole seconds of the phase, as the whole load has them.
    private func seconds(_ points: [IntervalPoint], _ recorders: [LatencyRecorder]) -> [SecondRecord] {
        steady.series.filter { $0.second < points.count }.map { whole in
            let second = whole.second
            let window = recorders.isEmpty ? nil : mergedWindow(recorders, second: second)
            return SecondRecord(
                second: second, records: points[second].count, bytes: points[second].bytes, responseP50Nanoseconds: window?.p50Nanoseconds,
                responseP99Nanoseconds: window?.p99Nanoseconds, responseMaximumNanoseconds: window.flatMap { $0.count > 0 ? $0.maximumNanoseconds : nil })
        }
    }
}

extension SecondRecord {
    /// - Parameter groups: whose lanes have sent everything. Producers that stood still recorded nothing of this phase.
    mutating func setLanes(_ groups: [ProducerGroupPhase]) {
        let groups = groups.filter { !$0.lanes.isEmpty }
        let (lags, services) = (groups.flatMap(\.scheduleLags), groups.flatMap(\.services))
        if !lags.isEmpty { setSchedule(mergedWindow(lags, second: second)) }
        if !services.isEmpty { setService(mergedWindow(services, second: second)) }
    }

    mutating func setSchedule(_ window: LatencyWindow?) {
        (scheduleLagP99Nanoseconds, scheduleLagMaximumNanoseconds) = (window?.p99Nanoseconds, window?.maximumIfAny)
    }

    mutating func setService(_ window: LatencyWindow?) {
        (serviceP99Nanoseconds, serviceMaximumNanoseconds) = (window?.p99Nanoseconds, window?.maximumIfAny)
    }

    /// - Parameter readers: of lanes that have read everything.
    mutating func setEndToEnd(_ readers: [LatencyRecorder]) {
        guard !readers.isEmpty else { return }
        let window = mergedWindow(readers, second: second)
        (endToEndP50Nanoseconds, endToEndP99Nanoseconds) = (window.p50Nanoseconds, window.p99Nanoseconds)
        endToEndMaximumNanoseconds = window.count > 0 ? window.maximumNanoseconds : nil
    }
}

extension LatencyWindow {
    fileprivate var maximumIfAny: UInt64? { count > 0 ? maximumNanoseconds : nil }
}

extension ProducersPlan {
    fileprivate var loadKind: LoadKind {
        switch mode {
        case .open: .openLoop
        case .closed: .closedLoop
        case .max: .maxRate
        }
    }
}
