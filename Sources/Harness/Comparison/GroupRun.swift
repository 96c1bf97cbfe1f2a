// One restart group: both builds started fresh, measured in slices in a drawn order, audited, stopped, their data removed.
internal import Foundation
internal import Gate
internal import Host
internal import Measurement
internal import Results

/// What all groups of a comparison share.
struct GroupSetting {
    let profile: Profile
    let plan: ComparisonPlan
    let base: Contender
    let head: Contender
    let folder: RunFolder
    let logDirectory: String
    let interruption: Interruption
    let progress: ProgressLine
    let makeFleet: ComparisonFleetMaker
    /// nil at maximum rate.
    let recordsPerSecond: Double?
    let hiccups: HiccupMeter?

    func contender(_ side: Side) -> Contender { side == .base ? base : head }
}

/// Makes the lanes of one side, connected; tests put theirs here.
package typealias ComparisonFleetMaker = (LoadPlan, BrokerTarget, _ check: () throws -> Void) throws -> any LoadFleet

final class GroupRun {
    private let setting: GroupSetting
    private let arrangement: GroupArrangement
    private let index: Int
    private let directory: String
    private let load: SliceLoad
    private var loaded: [Side: LoadedContender] = [:]
    private var brokers: [RunningContender] = []

    init(_ setting: GroupSetting, _ arrangement: GroupArrangement, index: Int) throws {
        self.setting = setting
        self.arrangement = arrangement
        self.index = index
        directory = try setting.folder.directory("group")
        var producers = setting.profile.producers ?? ProducersPlan()
        producers.recordsPerSecond = setting.recordsPerSecond
        load = SliceLoad(
            plan: setting.plan, producers: producers, recordsPerSecond: setting.recordsPerSecond,
            expectedErrors: setting.profile.expectedErrors, interruption: setting.interruption)
    }

    /// - Parameters:
    ///   - attempt: of the campaign, from 0.
    ///   - probe: taken right before.
    ///   - reference: the campaign's first probe.
    /// - Throws: `ComparisonError.invalid` for what a side did, `HarnessError.interrupted`, `SystemError`.
    func perform(attempt: Int, probe: MachineProbe, reference: Double) throws -> GroupRecord {
        let startedAt = Date()
        let began = MonotonicClock.now()
        defer { tearDown() }
        do {
            let warmUps = try prepare()
            let (slices, steal, foreign) = try measure()
            let sides = try conclude(warmUps)
            tearDown()
            let noise = NoiseFacts(
                stealShare: steal, foreignStallShare: probe.stallShare, calibrationRatio: probe.nanosecondsPerOperation / reference)
            let group = RestartGroup(
                index: index, attempt: attempt, arrangement: arrangement, values: GroupValues.values(slices, setting.plan), noise: noise,
                seconds: Double(MonotonicClock.now() - began) / 1e9)
            return GroupRecord(
                group: group, startedAt: startedAt.formatted(.iso8601), slices: slices, base: sides.base, head: sides.head,
                foreignShare: foreign, probeNanoseconds: probe.nanosecondsPerOperation)
        } catch let error as ComparisonError {
            throw error.inGroup(index)
        }
    }

    // MARK: start

    /// Starts both, connects their lanes and warms them up, everything in the drawn order.
    private func prepare() throws -> [Side: UInt64] {
        let ports = try FreePorts.take(2)
        let order = [arrangement.startsFirst, arrangement.startsFirst.other]
        for side in order { try start(side, ports) }
        for side in order {
            guard let broker = brokers.first(where: { $0.contender.side == side }) else { continue }
            setting.progress.show(.init(phase: label("connect \(side.rawValue)"), elapsedSeconds: 0, totalSeconds: 1))
            let plan = loadPlan(side)
            let fleet = try ComparisonError.attributing(to: side, broker) {
                try setting.makeFleet(plan, broker.target) { try self.setting.interruption.check() }
            }
            loaded[side] = LoadedContender(broker: broker, fleet: fleet)
        }
        var warmUps: [Side: UInt64] = [:]
        for side in order where setting.plan.warmUpNanoseconds > 0 {
            setting.progress.show(.init(phase: label("warm-up \(side.rawValue)"), elapsedSeconds: 0, totalSeconds: 1))
            warmUps[side] = try load.warmUp(loaded[side]!, beside: loaded[side.other], seed: seed(slice: -1))
        }
        return warmUps
    }

