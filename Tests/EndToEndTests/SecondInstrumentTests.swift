// Latency by two instruments: what a fleet says of its requests, beside what the null broker says that it did with them.
import Dispatch
import Foundation
import Host
import Measurement
import NullBroker
import Synchronization
import Testing

@testable import Harness

@Suite(.serialized) struct SecondInstrumentTests {
    /// One load as both saw it, and what the machine added meanwhile.
    private struct Reading {
        var clocks: [String: LatencyHistogram]
        let broker: AnswerTime
        let hiccup: LatencyHistogram

        func difference(_ clock: String, at q: Double) throws -> Int64 {
            Int64(try #require(clocks[clock]?.value(at: q))) - Int64(try #require(broker.histogram.value(at: q)))
        }
    }

    /// Each in the middle of one of the times below, or near it: at an edge, one sample more on one side is a jump to the next time.
    private static let quantiles = [0.5, 0.9, 0.97, 0.99]
    private static let mixture = "delays:500us*0.8,2ms*0.16,20ms*0.02,200ms*0.02"
    private static let lanes = 12, topicsEach = 10

    /// Four records a second to each of 120 connections, every one alone on its way.
    ///
    /// A connection answers in order. A request behind one that is held back for 200 ms would wait as well, in the broker's stamps and in
    /// the service time; and the record behind that would wait in the client, in the response time only. With 250 ms between two
    /// records of a connection nothing waits for anything: a request takes what was drawn for it. Then the service time is the broker's,
    /// two sockets and two wake-ups more, and the response time, free of queues, is that and the lane's own wake-up.
    private func measure(_ faults: [Fault], seconds: UInt64) throws -> Reading {
        var configuration = NullBrokerConfiguration()
        configuration.keepsStamps = true
        let broker = try NullBroker(configuration)
        let thread = broker.start()
        defer {
            broker.stop()
            thread.join()
        }
        let rate = Self.lanes * Self.topicsEach * 4
        let text = """
            question: Do both say the same?
            name: second
            topic: {count: \(Self.topicsEach)}
            producers: {count: \(Self.lanes), rate: \(rate), recordBytes: 100}
            """
        let plan = LoadPlan(try Profile.parse(text, path: "second.yaml"), label: "", topic: "second")
        let fleet = try LaneFleet(plan, on: BrokerTarget(bootstrap: HostPort("127.0.0.1:\(broker.port)")!, process: nil), check: {})
        defer { fleet.stop() }
        // Only now, so that connecting goes fast.
        broker.misbehave(faults) {}
        let meter = HiccupMeter(cpus: (0..<Int32(ProcessInfo.processInfo.activeProcessorCount)).map { $0 })
        defer { meter.stop() }
        let origin = MonotonicClock.now() + 50_000_000, length = seconds * nanosecondsPerSecond
        meter.begin(at: origin, maximumSeconds: 60)
        for lane in fleet.producers {
            lane.begin(schedule: plan.producers.schedule(nanoseconds: length, shape: nil), at: origin, maximumSeconds: 60, byteBudget: nil)
            lane.end(at: origin + length)
        }
        while !fleet.producers.allSatisfy(\.isDrained) {
            try #require(MonotonicClock.now() < origin + length + 10 * nanosecondsPerSecond)
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
        let hiccup = meter.end().merged
        let stamped = try answerTimes(of: broker).produce
        var clocks: [String: LatencyHistogram] = [:]
        for phase in fleet.producers.flatMap({ $0.collect() }) {
            for clock in ["service", "response"] { clocks[clock, default: LatencyHistogram()].add(try #require(phase.histograms[clock])) }
        }
        // One request a record, and neither side has missed one or seen one more.
        let records = UInt64(rate) * seconds
        #expect(clocks["service"]?.count == records && clocks["response"]?.count == records && stamped.requests == records)
        return Reading(clocks: clocks, broker: stamped, hiccup: hiccup)
    }

    private func answerTimes(of broker: NullBroker) throws -> AnswerTimes {
        let times = Mutex<AnswerTimes?>(nil), arrived = DispatchSemaphore(value: 0)
        broker.answerTimes { stamped in
            times.withLock { $0 = stamped }
            arrived.signal()
        }
        arrived.wait()
        return try #require(times.withLock { $0 })
    }

    /// What client and broker may differ by beyond what the machine adds, nanoseconds.
    private static let allowance: Int64 = 50_000

    /// The quantiles of a clock that the broker's stamps do not bear out.
    ///
    /// The two instruments may differ by 50 µs and the hiccup at the quantile. This process is not optimised, so what its code, its sockets
    /// and its wake-ups take between the stamps is no product's: it is the median of the same load against a broker that answers at once, and
    /// added. And they agree at best as closely as buckets of 3 digits tell, 131 µs at 200 ms. A client that saw an answer before the broker
    /// sent it has a wrong clock.
    private func disagreements(_ reading: Reading, _ clock: String, path: Reading) throws -> [String] {
        let between = max(0, try path.difference(clock, at: 0.5))
        return try Self.quantiles.compactMap { q in
            let difference = try reading.difference(clock, at: q)
            let bucket = Int64(LatencyHistogram.bucketWidth(at: try #require(reading.broker.histogram.value(at: q))))
            let allowed = Self.allowance + Int64(try #require(reading.hiccup.value(at: q))) + between + bucket
            return (-bucket...allowed).contains(difference) ? nil : "\(clock) p\(q * 100): \(difference) ns beside the broker's, allowed \(allowed)"
        }
    }

    @Test func `a fleet's quantiles are those that the broker stamped, and a shift of them is noticed`() throws {
        let mixture = try #require(Fault(Self.mixture))
        var found: [String] = []
        // A machine that stands still in one reading and not in the other can make a difference: then both are taken again.
        for _ in 0..<4 {
            let path = try measure([], seconds: 1)
            let reading = try measure([mixture], seconds: 4)
            found = try disagreements(reading, "service", path: path) + disagreements(reading, "response", path: path)
            guard found.isEmpty else { continue }
            // The mixture is what was drawn: by the broker's own account no answer left early, and each time has its share.
            for (q, nominal) in [(0.5, 500_000), (0.9, 2_000_000), (0.97, 20_000_000), (0.99, 200_000_000)] as [(Double, UInt64)] {
                #expect(try #require(reading.broker.histogram.value(at: q)) >= nominal)
            }
            for clock in ["service", "response"] {
                for shift in [-1, 1] as [Int64] {
                    var shifted = reading
                    shifted.clocks[clock] = moved(try #require(reading.clocks[clock]), by: shift * 1_000_000)
                    #expect(try !disagreements(shifted, clock, path: path).isEmpty, "\(clock) by \(shift) ms")
                }
            }
            return
        }
        #expect(found == [])
    }

    /// As a harness would have it whose clocks are started or stopped at the wrong place.
    private func moved(_ histogram: LatencyHistogram, by nanoseconds: Int64) -> LatencyHistogram {
        let recorder = LatencyRecorder(origin: 0, maximumSeconds: 1)
        for (bound, count) in zip(histogram.lowerBounds, histogram.counts) { recorder.record(Int64(bound) + nanoseconds, count: count, at: 0) }
        return recorder.snapshot()
    }
}
