// Runs that meet one fault each, at the first operation, the second, the third … until the run survives.
import Glibc
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct FaultTests {
    /// What a run was told of its batches.
    private struct Told {
        /// Next offset behind each acknowledged batch.
        var acknowledged: [Offset] = []
        var sequence: Int32 = 0
    }

    /// A producer that appends with rolls, closes, opens and appends again. Stops at the first failure.
    private func run(_ rig: Rig, _ told: inout Told, ticks: Int = 12) throws {
        for tick in 0..<ticks {
            if tick == ticks / 2 {
                try rig.close()
                try rig.open()
                rig.handleFlushes()
            }
            let staged = try (0...(tick % 3)).map { _ in
                defer { told.sequence += 1 }
                return try rig.stage(batch(1, producer: 3, epoch: 0, sequence: told.sequence, timestamp: Int64(told.sequence), valueBytes: 200))
            }
            _ = try rig.write()
            for batch in staged where rig.log.highWatermark >= batch.nextOffset { told.acknowledged.append(batch.nextOffset) }
        }
    }

    private func rig(_ policy: [String: String]) throws -> Rig {
        let rig = try Rig(policy.merging(["segment.bytes": "1100", "index.interval.bytes": "300"]) { a, _ in a })
        rig.handleFlushes()
        return rig
    }

    /// Everything acknowledged is there once, in order; the producer goes on where the log ends.
    private func check(_ rig: Rig, _ told: Told, _ context: String) throws {
        let all = try rig.readAll()
        #expect(all.map(\.baseOffset) == Array(0..<Offset(all.count)), "\(context)")
        #expect(rig.log.logEndOffset >= told.acknowledged.last ?? 0, "\(context): \(told.acknowledged.last ?? 0) was acknowledged")
        for offset in 0..<rig.log.logEndOffset {
            let next = try rig.log.read(from: offset, maxBytes: 1, atLeastOneBatch: true)?.nextOffset
            #expect(next == offset + 1, "\(context): read of \(offset)")
            #expect(try rig.log.offset(forTimestamp: offset)?.offset == offset, "\(context): time \(offset)")
        }
        let next = Int32(rig.log.logEndOffset)
        if next > 0 {
            #expect(try rig.stage(batch(1, producer: 3, epoch: 0, sequence: next - 1, valueBytes: 200)).isDuplicate, "\(context)")
        }
        try rig.append(batch(1, producer: 3, epoch: 0, sequence: next, timestamp: Int64(next), valueBytes: 200))
        try rig.reopen()
        #expect(rig.log.logEndOffset == Offset(next) + 1, "\(context)")
        #expect(try rig.readAll().count == Int(next) + 1, "\(context)")
    }

    @Test(arguments: [[:], ["flush.messages": "1"]])
    func `a kill at any operation, torn at any place, loses nothing that was acknowledged`(policy: [String: String]) throws {
        for n in 1... {
            let rig = try rig(policy)
            var told = Told()
            let torn = Int(SplitMix.value(UInt64(n)) % 400)
            rig.disk.plan(.crash(torn: torn), at: n)
            try? run(rig, &told)
            let survived = !rig.disk.isCrashed
            try rig.crash(.kill)
            try check(rig, told, "n = \(n), torn at \(torn)")
            if survived { return }
        }
    }

    @Test func `the power gone at any operation loses nothing that was forced`() throws {
        for n in 1... {
            let rig = try rig(["flush.messages": "1"])
            var told = Told()
            rig.disk.plan(.crash(torn: n % 300), at: n)
            try? run(rig, &told)
            let survived = !rig.disk.isCrashed
            let how: SimulatedFileSystem.Reboot = n % 3 == 0 ? .powerLoss : .partialPowerLoss(seed: UInt64(n))
            try rig.crash(how)
            try check(rig, told, "n = \(n), \(how)")
            if survived { return }
        }
    }

    @Test func `without a flush policy lost power leaves a log that is whole, if shorter`() throws {
        for n in stride(from: 5, to: 90, by: 3) {
            let rig = try rig([:])
            var told = Told()
            rig.disk.plan(.crash(torn: n), at: n)
            try? run(rig, &told)
            try rig.crash(.partialPowerLoss(seed: UInt64(n)))
            told.acknowledged = []
            try check(rig, told, "n = \(n)")
        }
    }

    @Test(arguments: [EIO, ENOSPC]) func `a call that fails is told and what was acknowledged before it stays`(errno: Int32) throws {
        for n in 1... {
            let rig = try rig(["flush.messages": "1"])
            var told = Told()
            rig.disk.plan(.fails(errno), at: n)
            var failed = false
            do { try run(rig, &told) } catch { failed = true }
            guard rig.disk.isFaultMet else {
                #expect(!failed)
                return
            }
            rig.storage.abandon()
            try rig.crash(.kill)
            try check(rig, told, "n = \(n)")
        }
    }

    @Test func `a kill during recovery is harmless wherever it falls`() throws {
        for n in 1... {
            let rig = try rig([:])
            var told = Told()
            rig.disk.plan(.crash(torn: 150), at: 24)
            try? run(rig, &told)
            rig.disk.reboot(.kill)
            rig.disk.remove("d/\(RecoveryCheckpoint.name)")
            // A bad batch in the middle too, so that later segments have to go.
            let middle = rig.disk.paths().filter { $0.hasSuffix(".log") }.dropLast().last!
            rig.disk.damage(middle) { $0[100] ^= 1 }
            told.acknowledged = []
            rig.disk.plan(.crash(torn: n % 7), at: n)
            let opened: Void? = try? rig.open()
            if opened != nil {
                rig.disk.reboot(.kill)
                try rig.open()
                try check(rig, told, "survived at n = \(n)")
                return
            }
            try rig.crash(n % 2 == 0 ? .kill : .partialPowerLoss(seed: UInt64(n)))
            try check(rig, told, "n = \(n)")
        }
    }

    @Test func `random runs of rolls, kills and restarts keep every acknowledged batch once and in order`() throws {
        for seed in UInt64(1)...20 {
            var generator = SplitMix(seed)
            let rig = try rig(["flush.messages": "1"])
            var told = Told()
            for _ in 0..<6 {
                rig.disk.plan(.crash(torn: Int.random(in: 0...300, using: &generator)), at: Int.random(in: 1...90, using: &generator))
                try? run(rig, &told, ticks: Int.random(in: 2...20, using: &generator))
                let seed = generator.next()
                try rig.crash([.kill, .powerLoss, .partialPowerLoss(seed: seed)][Int(seed % 3)])
                rig.handleFlushes()
                let end = rig.log.logEndOffset
                try #require(end >= told.acknowledged.last ?? 0, "seed \(seed)")
                // The producer sends what it has no answer for again.
                told.sequence = Int32(told.acknowledged.last ?? 0)
            }
            try check(rig, told, "seed \(seed)")
        }
    }
}

extension SplitMix {
    static func value(_ seed: UInt64) -> UInt64 {
        var generator = SplitMix(seed)
        return generator.next()
    }
}