    private func start(_ side: Side, _ ports: [UInt16]) throws {
        let isFirst = arrangement.firstDirectory == side
        let data = "\(directory)/\(isFirst ? "a" : "b")"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
        let place = RunningContender.Place(
            port: ports[arrangement.firstPort == side ? 0 : 1], dataDirectory: data, logDirectory: setting.logDirectory)
        brokers.append(
            try ComparisonError.attributing(to: side) {
                try RunningContender(
                    setting.contender(side), setting.profile.broker, segmentBytes: setting.profile.topic.segmentBytes, at: place,
                    setting.interruption)
            })
    }

    private func loadPlan(_ side: Side) -> LoadPlan {
        var plan = LoadPlan(setting.profile, label: side.rawValue, topic: "tidemark-ab")
        plan.producers.recordsPerSecond = setting.recordsPerSecond
        return plan
    }

    // MARK: slices

    private func measure() throws -> (slices: [SliceRecord], stealShare: Double, foreignShare: Double?) {
        let rest = DiskRest(directory: directory)
        let ours = brokers.flatMap(\.processes)
        let before = (host: HostSample.take(), foreign: ForeignSample.take(excludingTreeOf: ours))
        var slices: [SliceRecord] = []
        var seen: [Side: Int] = [:]
        for (n, side) in arrangement.slices.enumerated() {
            let reading = try rest.wait { try self.setting.interruption.check() }
            setting.progress.show(
                .init(phase: label("slice \(n + 1)/\(arrangement.slices.count)"), elapsedSeconds: 0, totalSeconds: Double(setting.plan.sliceNanoseconds) / 1e9))
            // The k-th slices of both sides follow one schedule.
            seen[side, default: 0] += 1
            var slice = try load.slice(
                on: loaded[side]!, beside: loaded[side.other], hiccups: setting.hiccups, seed: seed(slice: seen[side]!))
            slice.restSeconds = reading.seconds
            slice.dirtyBytes = reading.dirtyBytes
            slices.append(slice)
        }
        let usage = HostSample.take() - before.host
        let foreign = ForeignSample.take(excludingTreeOf: ours) - before.foreign
        return (slices, usage.stealFraction, foreign.fraction(cpus: usage.cpus))
    }

    private func seed(slice: Int) -> UInt64 {
        (setting.profile.producers?.seed ?? 0) &+ UInt64(index) &* 1_000 &+ UInt64(bitPattern: Int64(slice))
    }

    private func label(_ what: String) -> String { "group \(index + 1) \(what)" }

    // MARK: end

    /// Audits both and stops them.
    private func conclude(_ warmUps: [Side: UInt64]) throws -> (base: SideRecord, head: SideRecord) {
        var sides: [Side: SideRecord] = [:]
        for side in Side.allCases {
            let contender = loaded[side]!
            setting.progress.show(.init(phase: label("audit \(side.rawValue)"), elapsedSeconds: 0, totalSeconds: 1))
            contender.fleet.stop()
            let audit = try ComparisonError.attributing(to: side, contender.broker) {
                try contender.fleet.audit {
                    try self.setting.interruption.check()
                    try contender.broker.requireRunning()
                }
            }
            switch audit.outcome {
            case .passed: break
            case .failed(let reasons):
                throw ComparisonError.invalid(side: side, group: nil, reason: "the audit failed: \(reasons.joined(separator: "; "))")
            case .notRun(let reason):
                throw ComparisonError.invalid(side: side, group: nil, reason: "the audit was not made: \(reason)")
            }
            sides[side] = SideRecord(
                startSeconds: contender.broker.startSeconds, warmUpRecords: warmUps[side] ?? 0, audit: audit.counts)
        }
        return (sides[.base]!, sides[.head]!)
    }

    private func tearDown() {
        for contender in loaded.values { contender.fleet.stop() }
        for broker in brokers { broker.stop() }
        loaded = [:]
        brokers = []
        try? FileManager.default.removeItem(atPath: directory)
    }
}
