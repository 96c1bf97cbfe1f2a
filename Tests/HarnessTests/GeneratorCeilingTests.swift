// The generator against a broker that keeps nothing: what is told of it is what was sent.
import Results
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

    @Test func `loads of the same settings share a ceiling, and only what nothing holds back has one`() throws {
        func groups(_ text: String) throws -> [ProducersPlan] {
            try Profile.parse("question: q\nname: n\nproducers: \(text)\n", path: "n.yaml").producerGroups
        }
        let most = try groups("{mode: max, batchBytes: 64KiB}")
        #expect(OwnCeiling.judges(most) && !OwnCeiling.judges([]))
        #expect(try !OwnCeiling.judges(groups("{rate: 5}")) && !OwnCeiling.judges(groups("{mode: closed}")))
        #expect(try !OwnCeiling.judges(groups("[{name: a, mode: max}, {name: b, rate: 5}]")))
        let book = CeilingBook()
        let reading = NullCeiling.Reading(megabytesPerSecond: 1_000, text: "null broker", requests: 7)
        book.keep(reading, of: .init(producers: most, partitions: 2, topics: 1))
        #expect(book.reading(of: .init(producers: most, partitions: 2, topics: 1))?.requests == 7)
        #expect(book.reading(of: .init(producers: most, partitions: 3, topics: 1)) == nil)
        #expect(try book.reading(of: .init(producers: groups("{mode: max, batchBytes: 32KiB}"), partitions: 2, topics: 1)) == nil)
        #expect(reading.metric("c", of: 900).value == 1_000 && reading.metric("c", of: 900).samples == 7)
        #expect(reading.metric("c", of: 1_101).unavailable?.contains("faster than without a broker") == true)
    }
}
