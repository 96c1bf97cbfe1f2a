// What the generator itself can do, against a broker that keeps nothing: how fast, and how punctually.
internal import Client
internal import Host
internal import Measurement
internal import Records

/// Producer lanes as a run makes them, without a broker worth the name. For the control thread.
package struct GeneratorCeiling {
    /// As fast as it can.
    package struct Throughput: Codable, Equatable, Sendable {
        package let recordsPerSecond: Double
        /// Of whole requests, on average.
        package let recordsPerRequest: Double
        package let seconds: Double

        package var text: String {
            "as fast as it can: \(fixed(recordsPerSecond, 0)) records/s, \(fixed(recordsPerRequest, 1)) records a request"
        }
    }

    /// By a schedule.
    package struct Punctuality: Codable, Equatable, Sendable {
        package let askedPerSecond: Double
        /// Acknowledged before the schedule's end, over its length.
        package let achievedPerSecond: Double
        package let scheduleLagP50Nanoseconds: UInt64
        package let scheduleLagP99Nanoseconds: UInt64
        package let scheduleLagMaximumNanoseconds: UInt64
        package let responseP99Nanoseconds: UInt64
        /// Records, each with a lag of its own.
        package let records: UInt64

        package var text: String {
            "by a schedule of \(fixed(askedPerSecond, 0)) records/s: \(percent(achievedPerSecond / askedPerSecond, decimals: 3)) of it acknowledged in time; "
                + "schedule lag p50 \(Duration.text(nanoseconds: scheduleLagP50Nanoseconds)), p99 \(Duration.text(nanoseconds: scheduleLagP99Nanoseconds)), "
                + "at most \(Duration.text(nanoseconds: scheduleLagMaximumNanoseconds))"
        }
    }

    /// Of every lane; its rate and mode do not count.
    package let plan: ProducersPlan
    package let broker: HostPort
    package let topic: String
    package let partitions: Int

    private static let warmUpNanoseconds: UInt64 = 1_000_000_000
    private static let leadNanoseconds: UInt64 = 50_000_000
    private static let drainNanoseconds: UInt64 = 30_000_000_000

    package init(_ plan: ProducersPlan, broker: HostPort, topic: String, partitions: Int) {
        self.plan = plan
        self.broker = broker
        self.topic = topic
        self.partitions = partitions
    }

    /// - Throws: `ClientError`, `HarnessError`, `SystemError`.
    package func throughput(nanoseconds: UInt64) throws -> Throughput {
        try withLanes(.max) { lanes in
            let origin = MonotonicClock.now() + Self.leadNanoseconds
            let start = origin + Self.warmUpNanoseconds
            for lane in lanes {
                lane.begin(schedule: nil, at: origin, maximumSeconds: seconds(nanoseconds))
                lane.boundary(at: start)
            }
            MonotonicClock.sleep(until: start)
            let (before, from) = (live(lanes), MonotonicClock.now())
            MonotonicClock.sleep(until: start + nanoseconds)
            let (after, to) = (live(lanes), MonotonicClock.now())
            let phases = try finish(lanes, at: to)
            let took = Double(to - from) / 1e9
            let (records, requests) = phases.reduce((UInt64(0), UInt64(0))) { ($0.0 + $1.acknowledgedRecords, $0.1 + $1.acknowledgedRequests) }
            return Throughput(
                recordsPerSecond: Double(after - before) / took, recordsPerRequest: Double(records) / Double(max(1, requests)), seconds: took)
        }
    }

    /// - Throws: as `throughput`.
    package func punctuality(recordsPerSecond: Double, nanoseconds: UInt64) throws -> Punctuality {
        try withLanes(.open) { lanes in
            let origin = MonotonicClock.now() + Self.leadNanoseconds
            let start = origin + Self.warmUpNanoseconds
            let whole = Self.warmUpNanoseconds + nanoseconds
            let schedule = OpenLoopSchedule(arrivals: .fixed, eventsPerSecond: recordsPerSecond, nanoseconds: whole)
            for lane in lanes {
                lane.begin(schedule: schedule, at: origin, maximumSeconds: seconds(nanoseconds))
                lane.boundary(at: start)
                lane.end(at: origin + whole)
            }
            MonotonicClock.sleep(until: origin + whole)
            let phases = try finish(lanes, at: origin + whole)
            var clocks: [String: LatencyHistogram] = [:]
            for (clock, histogram) in phases.flatMap(\.histograms) { clocks[clock, default: LatencyHistogram()].add(histogram) }
            guard let lag = clocks["schedule_lag"], let response = clocks["response"], let median = lag.value(at: 0.5) else {
                throw HarnessError.impossible("a schedule of \(fixed(recordsPerSecond, 0)) records a second brought none")
            }
            let inTime = phases.reduce(0) { $0 + $1.acknowledgedInTime }
            return Punctuality(
                askedPerSecond: recordsPerSecond, achievedPerSecond: Double(inTime) * 1e9 / Double(nanoseconds), scheduleLagP50Nanoseconds: median,
                scheduleLagP99Nanoseconds: lag.value(at: 0.99) ?? median, scheduleLagMaximumNanoseconds: UInt64(max(0, lag.maximumNanoseconds ?? 0)),
                responseP99Nanoseconds: response.value(at: 0.99) ?? 0, records: phases.reduce(0) { $0 + $1.scheduledRecords })
        }
    }

    private func seconds(_ nanoseconds: UInt64) -> Int { Int((Self.warmUpNanoseconds + nanoseconds + Self.drainNanoseconds) / nanosecondsPerSecond) + 1 }

    private func live(_ lanes: [ProducerLane]) -> UInt64 { lanes.reduce(0) { $0 + $1.live().records } }

    private func withLanes<Value>(_ mode: LoadMode, _ body: ([ProducerLane]) throws -> Value) throws -> Value {
        var plan = plan
        plan.mode = mode
        let ledger = Ledger(contract: plan.idempotent ? .exactlyOnce : .atLeastOnce, partitions: partitions)
        let pool = PayloadPool(
            valueSizes: plan.sizes.bounds, mean: plan.sizes.mean, seed: plan.seed, byteCount: LaneFleet.poolBytes, compressionRatio: plan.compressionRatio)
        let material = RecordMaterial(plan, pool: pool)
        var lanes: [ProducerLane] = []
        defer { lanes.forEach { $0.stop() } }
        for number in 0..<plan.count {
            lanes.append(
                try ProducerLane(
                    number: number, of: plan.count, plan: plan, bootstrap: broker, topic: topic, partitions: partitions, material: material, cpus: nil,
                    ledger: ledger, congestion: LaneFleet.congestion))
        }
        return try body(lanes)
    }

    /// - Returns: of each lane what lies behind the warm-up.
    private func finish(_ lanes: [ProducerLane], at end: UInt64) throws -> [ProducerLanePhase] {
        lanes.forEach { $0.end(at: end) }
        let deadline = MonotonicClock.now() + Self.drainNanoseconds
        while !lanes.allSatisfy(\.isDrained) {
            if let failure = lanes.lazy.compactMap(\.failure).first { throw failure }
            guard MonotonicClock.now() < deadline else { throw HarnessError.impossible("the broker at \(broker) did not acknowledge everything within 30 s") }
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
        return lanes.compactMap { $0.collect().dropFirst().first }
    }
}
