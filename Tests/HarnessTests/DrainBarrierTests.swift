// The barrier before a measured window, where there is more to read than the load has sent.
import Foundation
import Host
import Measurement
import Results
import Testing
import Vocabulary

@testable import Harness

/// Has read any number of other people's records, and the load's own only `delay` after the load began.
private final class BusyTopicReader: ConsumingLane {
    private static let others: UInt64 = 1_000_000_000
    private let producer: RatedLane
    private let delay: UInt64
    private let offsets = ReaderOffsets(partitions: 1)
    private var origin = UInt64.max
    let threadID: Int32 = 0

    init(of producer: RatedLane, delay: UInt64) {
        self.producer = producer
        self.delay = delay
        offsets.advance(0, position: 0, end: 0)
    }

    private var isThrough: Bool { origin < .max && MonotonicClock.now() >= origin + delay }
    var readerOffsets: ReaderOffsets? {
        if isThrough { offsets.advance(0, position: .max, end: .max) }
        return offsets
    }
    func live() -> LaneLive {
        let own = isThrough ? producer.live().records : 0
        return LaneLive(records: own + Self.others, bytes: 0, strangers: Self.others)
    }
    func begin(at origin: UInt64, maximumSeconds: Int) { self.origin = origin }
    func boundary(at time: UInt64) {}
    func pause() {}
    func resume() {}
    func collect() -> [ConsumerLanePhase] { [ConsumerLanePhase(), ConsumerLanePhase()] }
    func stop() {}
}

private struct BusyTopicFleet: LoadFleet {
    let producers: [any ProducingLane]
    let consumers: [any ConsumingLane]
    let failure: (any Error)? = nil
    func stop() {}
    func audit(_ check: () throws -> Void) throws -> (outcome: AuditOutcome, counts: [String: UInt64]) { (.passed, [:]) }
}

@Suite struct DrainBarrierTests {
    @Test(arguments: ["all", "0"])
    func `it waits for the load's own records, however much of others has been read`(acks: String) throws {
        let text = """
            question: q
            name: barrier
            producers: {rate: 1000, recordBytes: 100, acks: \(acks)}
            consumers: {count: 1}
            phases: {warmUp: 100ms, steadyWait: 0s, steady: 1s, coolDown: 0s}
            """
        let lane = RatedLane(partition: 0, of: 1)
        let fleet = BusyTopicFleet(producers: [lane], consumers: [BusyTopicReader(of: lane, delay: 400_000_000)])
        let record = try runWithoutBroker(try Profile.parse(text, path: "barrier.yaml"), fleet).record
        let drain = try #require(record.phases.first { $0.kind == "drain" })
        #expect(drain.seconds > 0.29 && drain.seconds < 5 && drain.notes == [], "\(drain.seconds) s")
    }
}
