// The generator against a broker that keeps nothing: what is told of it is what was sent.
import Foundation
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
        book.keep(reading, of: .init(producers: most, partitions: [2]))
        #expect(book.reading(of: .init(producers: most, partitions: [2]))?.requests == 7)
        #expect(book.reading(of: .init(producers: most, partitions: [3])) == nil)
        #expect(try book.reading(of: .init(producers: groups("{mode: max, batchBytes: 32KiB}"), partitions: [2])) == nil)
        #expect(reading.metric("c", of: 900).value == 1_000 && reading.metric("c", of: 900).samples == 7)
        #expect(reading.metric("c", of: 1_101).unavailable?.contains("faster than without a broker") == true)
    }

    @Test func `a ceiling is kept for a day, and for its own load, machine and profile`() throws {
        let root = NSTemporaryDirectory() + "tidemark-test-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: root) }
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let store = CeilingStore(root: root), now: Int64 = 1_800_000_000_000
        #expect(store.reading(of: "a", at: now) == nil)
        store.keep(NullCeiling.Reading(megabytesPerSecond: 900, text: "null broker", requests: 7), of: "a", at: now)
        store.keep(NullCeiling.Reading(megabytesPerSecond: 500, text: "null broker", requests: 8), of: "b", at: now + 1)
        let kept = try #require(store.reading(of: "a", at: now + CeilingStore.lifeMilliseconds - 1))
        #expect(kept.megabytesPerSecond == 900 && kept.requests == 7 && kept.text == "null broker, kept from 2027-01-15T08:00:00Z", "\(kept.text)")
        #expect(kept.isFar(from: 720) && !kept.isFar(from: 721))
        #expect(store.reading(of: "a", at: now + CeilingStore.lifeMilliseconds) == nil && store.reading(of: "a", at: now - 1) == nil)
        // What is measured again takes the place of what was kept.
        store.keep(NullCeiling.Reading(megabytesPerSecond: 950, text: "null broker", requests: 9), of: "a", at: now + 2)
        #expect(store.reading(of: "a", at: now + 2)?.megabytesPerSecond == 950 && store.reading(of: "b", at: now + 2)?.requests == 8)
        try "garbage".write(toFile: root + "/" + CeilingStore.fileName, atomically: true, encoding: .utf8)
        #expect(store.reading(of: "a", at: now + 2) == nil)
        store.keep(NullCeiling.Reading(megabytesPerSecond: 1, text: "null broker", requests: 1), of: "c", at: now)
        #expect(store.reading(of: "c", at: now)?.requests == 1)
    }

    @Test func `no more ceilings are kept than anybody measures in a day`() throws {
        let root = NSTemporaryDirectory() + "tidemark-test-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: root) }
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let entries = (0..<CeilingStore.entriesMaximum).map {
            CeilingStore.Entry(key: "\($0)", measuredAt: Int64($0), megabytesPerSecond: 1, text: "null broker", requests: 1)
        }
        try JSONEncoder().encode(entries).write(to: URL(filePath: root).appending(path: CeilingStore.fileName))
        let store = CeilingStore(root: root)
        store.keep(NullCeiling.Reading(megabytesPerSecond: 1, text: "null broker", requests: 1), of: "new", at: 5_000)
        #expect(store.reading(of: "0", at: 5_000) == nil && store.reading(of: "1", at: 5_000) != nil && store.reading(of: "new", at: 5_000) != nil)
    }

    @Test func `another load, profile or machine has a ceiling of its own`() throws {
        let machine = EnvironmentRecord(hard: ["cpu": "a"], soft: [:], runState: ["load": "1"], traits: [])
        let load = CeilingBook.Settings(producers: [ProducersPlan()], partitions: [2])
        let key = try #require(CeilingStore.key(of: load, profile: "p", machine: machine))
        let busier = EnvironmentRecord(hard: ["cpu": "a"], soft: [:], runState: ["load": "9"], traits: [])
        #expect(CeilingStore.key(of: load, profile: "p", machine: busier) == key)
        var other = ProducersPlan()
        other.batchBytes = 1 << 20
        #expect(CeilingStore.key(of: .init(producers: [other], partitions: [2]), profile: "p", machine: machine) != key)
        #expect(CeilingStore.key(of: .init(producers: [ProducersPlan()], partitions: [3]), profile: "p", machine: machine) != key)
        #expect(CeilingStore.key(of: load, profile: "q", machine: machine) != key)
        #expect(CeilingStore.key(of: load, profile: "p", machine: EnvironmentRecord(hard: ["cpu": "b"], soft: [:], runState: [:], traits: [])) != key)
    }
}
