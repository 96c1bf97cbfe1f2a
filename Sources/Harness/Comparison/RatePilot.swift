// Finds the rate at which response times are compared: a share of what the base build carries.
internal import Foundation
internal import Gate
internal import Host
internal import Measurement
internal import Results

/// Runs on the base build alone, before the first group: the rate must not depend on the build that is judged.
struct RatePilot {
    let setting: GroupSetting

    /// Tries at most; each takes a fifth off.
    static let triesMaximum = 12
    static let stepFraction = 0.8
    /// Share of the schedule that must be handed over on time, and be acknowledged.
    static let heldShareMinimum = 0.99

    /// - Throws: `.invalid` when no rate can be held.
    func find() throws -> PinnedRate {
        if let given = setting.plan.recordsPerSecond {
            let held = try hold(given)
            guard held.isHeld else {
                throw ComparisonError.invalid(side: .base, group: nil, reason: "the given rate of \(fixed(given, 0)) records/s is not held: \(held.text)")
            }
            return PinnedRate(recordsPerSecond: given, saturationRecordsPerSecond: nil, requestsPerSecond: held.requestsPerSecond, refused: [])
        }
        let saturation = try saturation()
        var rate = rounded(saturation * ComparisonPlan.rateShareOfSaturation)
        var refused: [Double] = []
        for _ in 0..<Self.triesMaximum {
            let held = try hold(rate)
            if held.isHeld, !held.isGeneratorBusy {
                setting.progress.note("rate pinned at \(fixed(rate, 0)) records/s: \(percent(rate / saturation)) of the base's \(fixed(saturation, 0))")
                return PinnedRate(
                    recordsPerSecond: rate, saturationRecordsPerSecond: saturation, requestsPerSecond: held.requestsPerSecond, refused: refused)
            }
            setting.progress.note("\(fixed(rate, 0)) records/s are not held (\(held.text)); trying less")
            refused.append(rate)
            rate = rounded(rate * Self.stepFraction)
        }
        throw ComparisonError.invalid(
            side: .base, group: nil, reason: "no rate down to \(fixed(refused.last ?? 0, 0)) records/s is held; name one with gate.rate")
    }

    /// Three significant digits: the rate is to be read and typed.
    private func rounded(_ rate: Double) -> Double {
        guard rate >= 1 else { return 1 }
        var unit = 1.0
        while rate / unit >= 1_000 { unit *= 10 }
        return (rate / unit).rounded() * unit
    }

    private struct Held {
        let onTimeShare: Double
        let keptUpShare: Double
        let requestsPerSecond: Double
        /// On-CPU plus run-queue delay of the busiest client lane.
        let laneShare: Double?
        /// A lane without time to spare makes response times of its own.
        var isGeneratorBusy: Bool { laneShare.map { $0 > VerdictThresholds.laneSaturationMaximum } ?? false }
        var isHeld: Bool { onTimeShare >= RatePilot.heldShareMinimum && keptUpShare >= RatePilot.heldShareMinimum }
        var text: String {
            if isHeld, let laneShare { return "the busiest client lane was running or waiting for a CPU \(decidingPercent(laneShare)) of the time" }
            return onTimeShare < RatePilot.heldShareMinimum
                ? "the generator handed over \(decidingPercent(onTimeShare)) on time" : "\(decidingPercent(keptUpShare)) were acknowledged in time"
        }
    }

    /// Records a second with nothing held back.
    private func saturation() throws -> Double {
        let slice = try run("saturation", rate: nil)
        guard slice.records > 0 else { throw ComparisonError.invalid(side: .base, group: nil, reason: "it acknowledged nothing") }
        return Double(slice.records) / slice.seconds
    }

    private func hold(_ rate: Double) throws -> Held {
        let slice = try run("rate \(fixed(rate, 0))/s", rate: rate)
        let scheduled = Double(max(1, slice.scheduledRecords))
        return Held(
            onTimeShare: Double(slice.handedOverOnTime) / scheduled, keptUpShare: min(1, Double(slice.records) / (rate * slice.seconds)),
            requestsPerSecond: Double(slice.requests) / slice.seconds, laneShare: slice.laneShare)
    }

    /// One slice on a fresh base build.
    private func run(_ what: String, rate: Double?) throws -> SliceRecord {
        setting.progress.show(.init(phase: "pilot \(what)", elapsedSeconds: 0, totalSeconds: 1))
        let directory = try setting.folder.directory("pilot")
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let port = try FreePorts.take(1)[0]
        return try ComparisonError.attributing(to: .base) {
            let place = RunningContender.Place(port: port, dataDirectory: directory, logDirectory: setting.logDirectory)
            let broker = try RunningContender(
                setting.base, setting.profile.broker, segmentBytes: setting.profile.topic.segmentBytes, at: place, setting.interruption)
            defer { broker.stop() }
            var plan = LoadPlan(setting.profile, label: "pilot", topic: "tidemark-pilot")
            plan.producers.recordsPerSecond = rate
            // Readers that fall behind for good would hold the pilot up; whether they keep up is seen at the rate itself.
            if rate == nil { (plan.producers.mode, plan.consumers) = (.max, nil) }
            let fleet = try setting.makeFleet(plan, broker.target) { try setting.interruption.check() }
            defer { fleet.stop() }
            let load = SliceLoad(
                plan: setting.plan, producers: plan.producers, recordsPerSecond: rate, expectedErrors: setting.profile.expectedErrors,
                interruption: setting.interruption)
            let loaded = LoadedContender(broker: broker, fleet: fleet)
            if setting.plan.warmUpNanoseconds > 0 { _ = try load.warmUp(loaded, beside: nil, seed: 1) }
            return try load.slice(on: loaded, beside: nil, hiccups: nil, seed: 2)
        }
    }
}
