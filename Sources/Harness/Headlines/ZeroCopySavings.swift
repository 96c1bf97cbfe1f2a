// What zero-copy saves: the same hot log served by splice, by sendfile and through copying, in short slices of
// one broker process in random order, with the broker's CPU read from outside and the floor beside it.
internal import Foundation
internal import Host
internal import Measurement
internal import Results
internal import Topology

/// Broker CPU-s/GB of each transfer mode at max rate, and the savings against the two named copies.
struct ZeroCopySavings: HeadlineMeasurement {
    let plan: ZeroCopyHeadlinePlan

    var name: String { "zero-copy" }

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        // One slice of the floor joins the modes in every round; filling and warming take about two seconds.
        let slices = UInt64(plan.pairs * (plan.modes.count + 1))
        return HeadlineCost(
            loadNanoseconds: slices * plan.sliceNanoseconds + 2_000_000_000, diskBytes: plan.logBytes + plan.logBytes / 4,
            assumption: nil)
    }

    /// One slice of one mode.
    private struct Slice {
        let cpuSeconds: Double
        let gigabytes: Double
        let seconds: Double
        var cpuSecondsPerGB: Double { cpuSeconds / gigabytes }
        var gigabytesPerSecond: Double { gigabytes / seconds }
    }

    /// What is sliced: the broker's listeners in the order of the plan, then the null broker as the floor.
    private struct Side {
        let name: String
        let pass: FetchPass
        let pid: Int32
    }

    func run(_ context: RunContext) throws {
        guard context.external == nil else {
            throw HarnessError.impossible(
                "headline zero-copy needs a broker with a listener for each transfer mode; an external broker has none: leave it out with --set headlines.zero-copy=off")
        }
        let cpus = try Placement.pair(sameCPU: plan.placement == .sameCPU, context.machine)
        var brokerPlan = context.profile.broker
        brokerPlan.listeners = plan.modes
        brokerPlan.cpus = cpus.broker
        let broker = try context.startBroker(brokerPlan, label: "zero-copy")
        defer { context.stop(broker) }
        let null = try context.startNullBroker(busyNanoseconds: 0, label: "floor", cpus: cpus.broker, partitions: context.profile.topic.partitions)
        defer { context.stop(null) }

        guard let log = try HotLog.fill(context, on: broker.target, topic: "zero-copy", bytes: plan.logBytes) else { return }
        var sides = zip(plan.modes, broker.listeners).map { mode, address in
            Side(name: mode.title, pass: log.log.pass(from: address, cpus: cpus.client), pid: broker.pid)
        }
        sides.append(
            Side(name: "floor", pass: FetchPass(broker: null.listeners[0], topic: log.topic, plan: log.log.fetches, cpus: cpus.client), pid: null.pid))

        // Untimed: every mode serves the whole log once, so that no slice pays for a first touch.
        for side in sides.dropLast() { _ = try side.pass.run(until: .wholePlan) { try context.checkInterruption() } }
        let before = try log.files.residentShare(ofLogBytes: log.bytes)
        var rounds: [[Slice]] = []
        let (_, measurement) = try context.measure(broker: broker.watched) {
            var random = SeededRandom(seed: plan.seed)
            for round in 0..<plan.pairs {
                var slices = [Slice?](repeating: nil, count: sides.count)
                for side in Array(sides.indices).shuffled(using: &random) {
                    show(context, round: round, side: sides[side].name)
                    slices[side] = try slice(sides[side]) { try context.checkInterruption() }
                }
                rounds.append(slices.compactMap { $0 })
            }
        }
        let after = try log.files.residentShare(ofLogBytes: log.bytes)
        var phase = measurement.record(name: "zero-copy", kind: "zero-copy")
        try log.log.conclude(&phase, through: broker.listeners, context)
        context.record.phases.append(phase)
        report(context, sides, rounds, resident: min(before, after), cpus)
        try context.publish()
    }

    private func show(_ context: RunContext, round: Int, side: String) {
        let seconds = Double(plan.sliceNanoseconds) / 1e9 * Double(plan.modes.count + 1)
        context.progress.show(
            .init(phase: "zero-copy \(side)", elapsedSeconds: Double(round) * seconds, totalSeconds: Double(plan.pairs) * seconds))
    }

    private func slice(_ side: Side, _ tick: () throws -> Void) throws -> Slice {
        let cpuBefore = try processCPU(side.pid)
        let result = try side.pass.run(until: .at(MonotonicClock.now() + plan.sliceNanoseconds), tick)
        let cpu = try processCPU(side.pid) - cpuBefore
        guard result.bytes > 0 else { throw HarnessError.impossible("zero-copy: \(side.name) served nothing in a slice") }
        return Slice(cpuSeconds: Double(cpu) / 1e9, gigabytes: Double(result.bytes) / 1e9, seconds: result.seconds)
    }

    private func processCPU(_ pid: Int32) throws -> UInt64 {
        guard let sample = ProcessSample.take(pid: pid) else { throw HarnessError.impossible("zero-copy: the broker is gone") }
        return sample.cpuNanoseconds
    }

    // MARK: the report

    /// Slices whose CPU per GB is over so many times their mode's median are flagged, never dropped.
    private static let outlierFactor = 3.0
    /// A cost is quoted when its passes together hold at least as much broker CPU.
    private static let leastCPUSeconds = 1.0

    private func report(_ context: RunContext, _ sides: [Side], _ rounds: [[Slice]], resident: Double, _ cpus: Placement) {
        let floorIndex = sides.count - 1
        var headline = ZeroCopyHeadline(
            placement: cpus.description, load: "max rate", floor: cost(rounds, floorIndex),
            modes: sides.dropLast().indices.map { index in
                ModeRow(
                    mode: sides[index].name, cpuSecondsPerGB: cost(rounds, index),
                    throughput: .measured(
                        "throughput", median(rounds.map { $0[index].gigabytesPerSecond }), unit: "GB/s", polarity: .higherIsBetter,
                        interval: .mean(rounds.map { $0[index].gigabytesPerSecond }), samples: UInt64(rounds.count)))
            }, comparisons: [], notes: [])
        for zero in plan.modes.indices where plan.modes[zero].isZeroCopy {
            for copy in plan.modes.indices where !plan.modes[copy].isZeroCopy {
                headline.comparisons.append(compare(sides, rounds, zero, copy, floorIndex))
            }
        }
        headline.notes.append(
            "\(rounds.count) rounds of \(fixed(Double(plan.sliceNanoseconds) / 1e9, 1)) s slices, order seeded \(plan.seed); clients discard with MSG_TRUNC; log \(decimalBytes(plan.logBytes)), \(percent(resident)) resident")
        for index in sides.indices {
            let costs = rounds.map { $0[index].cpuSecondsPerGB }
            let outliers = costs.filter { $0 > Self.outlierFactor * median(costs) }.count
            if outliers > 0 { headline.notes.append("\(sides[index].name): \(outliers) slices cost over 3x the median; kept") }
        }
        if resident < 0.999 { context.record.notes.append("zero-copy: the log was only \(percent(resident)) resident: not a hot-cache figure") }
        context.record.headlines.zeroCopy = headline
    }

    private func cost(_ rounds: [[Slice]], _ index: Int) -> Metric {
        let slices = rounds.map { $0[index] }
        let total = slices.reduce(0) { $0 + $1.cpuSeconds }
        guard total >= Self.leastCPUSeconds else {
            return .unavailable(
                "cpu_s_per_gb", unit: "CPU-s/GB", polarity: .lowerIsBetter,
                reason: "only \(fixed(total, 2)) s of broker CPU in all slices; 1 s is needed")
        }
        return .measured(
            "cpu_s_per_gb", total / slices.reduce(0) { $0 + $1.gigabytes }, unit: "CPU-s/GB", polarity: .lowerIsBetter,
            interval: .mean(slices.map(\.cpuSecondsPerGB)), samples: UInt64(slices.count))
    }

    private func compare(_ sides: [Side], _ rounds: [[Slice]], _ zero: Int, _ copy: Int, _ floor: Int) -> SavingRow {
        let costs = rounds.map { (numerator: $0[zero].cpuSecondsPerGB, denominator: $0[copy].cpuSecondsPerGB) }
        let net = rounds.map {
            (numerator: $0[zero].cpuSecondsPerGB - $0[floor].cpuSecondsPerGB, denominator: $0[copy].cpuSecondsPerGB - $0[floor].cpuSecondsPerGB)
        }
        let rates = rounds.map { (numerator: $0[zero].gigabytesPerSecond, denominator: $0[copy].gigabytesPerSecond) }
        return SavingRow(
            zeroCopy: sides[zero].name, baseline: sides[copy].name, baselineKind: plan.modes[copy].isBestCopy ? "best" : "idiomatic",
            pairs: rounds.count, saving: saving("saving", costs),
            savingNetOfFloor: net.allSatisfy { $0.numerator > 0 && $0.denominator > 0 }
                ? saving("saving_net_of_floor", net)
                : .unavailable(
                    "saving_net_of_floor", unit: "%", polarity: .higherIsBetter, reason: "a mode costs no more than the floor"),
            throughputRatio: ratio(rates))
    }

    private func saving(_ name: String, _ pairs: [(numerator: Double, denominator: Double)]) -> Metric {
        guard let interval = ConfidenceInterval.pairedRatio(pairs, seed: plan.seed)?.asSaving else {
            return .unavailable(name, unit: "%", polarity: .higherIsBetter, reason: "fewer than two pairs")
        }
        let inPercent = interval.scaled(by: 100)
        return .measured(
            name, inPercent.estimate, unit: "%", polarity: .higherIsBetter, interval: inPercent, samples: UInt64(pairs.count))
    }

    private func ratio(_ pairs: [(numerator: Double, denominator: Double)]) -> Metric {
        guard let interval = ConfidenceInterval.pairedRatio(pairs, seed: plan.seed) else {
            return .unavailable("throughput_ratio", unit: "x", polarity: .higherIsBetter, reason: "fewer than two pairs")
        }
        return .measured(
            "throughput_ratio", interval.estimate, unit: "x", polarity: .higherIsBetter, interval: interval, samples: UInt64(pairs.count))
    }
}

/// The middle value; of an even number, the upper of the two.
func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

extension ListenerPlan {
    var isZeroCopy: Bool { transfer == .splice || transfer == .sendfile }
    /// The best copy is one preallocated buffer of at least 1 MiB; smaller chunks are the idiomatic one.
    var isBestCopy: Bool { transfer == .copy && (bufferBytes ?? 0) >= 1 << 20 }

    /// `splice`, `copy 64 KiB`
    var title: String {
        let mode = transfer?.rawValue ?? "default"
        guard transfer == .copy, let bytes = bufferBytes else { return mode }
        return bytes % (1 << 20) == 0 ? "\(mode) \(bytes >> 20) MiB" : "\(mode) \(bytes >> 10) KiB"
    }
}
