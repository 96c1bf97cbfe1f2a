// A job on a simulated machine: restart groups as a runner would have measured them.

/// Time passes in whole seconds: two to start a group's processes, then slices of three seconds, a second between them.
struct SimulatedMachine {
    private let model: NoiseModel
    private var random: GaussianRandom
    private var second = 0
    private var drift: Double
    private let stepSecond: Int
    private var burst = 0.0
    private var burstEnd = 0

    static let sliceSeconds = 3
    static let secondsBetweenSlices = 1
    static let startSeconds = 2

    init(_ model: NoiseModel, seed: UInt64, part: UInt64) {
        self.model = model
        random = GaussianRandom(GateRandom(seed: seed, part: part))
        drift = model.driftDeviation * random.next()
        stepSecond = random.uniform.nextIndex(below: 300)
    }

    /// The next group, with head slower by `change` on the logarithmic scale.
    mutating func group(_ arrangement: GroupArrangement, change: Double, into values: inout SliceBuffers) {
        let luck = (base: model.restartDeviation * random.next(), head: model.restartDeviation * random.next() + change)
        values.base.removeAll(keepingCapacity: true)
        values.head.removeAll(keepingCapacity: true)
        pass(Self.startSeconds)
        for (place, side) in arrangement.slices.enumerated() {
            let position = model.hostility == .secondSlower && place % 2 == 1 ? logarithm(1.04) : 0
            let value = slice() + position + (side == .base ? luck.base : luck.head)
            if side == .base { values.base.append(value) } else { values.head.append(value) }
            pass(Self.secondsBetweenSlices)
        }
    }

    /// The median of the slice's one-second windows.
    private mutating func slice() -> Double {
        var (lowest, highest, sum) = (Double.infinity, -Double.infinity, 0.0)
        for _ in 0..<Self.sliceSeconds {
            pass(1)
            let value = window()
            (lowest, highest, sum) = (min(lowest, value), max(highest, value), sum + value)
        }
        // Of three.
        return sum - lowest - highest
    }

    private mutating func window() -> Double {
        var value = drift + model.whiteDeviation * random.next() + hostility
        if second >= burstEnd, random.uniform.nextUnit() < 1 / model.secondsBetweenBursts {
            burst = logarithm(1.3 + 0.7 * random.uniform.nextUnit())
            burstEnd = second + model.burstSeconds
        }
        if second < burstEnd { value += burst }
        return value
    }

    private var hostility: Double {
        switch model.hostility {
        case .none, .secondSlower: 0
        case .linearDrift: logarithm(1 + 0.2 * min(1, Double(second) / Self.jobSeconds))
        case .step: second >= stepSecond ? logarithm(1.15) : 0
        }
    }

    /// All groups of the schedule, one after the other.
    private static let jobSeconds = Double(LookSchedule.standard.groupsMaximum * (startSeconds + 4 * (sliceSeconds + secondsBetweenSlices)))

    private mutating func pass(_ seconds: Int) {
        second += seconds
        let memory = exponential(-Double(seconds) / model.driftSeconds)
        drift = memory * drift + model.driftDeviation * (1 - memory * memory).squareRoot() * random.next()
    }
}

/// Storage that every group is written to.
struct SliceBuffers {
    var base: [Double] = []
    var head: [Double] = []
}

/// Normal deviates by Marsaglia's polar method.
struct GaussianRandom {
    var uniform: GateRandom
    private var spare: Double?

    init(_ uniform: GateRandom) { self.uniform = uniform }

    mutating func next() -> Double {
        if let ready = spare {
            spare = nil
            return ready
        }
        while true {
            let (x, y) = (2 * uniform.nextUnit() - 1, 2 * uniform.nextUnit() - 1)
            let square = x * x + y * y
            guard square > 0, square < 1 else { continue }
            let scale = (-2 * logarithm(square) / square).squareRoot()
            spare = y * scale
            return x * scale
        }
    }
}
