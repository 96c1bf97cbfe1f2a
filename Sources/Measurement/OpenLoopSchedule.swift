// When each request is due: fixed or Poisson arrivals at a rate that may change in steps, or as a trace has them.

/// An open-loop schedule: intended times depend on the rate, the seed and nothing the broker does.
package struct OpenLoopSchedule: Codable, Equatable, Sendable {
    package enum Arrivals: String, Codable, Sendable { case fixed, poisson }

    /// A stretch of constant rate; rate 0 is a pause.
    package struct Step: Codable, Equatable, Sendable {
        package var eventsPerSecond: Double
        package var nanoseconds: UInt64
        package init(eventsPerSecond: Double, nanoseconds: UInt64) {
            self.eventsPerSecond = eventsPerSecond
            self.nanoseconds = nanoseconds
        }
    }

    package let arrivals: Arrivals
    package let steps: [Step]
    package let seed: UInt64
    /// Decides instead of `arrivals`, at the rate of the only step; nil: there is none.
    package let trace: ArrivalTrace?

    package init(arrivals: Arrivals, steps: [Step], seed: UInt64 = 0, trace: ArrivalTrace? = nil) {
        for step in steps {
            precondition(step.eventsPerSecond >= 0 && step.eventsPerSecond.isFinite, "rate \(step.eventsPerSecond)/s")
        }
        precondition(trace == nil || steps.count == 1, "a trace goes at one rate, not at \(steps.count)")
        self.arrivals = arrivals
        self.steps = steps
        self.seed = seed
        self.trace = trace
    }

    package init(arrivals: Arrivals, eventsPerSecond: Double, nanoseconds: UInt64, seed: UInt64 = 0) {
        self.init(arrivals: arrivals, steps: [Step(eventsPerSecond: eventsPerSecond, nanoseconds: nanoseconds)], seed: seed)
    }

    /// The whole schedule's length.
    package var nanoseconds: UInt64 { steps.reduce(0) { $0 + $1.nanoseconds } }

    /// Events over all lanes: exact for fixed arrivals (rounded up), the mean for Poisson.
    package var expectedEvents: Double {
        steps.reduce(0) { $0 + $1.eventsPerSecond * Double($1.nanoseconds) / 1e9 }
    }

    /// The share of one lane: of fixed arrivals, and of a trace, every `lanes`-th, of Poisson arrivals an independent stream
    /// of 1/`lanes` the rate (together they are a Poisson stream again).
    ///
    /// - Parameter start: the instant of the schedule's zero, CLOCK_MONOTONIC nanoseconds.
    package func stream(lane: Int, of lanes: Int, startingAt start: UInt64) -> ArrivalStream {
        precondition(lanes > 0 && (0..<lanes).contains(lane), "lane \(lane) of \(lanes)")
        return ArrivalStream(schedule: self, lane: lane, lanes: lanes, start: start)
    }
}

/// The intended times of one lane, one after the other. Copies walk independently. Allocation-free.
package struct ArrivalStream: Sendable {
    /// The intended time of the next event, or nil after the last.
    package private(set) var next: UInt64?
    /// Events taken so far.
    package private(set) var index: UInt64 = 0

    private let steps: [OpenLoopSchedule.Step]
    private let poisson: Bool
    private let lanes: Double
    private var random: SeededRandom
    // Time is found from the number of events since the step began, by one multiplication, so that
    // rounding never adds up: event n of a fixed schedule is at start + n / rate, not at n rounded gaps.
    private var step = 0
    private var stepStart: UInt64
    private var eventsBeforeStep = 0.0
    private var position: Double
    /// Of a trace; empty without one.
    private let offsets: ContiguousArray<UInt64>
    private let periodNanoseconds: Double
    /// How many times slower than the trace it goes.
    private let stretch: Double

    init(schedule: OpenLoopSchedule, lane: Int, lanes: Int, start: UInt64) {
        steps = schedule.steps
        poisson = schedule.arrivals == .poisson && schedule.trace == nil
        offsets = schedule.trace?.offsets ?? []
        periodNanoseconds = schedule.trace.map { Double($0.periodNanoseconds) } ?? 0
        stretch = schedule.trace.map { $0.eventsPerSecond / max(schedule.steps[0].eventsPerSecond, .leastNormalMagnitude) } ?? 0
        self.lanes = Double(lanes)
        random = SeededRandom(seed: schedule.seed, part: UInt64(lane))
        stepStart = start
        position = Double(lane)
        if poisson { position = random.nextExponential() * Double(lanes) }
        next = locate()
    }

    /// Takes the next event whenever it is due; nil after the last.
    package mutating func take() -> UInt64? {
        guard let taken = next else { return nil }
        index &+= 1
        position += poisson ? random.nextExponential() * lanes : lanes
        next = locate()
        return taken
    }

    /// Takes the next event if it is due by `now`.
    package mutating func take(dueBy now: UInt64) -> UInt64? {
        guard let next, next <= now else { return nil }
        return take()
    }

    /// The instant at which `position` events have come, or nil past the end.
    private mutating func locate() -> UInt64? {
        if !offsets.isEmpty { return locateInTrace() }
        while step < steps.count {
            let events = steps[step].eventsPerSecond * Double(steps[step].nanoseconds) / 1e9
            let into = position - eventsBeforeStep
            if into < events { return stepStart &+ UInt64(into * 1e9 / steps[step].eventsPerSecond) }
            eventsBeforeStep += events
            stepStart &+= steps[step].nanoseconds
            step += 1
        }
        return nil
    }

    /// The trace's arrival of this number; behind its last one it begins again.
    private func locateInTrace() -> UInt64? {
        let (round, number) = Int(position).quotientAndRemainder(dividingBy: offsets.count)
        let into = (Double(offsets[number]) + Double(round) * periodNanoseconds) * stretch
        return into < Double(steps[0].nanoseconds) ? stepStart &+ UInt64(into) : nil
    }
}
