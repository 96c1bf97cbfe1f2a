// A load whose latencies a second instrument can judge: nothing in it waits for anything but the broker.
internal import Host
package import Measurement
internal import Topology

/// Lanes as a run makes them, four records a second to each of 120 connections, every one alone on its way. For the control thread.
///
/// A connection answers in order. A request behind one that is held back for 200 ms would wait as well, in the broker's stamps and in
/// the service time; and the record behind that would wait in the client, in the response time only. With 250 ms between two
/// records of a connection nothing waits for anything: a request takes what was drawn for it. Then the service time is the broker's,
/// two sockets and two wake-ups more, and the response time, free of queues, is that and how late the lane woke up, which it reports as
/// its schedule lag.
package enum SecondInstrument {
    /// One load as its lanes saw it, and what the machine added meanwhile.
    package struct Reading: Sendable {
        /// `service` and `response`, each with a sample a request.
        package var clocks: [String: LatencyHistogram]
        /// How late the lanes were, by their own account, a sample a record.
        package let scheduleLag: LatencyHistogram
        package let hiccup: LatencyHistogram
        /// One a record: what each clock and the broker must have counted.
        package let requests: UInt64
    }

    /// Held back by the broker: most for 0.5 ms, a few for 2, 20 and 200 ms, as `null-broker --fault` takes it.
    package static let mixture = "delays:500us*0.8,2ms*0.16,20ms*0.02,200ms*0.02"
    /// Each in the middle of one of those times, or near it: at an edge, one sample more on one side is a jump to the next time.
    package static let quantiles = [0.5, 0.9, 0.97, 0.99]
    package static let clocks = ["service", "response"]

    private static let lanes = 12, topicsEach = 10, recordsPerSecond = 4
    private static let leadNanoseconds: UInt64 = 50_000_000
    private static let drainNanoseconds: UInt64 = 10_000_000_000

    /// Connects, sends, and waits for every answer.
    ///
    /// - Parameters:
    ///   - broker: one that keeps nothing; a topic that it hasn't is made.
    ///   - connected: called when every connection stands and nothing is sent yet.
    /// - Throws: `ClientError`, `HarnessError`, `SystemError`, and what `connected` throws.
    package static func measure(broker: HostPort, seconds: UInt64, connected: () throws -> Void = {}) throws -> Reading {
        let rate = lanes * topicsEach * recordsPerSecond
        let profile = try Profile.parse(
            "question: Do both say the same?\nname: second\ntopic: {count: \(topicsEach)}\nproducers: {count: \(lanes), rate: \(rate), recordBytes: 100}\n",
            path: "second instrument")
        let plan = LoadPlan(profile, label: "", topic: "second")
        let fleet = try LaneFleet(plan, on: BrokerTarget(bootstrap: broker, process: nil), check: {})
        defer { fleet.stop() }
        try connected()
        let meter = HiccupMeter(cpus: try CPUSet.allowed().cpus)
        defer { meter.stop() }
        let origin = MonotonicClock.now() + leadNanoseconds, length = seconds * nanosecondsPerSecond
        let (end, maximumSeconds) = (origin + length, Int(seconds + drainNanoseconds / nanosecondsPerSecond) + 1)
        meter.begin(at: origin, maximumSeconds: maximumSeconds)
        for lane in fleet.producers {
            lane.begin(schedule: plan.producers.schedule(nanoseconds: length, shape: nil), at: origin, maximumSeconds: maximumSeconds, byteBudget: nil)
            lane.end(at: end)
        }
        while !fleet.producers.allSatisfy({ $0.isDrained }) {
            if let failure = fleet.failure { throw failure }
            guard MonotonicClock.now() < end + drainNanoseconds else {
                throw HarnessError.impossible("the broker at \(broker) did not answer everything within \(drainNanoseconds / nanosecondsPerSecond) s")
            }
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
        let hiccup = meter.end().merged
        var seen: [String: LatencyHistogram] = [:]
        var lag = LatencyHistogram()
        for phase in fleet.producers.flatMap({ $0.collect() }) {
            for clock in clocks { seen[clock, default: LatencyHistogram()].add(phase.histograms[clock] ?? LatencyHistogram()) }
            lag.add(phase.histograms["schedule_lag"] ?? LatencyHistogram())
        }
        return Reading(clocks: seen, scheduleLag: lag, hiccup: hiccup, requests: UInt64(rate) * seconds)
    }
}

extension SecondInstrument.Reading {
    /// The clocks beside what the broker stamped of the same requests.
    ///
    /// - Parameters: as `InstrumentComparison` has them.
    /// - Throws: `HarnessError` where one of the two has missed a request, or seen one more: then their quantiles are not of the same.
    package func compared(with stamped: LatencyHistogram, pathNanoseconds: UInt64 = 0) throws(HarnessError) -> [InstrumentComparison] {
        var rows: [InstrumentComparison] = []
        for clock in SecondInstrument.clocks {
            let seen = clocks[clock] ?? LatencyHistogram()
            guard seen.count == requests, stamped.count == requests else {
                throw .impossible("of \(requests) requests the clock ‘\(clock)’ has \(seen.count) and the broker stamped \(stamped.count)")
            }
            for quantile in SecondInstrument.quantiles {
                // What the harness reports of its own lateness is no error of its clocks.
                let late = clock == "response" ? scheduleLag.value(at: quantile) ?? 0 : 0
                let row = InstrumentComparison(
                    clock, at: quantile, client: seen, broker: stamped, hiccup: hiccup, pathNanoseconds: pathNanoseconds + late)
                guard let row else { throw .impossible("no timer fired while the load ran: how late they are here is not known") }
                rows.append(row)
            }
        }
        return rows
    }

    /// As a harness would have it one of whose clocks is stopped so much later.
    package func shifted(_ clock: String, by nanoseconds: Int64) -> Self {
        var moved = self
        moved.clocks[clock] = clocks[clock]?.shifted(by: nanoseconds)
        return moved
    }
}
