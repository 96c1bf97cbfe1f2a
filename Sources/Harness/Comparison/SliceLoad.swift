// One slice: a stretch of load on one build while the other stands idle.
internal import Gate
internal import Glibc
internal import Host
internal import Measurement
internal import Results

/// A build with the lanes that are connected to it.
struct LoadedContender {
    let broker: RunningContender
    let fleet: any LoadFleet

    var side: Side { broker.contender.side }

    /// - Throws: what ended the broker or a lane before its time.
    func requireRunning() throws {
        try broker.requireRunning()
        if let failure = fleet.failure { throw failure }
    }
}

/// The load of every slice and warm-up of a comparison.
struct SliceLoad {
    let plan: ComparisonPlan
    let producers: ProducersPlan
    /// Records a second; nil: as many as the client's bounds allow.
    let recordsPerSecond: Double?
    let expectedErrors: [String]
    let interruption: Interruption

    static let leadNanoseconds: UInt64 = 30_000_000
    static let windowNanoseconds: UInt64 = 500_000_000
    static let drainNanoseconds: UInt64 = 10_000_000_000

    /// Loads `active` for a while and waits until everything is acknowledged.
    ///
    /// - Returns: the records that were acknowledged.
    func warmUp(_ active: LoadedContender, beside idle: LoadedContender?, seed: UInt64) throws -> UInt64 {
        let origin = MonotonicClock.now() + Self.leadNanoseconds
        begin(active, at: origin, nanoseconds: plan.warmUpNanoseconds, seed: seed)
        let end = origin + plan.warmUpNanoseconds
        active.fleet.producers.forEach { $0.end(at: end) }
        try sleep(until: end, active, idle)
        try drain(active, idle)
        _ = active.fleet.consumers.flatMap { $0.collect() }
        return try merged(active).reduce(0) { $0 + $1.acknowledgedRecords }
    }

    /// One slice; what it discards at its start is not in the record.
    func slice(on active: LoadedContender, beside idle: LoadedContender?, hiccups: HiccupMeter?, seed: UInt64) throws -> SliceRecord {
        let origin = MonotonicClock.now() + Self.leadNanoseconds
        let start = origin + plan.discardNanoseconds
        let end = origin + plan.sliceNanoseconds
        begin(active, at: origin, nanoseconds: plan.sliceNanoseconds, seed: seed)
        active.fleet.producers.forEach { $0.boundary(at: start) }
        active.fleet.consumers.forEach { $0.boundary(at: start) }
        if recordsPerSecond != nil { active.fleet.producers.forEach { $0.end(at: end) } }
        hiccups?.begin(at: start, maximumSeconds: seconds(plan.sliceNanoseconds) + 1)
        try sleep(until: start > Self.sampleNanoseconds ? start - Self.sampleNanoseconds : start, active, idle)
        let client = ProcessSample.take(pid: getpid())
        let counters = active.broker.counters()
        try sleep(until: start, active, idle)
        let before = Border(active, idle)
        let windows = try watch(from: before, until: end, active, idle)
        let after = Border(active, idle)
        var record = SliceRecord(
            side: active.side, startedNanoseconds: before.time, seconds: Double(after.time - before.time) / 1e9)
        if recordsPerSecond == nil { active.fleet.producers.forEach { $0.end(at: after.time) } }
        record.laneShare = busiestLane(active, since: client)
        record.hiccupP99Nanoseconds = hiccups?.end().merged.value(at: 0.99)
        try drain(active, idle)
        record.counters = grown(active.broker.counters(), since: counters)
        record.windows = windows
        before.difference(after, into: &record)
        try conclude(active, into: &record)
        return record
    }

    /// How long reading a process's threads may take.
    private static let sampleNanoseconds: UInt64 = 10_000_000

    private func seconds(_ nanoseconds: UInt64) -> Int { Int(nanoseconds / nanosecondsPerSecond) + 1 }

    private func begin(_ active: LoadedContender, at origin: UInt64, nanoseconds: UInt64, seed: UInt64) {
        let schedule = recordsPerSecond.map {
            OpenLoopSchedule(arrivals: producers.arrivals, eventsPerSecond: $0, nanoseconds: nanoseconds, seed: seed)
        }
        let maximum = seconds(nanoseconds) + seconds(Self.drainNanoseconds)
        active.fleet.consumers.forEach { $0.begin(at: origin, maximumSeconds: maximum) }
        active.fleet.producers.forEach { $0.begin(schedule: schedule, at: origin, maximumSeconds: maximum, byteBudget: nil) }
    }

    // MARK: waiting

    private func check(_ active: LoadedContender, _ idle: LoadedContender?) throws {
        try interruption.check()
        try ComparisonError.attributing(to: active.side, active.broker) { try active.requireRunning() }
        if let idle { try ComparisonError.attributing(to: idle.side, idle.broker) { try idle.requireRunning() } }
    }

    private func sleep(until deadline: UInt64, _ active: LoadedContender, _ idle: LoadedContender?) throws {
        while true {
            try check(active, idle)
            let now = MonotonicClock.now()
            guard now < deadline else { return }
            MonotonicClock.sleep(until: min(deadline, now + 20_000_000))
        }
    }

