// How fast a log is appended to in too little memory: while there is room, and once there is none.

/// What one log told of itself until it was complete, or was ended.
///
/// What goes in first finds the group empty and is as fast as memory, whatever is below: compared with anything later, it would tell of
/// memory and not of the log. So it is the `burst`, and steadiness is that of what goes in once the group is full.
struct PressedLog {
    /// How far it had come, and when.
    struct Step {
        let bytes: Double
        /// Since the first byte.
        let seconds: Double
    }

    let steps: [Step]
    /// Of the group.
    let limitBytes: Double

    /// Of the limit, what surely finds room in an empty group: the process itself takes some of the rest.
    static let emptyShare = 0.75
    /// Of the limit, what is surely more than the group holds: from here on each byte that goes in takes the place of another.
    static let fullShare = 1.25
    /// Equal parts of what goes in from there on, of which the first and the last are compared.
    static let parts = 3

    var bytes: Double { steps.last?.bytes ?? 0 }

    /// Bytes a second of what found the group empty; nil: there was no such step.
    var burst: Double? {
        steps.last(where: { $0.bytes <= Self.emptyShare * limitBytes }).map { $0.bytes / $0.seconds }
    }

    /// Bytes a second of the first and the last part of what went in once the group was full; nil: it was too little.
    var pressed: (first: Double, last: Double)? {
        guard let full = steps.firstIndex(where: { $0.bytes >= Self.fullShare * limitBytes }) else { return nil }
        let (end, part) = (steps.count - 1, (steps.count - 1 - full) / Self.parts)
        guard part > 0 else { return nil }
        return (rate(full, full + part), rate(end - part, end))
    }

    /// Bytes a second of the last quarter of all steps; nil: there are too few for quarters.
    var lastQuarter: Double? {
        guard steps.count >= 8 else { return nil }
        return rate(steps.count - 1 - steps.count / 4, steps.count - 1)
    }

    private func rate(_ from: Int, _ to: Int) -> Double {
        (steps[to].bytes - steps[from].bytes) / (steps[to].seconds - steps[from].seconds)
    }
}
