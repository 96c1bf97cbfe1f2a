// A phase that the machine spoiled, or whose parts were not where they belong, is measured again.
internal import Measurement
internal import Results

extension RunContext {
    /// Runs `attempt`; when its phases were spoiled by the hypervisor or by foreign processes and by nothing else, they are kept but
    /// set aside, and it runs again, at most `VerdictThresholds.spoiledRepeatsMaximum` times. What was measured plays no part in it.
    ///
    /// - Parameters:
    ///   - startsAfresh: false on a broker that is not ours: it has the topic by then, and its records.
    ///   - misplaced: which parts of an attempt were not where they were put; nil: none. It is a reason once, for where putting them does not
    ///     work it does not work the next time, and only where nothing else is wrong.
    ///   - attempt: starts a broker, a directory and a topic of its own each time.
    package func repeatingSpoiled<Outcome>(
        startsAfresh: Bool, misplaced: (Outcome) -> String? = { _ in nil }, _ attempt: () throws -> Outcome
    ) throws -> Outcome {
        var (repeats, isPlacedAnew) = (0, false)
        while true {
            let (phases, facts) = (record.phases.count, record.facts.count)
            let outcome = try attempt()
            guard startsAfresh, repeats < VerdictThresholds.spoiledRepeatsMaximum else { return outcome }
            let found = Array(record.facts[facts...])
            var why = Verdict.spoiledByMachineAlone(found)
            if why == nil, !isPlacedAnew, found.allSatisfy({ Verdict.judge($0).outcome == .valid }) {
                why = misplaced(outcome)
                isPlacedAnew = why != nil
            }
            guard let why else { return outcome }
            repeats += 1
            let suffix = ", set aside \(repeats)"
            for place in record.phases.indices[phases...] {
                record.phases[place].name += suffix
                record.phases[place].costs?.phase += suffix
            }
            for place in record.facts.indices[facts...] {
                let name = record.facts[place].phase
                if record.facts[place].group == nil {
                    record.notes.append("\(name) was measured again: \(why)")
                    progress.note("measuring \(name) again: \(why)")
                }
                record.facts[place].setAside = why
                record.facts[place].phase += suffix
            }
        }
    }
}