    /// - Returns: acknowledged bytes a second of each whole window; of all of it where it is shorter than one.
    private func watch(from before: Border, until end: UInt64, _ active: LoadedContender, _ idle: LoadedContender?) throws -> [Double] {
        let length = min(Self.windowNanoseconds, end - min(end, before.time))
        var windows: [Double] = []
        var last = (time: before.time, bytes: before.bytes)
        var edge = before.time + length
        while edge <= end + Self.sampleNanoseconds {
            try sleep(until: min(edge, end), active, idle)
            let bytes = active.fleet.producers.reduce(0) { $0 + $1.live().bytes }
            let now = MonotonicClock.now()
            windows.append(Double(bytes - last.bytes) * 1e9 / Double(now - last.time))
            last = (now, bytes)
            edge += length
        }
        try sleep(until: end, active, idle)
        return windows
    }

    /// Waits until everything is acknowledged and consumed.
    private func drain(_ active: LoadedContender, _ idle: LoadedContender?) throws {
        let deadline = MonotonicClock.now() + Self.drainNanoseconds
        while !isAtRest(active.fleet) {
            try check(active, idle)
            guard MonotonicClock.now() < deadline else {
                throw ComparisonError.invalid(
                    side: active.side, group: nil,
                    reason: "not everything was acknowledged and read within \(Self.drainNanoseconds / nanosecondsPerSecond) s of a slice's end")
            }
            MonotonicClock.sleep(nanoseconds: 2_000_000)
        }
    }

    private func isAtRest(_ fleet: any LoadFleet) -> Bool {
        guard fleet.producers.allSatisfy(\.isDrained) else { return false }
        guard !fleet.consumers.isEmpty else { return true }
        return fleet.consumers.reduce(0) { $0 + $1.live().records } >= fleet.producers.reduce(0) { $0 + $1.live().records }
    }

    // MARK: what came of it

    /// Everything that is read at one instant.
    private struct Border {
        let active: UInt64?
        let idle: UInt64?
        let time: UInt64
        private(set) var records: UInt64 = 0
        private(set) var bytes: UInt64 = 0

        init(_ loaded: LoadedContender, _ other: LoadedContender?) {
            for lane in loaded.fleet.producers {
                let live = lane.live()
                records += live.records
                bytes += live.bytes
            }
            active = loaded.broker.cpuNanoseconds
            idle = other?.broker.cpuNanoseconds
            time = MonotonicClock.now()
        }

        func difference(_ later: Border, into record: inout SliceRecord) {
            record.records = later.records - records
            record.bytes = later.bytes - bytes
            if let active, let then = later.active { record.brokerCPUNanoseconds = then - active }
            if let idle, let then = later.idle { record.idleCPUNanoseconds = then - idle }
        }
    }

    private func busiestLane(_ active: LoadedContender, since before: ProcessSample?) -> Double? {
        guard let before, let after = ProcessSample.take(pid: getpid()) else { return nil }
        let lanes = Set(active.fleet.producers.map(\.threadID) + active.fleet.consumers.map(\.threadID))
        return (after - before).threads.filter { lanes.contains($0.tid) }.map(\.saturation).max()
    }

    private func grown(_ now: [String: UInt64], since before: [String: UInt64]) -> [String: UInt64] {
        now.reduce(into: [:]) { grown, entry in
            let earlier = before[entry.key] ?? 0
            if entry.value >= earlier { grown[entry.key] = entry.value - earlier }
        }
    }

    private func conclude(_ active: LoadedContender, into record: inout SliceRecord) throws {
        let phases = try merged(active)
        _ = active.fleet.consumers.flatMap { $0.collect() }
        guard recordsPerSecond != nil else { return }
        var response = LatencyHistogram()
        for phase in phases.suffix(active.fleet.producers.count) {
            record.requests += phase.acknowledgedRequests
            record.scheduledRecords += phase.scheduledRecords
            record.handedOverOnTime += phase.handedOverOnTime
            if let histogram = phase.histograms["response"] { response.add(histogram) }
        }
        record.response = response
    }

    /// The lanes' phases, every lane's first before every lane's second.
    ///
    /// - Throws: `.invalid` for errors that the profile does not expect, and for samples that cannot be true.
    private func merged(_ active: LoadedContender) throws -> [ProducerLanePhase] {
        let lanes = active.fleet.producers.map { $0.collect() }
        let phases = (0..<(lanes.map(\.count).max() ?? 0)).flatMap { n in lanes.compactMap { n < $0.count ? $0[n] : nil } }
        var errors: [String: UInt64] = [:]
        for phase in phases {
            errors.merge(phase.errors.filter { !expectedErrors.contains($0.key) }, uniquingKeysWith: +)
            if phase.impossibleSamples > 0 { errors["impossible samples", default: 0] += phase.impossibleSamples }
            if phase.failedRecords > 0 { errors["failed records", default: 0] += phase.failedRecords }
        }
        guard errors.isEmpty else {
            let list = errors.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
            throw ComparisonError.invalid(side: active.side, group: nil, reason: "the load met errors: \(list)")
        }
        return phases
    }
}
