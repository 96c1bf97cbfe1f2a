// The generator against a broker that keeps nothing: what is told of it is what was sent.
import Testing

@testable import Harness

@Suite(.serialized) struct GeneratorCeilingTests {
    @Test func `a generator is measured as fast as it can, and by a schedule that it keeps`() throws {
        let broker = try FaultyBroker(keepsRecords: false)
        defer { broker.stop() }
        var plan = ProducersPlan()
        plan.recordBytes = 100
        plan.idempotent = false
        let ceiling = GeneratorCeiling(plan, broker: broker.address, topic: "ceiling", partitions: 1)
        let most = try ceiling.throughput(nanoseconds: 500_000_000)
        #expect(most.recordsPerSecond > 1_000 && most.recordsPerRequest > 1, "\(most)")
        let kept = try ceiling.punctuality(recordsPerSecond: 1_000, nanoseconds: 500_000_000)
        #expect(kept.records == 500 && kept.achievedPerSecond > 900 && kept.achievedPerSecond <= 1_000, "\(kept)")
        #expect(kept.scheduleLagP99Nanoseconds <= kept.scheduleLagMaximumNanoseconds)
    }
}
