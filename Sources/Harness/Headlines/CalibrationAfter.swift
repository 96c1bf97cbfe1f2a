// The calibration after a run: whether what bound the run still is what it was.
internal import Host
internal import Measurement
internal import Results

/// Runs last. The quick tier reads again only what the run was nearest to being bound by, the full tier everything.
struct CalibrationAfter {
    private let context: RunContext
    private let take: (_ items: [String]) throws -> CalibrationReading

    /// Does nothing where there was no calibration before.
    static func run(_ context: RunContext) throws {
        guard let plan = context.profile.headlines.disk else { return }
        try CalibrationAfter(context) { items in
            // What the run left dirty would be written back meanwhile.
            context.runFolder.clear()
            return try CalibrationReading.take(
                context, directory: context.freshDirectory("calibration-after"), seconds: Double(plan.perItemNanoseconds) / 1e9, items: items)
        }.run()
    }

    /// - Parameter take: reads these items; all of them where there are none.
    init(_ context: RunContext, take: @escaping (_ items: [String]) throws -> CalibrationReading) {
        self.context = context
        self.take = take
    }

    /// A reading that drifted is taken once more: what a moment's disturbance took away comes back, drift stays.
    static let readings = 2

    func run() throws {
        let finding = context.record.limiter
        let before = context.record.calibration
        let rates = CalibratedRates(before.before)
        let binding = rates.item(of: finding?.limiter)
        let isFull = context.profile.tier == .full
        let items = isFull ? [] : [binding ?? rates.item(of: finding?.nearest)].compactMap { $0 }
        guard !before.before.isEmpty, isFull || !items.isEmpty else { return }
        context.progress.note("calibrating again: \(isFull ? "everything" : items.joined(separator: ", "))")
        var reading = try take(items)
        var drifts = Self.drifts(before, reading, binding: binding)
        for _ in 1..<Self.readings {
            guard let drifted = drifts.firstIndex(where: { $0.binding && $0.isExcessive }) else { break }
            let again = try take([drifts[drifted].resource])
            guard let second = Self.drifts(before, again, binding: binding).first, second.fraction < drifts[drifted].fraction else { continue }
            context.record.notes.append("calibration: \(second.resource) was read twice after the run, and the nearer reading kept")
            reading = reading.replacing(again)
            drifts[drifted] = second
        }
        record(reading, drifts, phase: finding?.phase)
        try context.publish()
    }

    /// One drift for each item that has a value on both sides.
    static func drifts(_ before: CalibrationRecord, _ after: CalibrationReading, binding: String?) -> [CalibrationDrift] {
        after.metrics.compactMap { metric in
            guard let later = metric.value, let earlier = before.before.first(where: { $0.name == metric.name })?.value else { return nil }
            let spreads = [before.beforeSlices?[metric.name], after.slices[metric.name]].compactMap { $0.flatMap(CalibrationDrift.spread) }
            return CalibrationDrift(
                resource: metric.name, binding: metric.name == binding, beforeValue: earlier, afterValue: later, sliceSpread: spreads.max())
        }
    }

    /// Into the result, and into the facts of the phase that the limiter was found in.
    private func record(_ reading: CalibrationReading, _ drifts: [CalibrationDrift], phase: String?) {
        context.record.calibration.after = reading.metrics
        context.record.calibration.afterSlices = reading.slices
        context.record.calibration.drift = drifts
        guard let place = context.record.facts.lastIndex(where: { $0.phase == phase }) else { return }
        context.record.facts[place].calibrationDrift = drifts.filter(\.binding)
    }
}

extension CalibrationReading {
    /// This reading with the items of another in place of its own.
    func replacing(_ other: CalibrationReading) -> CalibrationReading {
        CalibrationReading(
            tier: tier, metrics: metrics.map { metric in other.metrics.first { $0.name == metric.name } ?? metric },
            slices: slices.merging(other.slices) { _, new in new })
    }
}
