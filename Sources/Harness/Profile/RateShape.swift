// A rate that changes while it is measured: steps, or a ramp.
package import Measurement

/// How an open loop's rate goes over the steady phase.
package struct RateShape: Equatable, Sendable {
    /// Stretches of constant rate, in order.
    package let steps: [OpenLoopSchedule.Step]
    /// Whether they begin again after the last; otherwise the last rate stays.
    package let repeats: Bool

    /// A ramp in so many steps: each is a hundredth of the phase, and its rate the ramp's in its middle.
    static let rampSteps = 100
    /// What steps, repeated, may come to: a lane looks through them one after the other.
    private static let stepsMaximum = 100_000

    package init(steps: [OpenLoopSchedule.Step], repeats: Bool = true) {
        self.steps = steps
        self.repeats = repeats
    }

    package init(from first: Double, to last: Double, nanoseconds: UInt64) {
        let count = Self.rampSteps
        steps = (0..<count).map { n in
            OpenLoopSchedule.Step(
                eventsPerSecond: first + (last - first) * (Double(n) + 0.5) / Double(count),
                nanoseconds: nanoseconds * UInt64(n + 1) / UInt64(count) - nanoseconds * UInt64(n) / UInt64(count))
        }
        repeats = false
    }

    /// The rate of the warm-up: the first that is one.
    var first: Double { steps.first { $0.eventsPerSecond > 0 }?.eventsPerSecond ?? 0 }
    var highest: Double { steps.map(\.eventsPerSecond).max() ?? 0 }
    private var length: UInt64 { steps.reduce(0) { $0 + $1.nanoseconds } }

    /// Events a second, so long after its start.
    func rate(after nanoseconds: UInt64) -> Double {
        var rest = repeats && length > 0 ? nanoseconds % length : nanoseconds
        for step in steps {
            if rest < step.nanoseconds { return step.eventsPerSecond }
            rest -= step.nanoseconds
        }
        return steps.last?.eventsPerSecond ?? 0
    }

    /// Steps that last at least `nanoseconds`.
    package func covering(_ nanoseconds: UInt64) -> [OpenLoopSchedule.Step] {
        guard length < nanoseconds, let last = steps.last, length > 0 else { return steps }
        guard repeats else { return steps + [.init(eventsPerSecond: last.eventsPerSecond, nanoseconds: nanoseconds - length)] }
        let times = min((nanoseconds + length - 1) / length, UInt64(Self.stepsMaximum / steps.count))
        return (0..<times).flatMap { _ in steps }
    }
}

extension RateShape {
    /// `steps: [{rate: 1000, for: 10s}, …]` or `ramp: {from: 1000, to: 20000}` of a `producers` section; nil where it has neither.
    ///
    /// - Parameter steadyNanoseconds: over which a ramp goes.
    static func read(_ section: ProfileSection, steadyNanoseconds: UInt64) throws(ProfileError) -> RateShape? {
        let steps = try section.list("steps") { (node, name) throws(ProfileError) -> OpenLoopSchedule.Step in
            let step = try ProfileSection(node, path: name, keys: ["rate", "for"])
            let rate = try step.required("rate", try step.value("rate", "a number of records a second, or 0 for a pause", parseNumber))
            let time = try step.required("for", try step.duration("for"))
            guard time >= 1_000_000 else { throw step.error("for", "‘\(name).for’ must be at least 1ms") }
            return OpenLoopSchedule.Step(eventsPerSecond: rate, nanoseconds: time)
        }
        if let steps {
            guard steps.contains(where: { $0.eventsPerSecond > 0 }) else { throw section.error("steps", "‘\(section.dotted("steps"))’ must have a rate above 0") }
            guard steps.count <= 10_000 else { throw section.error("steps", "‘\(section.dotted("steps"))’ must have at most 10000 entries") }
            if section.has("ramp") { throw section.error("ramp", "‘producers.ramp’ and ‘producers.steps’ exclude each other") }
            return RateShape(steps: steps)
        }
        guard let ramp = try section.section("ramp", keys: ["from", "to"]) else { return nil }
        return RateShape(
            from: try ramp.required("from", try ramp.number("from")), to: try ramp.required("to", try ramp.number("to")), nanoseconds: steadyNanoseconds)
    }
}
