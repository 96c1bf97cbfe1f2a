@testable import Coordination
import Records
import Testing
import Vocabulary

/// A producer works through a script while the broker dies, once or many times, between any two things that it does.
@Suite struct TransactionCrashTests {
    @Test func `wherever the broker dies once, every transaction ends one way in all its partitions`() {
        var step = 1
        while true {
            var world = TransactionWorld(crash: { $0 == step })
            world.run()
            #expect(world.complaints == [], "crash after step \(step)")
            if world.crashes == 0 { break }
            step += 1
        }
        #expect(step > 60, "the script takes \(step) steps")
    }

    @Test func `nor does it matter how often it dies`() {
        for seed in UInt64(1)...300 {
            var generator = SeededGenerator(seed: seed)
            let crashing = Set((0..<400).filter { _ in Int.random(in: 0..<9, using: &generator) == 0 })
            var world = TransactionWorld(crash: { crashing.contains($0) })
            world.run()
            #expect(world.complaints == [], "seed \(seed)")
        }
    }

    @Test func `a snapshot of the records reads back as the same`() throws {
        for step in stride(from: 1, to: 120, by: 3) {
            var world = TransactionWorld(crash: { $0 == step })
            world.run()
            var again = TransactionCoordinator()
            for record in world.restored().records { again.replay(record) }
            #expect(again.records == world.restored().records)
            for record in again.records { #expect(try TransactionRecord(record.encoded) == record) }
        }
    }
}
