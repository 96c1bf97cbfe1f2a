import Bytes
import Glibc
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct ProducerTests {
    private func sent(_ sequence: Int32, count: Int = 1, producer: ProducerID = 7, epoch: ProducerEpoch = 0) -> [UInt8] {
        batch(count, producer: producer, epoch: epoch, sequence: sequence)
    }

    @Test func `a repeated batch gets its first offset and is not written again`() throws {
        let rig = try Rig()
        try rig.append(sent(0, count: 3), sent(3, count: 2))
        let again = try rig.stage(sent(0, count: 3))
        #expect(again == (try rig.stage(sent(0, count: 3))))
        #expect(again.isDuplicate && again.baseOffset == 0 && again.nextOffset == 3)
        #expect(try rig.stage(sent(3, count: 2)).baseOffset == 3)
        #expect(try rig.log.writeStaged().calls == 0)
        #expect(rig.log.logEndOffset == 5)
    }

    @Test func `the last five batches are recognised and the sixth is out of order`() throws {
        let rig = try Rig()
        for sequence in 0..<8 { try rig.append(sent(Int32(sequence))) }
        for sequence: Int32 in 3..<8 { #expect(try rig.stage(sent(sequence)).baseOffset == Offset(sequence)) }
        #expect(throws: StorageError.outOfOrderSequence(producer: 7, got: 2, expected: 8)) { try rig.stage(sent(2)) }
    }

    @Test func `a gap is out of order and the right batch is still taken behind it`() throws {
        let rig = try Rig()
        try rig.append(sent(0))
        #expect(throws: StorageError.outOfOrderSequence(producer: 7, got: 2, expected: 1)) { try rig.stage(sent(2)) }
        try rig.append(sent(1))
        #expect(rig.log.logEndOffset == 2)
    }

    @Test func `batches staged in the same tick count for the ones behind them`() throws {
        let rig = try Rig()
        for sequence: Int32 in 0..<7 { #expect(try !rig.stage(sent(sequence)).isDuplicate) }
        #expect(try rig.stage(sent(6)).baseOffset == 6)
        #expect(try rig.stage(sent(2)).baseOffset == 2)
        #expect(throws: StorageError.outOfOrderSequence(producer: 7, got: 1, expected: 7)) { try rig.stage(sent(1)) }
        #expect(throws: StorageError.outOfOrderSequence(producer: 7, got: 8, expected: 7)) { try rig.stage(sent(8)) }
        _ = try rig.log.writeStaged()
        #expect(try rig.stage(sent(6)).isDuplicate)
        #expect(try !rig.stage(sent(7)).isDuplicate)
        #expect(try rig.stage(sent(6)).isDuplicate)
    }

    @Test func `producers mixed in one tick keep their own sequences`() throws {
        let rig = try Rig()
        var generator = SplitMix(11)
        var next: [ProducerID: Int32] = [:]
        for round in 0..<200 {
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                let producer = ProducerID.random(in: 0..<9, using: &generator)
                let count = Int.random(in: 1...3, using: &generator)
                #expect(try !rig.stage(sent(next[producer, default: 0], count: count, producer: producer)).isDuplicate, "\(round)")
                next[producer, default: 0] += Int32(count)
            }
            if round % 3 != 0 { _ = try rig.log.writeStaged() }
        }
        for (producer, sequence) in next {
            let expected = StorageError.outOfOrderSequence(producer: producer, got: sequence + 1, expected: sequence)
            #expect(throws: expected) { try rig.stage(sent(sequence + 1, producer: producer)) }
        }
    }

    @Test func `an older epoch is fenced and a newer one begins at zero`() throws {
        let rig = try Rig()
        try rig.append(sent(0, epoch: 2), sent(1, epoch: 2))
        #expect(throws: StorageError.producerFenced(producer: 7, got: 1, current: 2)) { try rig.stage(sent(2, epoch: 1)) }
        #expect(throws: StorageError.outOfOrderSequence(producer: 7, got: 2, expected: 0)) { try rig.stage(sent(2, epoch: 3)) }
        #expect(try !rig.stage(sent(0, epoch: 3)).isDuplicate)
        #expect(throws: StorageError.producerFenced(producer: 7, got: 2, current: 3)) { try rig.stage(sent(1, epoch: 2)) }
        _ = try rig.log.writeStaged()
        #expect(try rig.stage(sent(0, epoch: 3)).baseOffset == 2)
    }

    @Test func `sequences wrap behind the largest`() throws {
        let rig = try Rig()
        try rig.append(sent(.max - 2, count: 2))
        #expect(try !rig.stage(sent(.max, count: 3)).isDuplicate)
        #expect(try !rig.stage(sent(2)).isDuplicate)
        _ = try rig.log.writeStaged()
        #expect(try rig.stage(sent(.max, count: 3)).baseOffset == 2)
        try rig.reopen()
        #expect(try rig.stage(sent(.max, count: 3)) == Staged(baseOffset: 2, nextOffset: 5, isDuplicate: true))
        #expect(Sequence32.distance(from: .max, to: 1) == 2)
    }

    @Test func `what was staged and not written counts for nothing`() throws {
        let state = ProducerState()
        func look<Result>(_ bytes: [UInt8], _ body: (BatchView) throws -> Result) rethrows -> Result {
            try bytes.withUnsafeBytes { try body(BatchView(unchecked: $0)) }
        }
        for sequence: Int32 in 0..<4 { look(sent(sequence)) { state.stage($0, baseOffset: Offset(sequence), index: Int(sequence)) } }
        state.commit(below: 2)
        #expect(state.remembered().first?.batches.map(\.lastOffset) == [0, 1])
        state.discardStaged()
        #expect(throws: StorageError.outOfOrderSequence(producer: 7, got: 3, expected: 2)) { try look(sent(3)) { try state.check($0) } }
        let decision = try look(sent(2)) { try state.check($0) }
        #expect(decision == .next)
        // Others take the places where it was staged.
        for sequence: Int32 in 0..<3 {
            look(sent(50 + sequence, producer: 8)) { state.stage($0, baseOffset: Offset(10 + sequence), index: Int(sequence)) }
        }
        #expect(try look(sent(2)) { try state.check($0) } == .next)
    }

    @Test func `a snapshot at a roll knows only what lies below it`() throws {
        let rig = try Rig(["segment.bytes": "1024"])
        for sequence: Int32 in 0..<10 { _ = try rig.stage(batch(1, producer: 7, epoch: 0, sequence: sequence, valueBytes: 400)) }
        _ = try rig.log.writeStaged()
        for base: Offset in [2, 4, 6, 8] {
            let remembered = try ProducerSnapshot.decode(rig.disk.bytes(of: rig.path(base, ".snapshot"))!)
            #expect(remembered.first?.batches.last?.lastOffset == base - 1)
            #expect(remembered.first?.batches.count == min(5, Int(base)))
        }
    }

    @Test func `sequences survive a clean restart and a crash, five batches each`() throws {
        for clean in [true, false] {
            let rig = try Rig(["segment.bytes": "2048"])
            for sequence: Int32 in 0..<20 {
                try rig.append(batch(1, producer: 7, epoch: 1, sequence: sequence, valueBytes: 300), sent(sequence, producer: 8))
            }
            if clean { try rig.reopen() } else { try rig.crash() }
            #expect(rig.storage.wasCleanShutdown == clean)
            for sequence: Int32 in 15..<20 {
                let again = batch(1, producer: 7, epoch: 1, sequence: sequence, valueBytes: 300)
                #expect(try rig.stage(again).baseOffset == Offset(2 * sequence), "clean \(clean)")
            }
            #expect(throws: StorageError.self) { try rig.stage(sent(19, producer: 7, epoch: 0)) }
            #expect(throws: StorageError.outOfOrderSequence(producer: 8, got: 21, expected: 20)) { try rig.stage(sent(21, producer: 8)) }
            try rig.append(sent(20, producer: 8))
        }
    }

    @Test func `a snapshot with any byte changed is no snapshot, and none of another version is`() throws {
        let batches = [SequencedBatch(firstSequence: 3, lastSequence: 5, lastOffset: 99)]
        let producers: [ProducerState.Remembered] = [
            .init(id: 1, epoch: 2, coordinatorEpoch: 8, timestamp: 3, lastOffset: 99, transactionStart: 97, batches: batches),
            .init(id: 4, epoch: 0, coordinatorEpoch: nil, timestamp: 5, lastOffset: 6, transactionStart: nil, batches: []),
        ]
        let good = ProducerSnapshot.encode(producers)
        #expect(try ProducerSnapshot.decode(good) == producers)
        for index in good.indices {
            var bytes = good
            bytes[index] ^= 0x10
            let fault = index < 2 ? SnapshotFault.version(index == 0 ? 0x1002 : 0x12) : .damaged
            #expect(throws: fault, "byte \(index)") { try ProducerSnapshot.decode(bytes) }
            #expect(throws: SnapshotFault.damaged) { try ProducerSnapshot.decode(Array(good[..<index])) }
        }
    }

    @Test func `unused producers are forgotten by age and by number`() {
        let state = ProducerState(limit: 500)
        for id in 0..<ProducerID(100) {
            batch(1, producer: id, epoch: 0, sequence: 0, timestamp: id).withUnsafeBytes { state.replay(BatchView(unchecked: $0)) }
        }
        // They were at work in the segment that ends here: a record from the future does not count against them.
        state.expire(before: 90, below: 0)
        #expect(state.remembered().count == 100)
        state.expire(before: 90)
        #expect(state.remembered().map(\.id) == Array(90..<100))
        let view = batch(1, producer: 0, epoch: 0, sequence: 0, timestamp: 500)
        var bytes = view
        for id in 0..<ProducerID(1200) {
            withUnsafeBytes(of: (1000 + id).bigEndian) { bytes.replaceSubrange(43..<51, with: $0) }
            bytes.withUnsafeMutableBytes { MutableBatch($0).assign(baseOffset: id, leaderEpoch: 0) }
            bytes.withUnsafeBytes { state.replay(BatchView(unchecked: $0)) }
        }
        #expect(state.count <= 500)
        #expect(state.count > 400)
        #expect(state.remembered().last?.id == 2199)
    }
}

@Suite struct ProducerExpiryTests {
    private let day = StorageLimits.producerExpirationMilliseconds
    private let noon: Int64 = 1_700_000_000_000

    /// Two producers, of which each sent one batch of the time `timestamp`.
    private func rig(timestamp: Int64) throws -> Rig {
        let rig = try Rig()
        for producer: ProducerID in [7, 8] { try rig.append(batch(1, producer: producer, epoch: 0, sequence: 0, timestamp: timestamp)) }
        return rig
    }

    private func look(_ rig: Rig, at now: Int64) throws -> Int { try rig.log.enforceRetention(now: now).producersExpired }

    @Test func `a producer that sent nothing for a day is forgotten without a roll`() throws {
        let rig = try rig(timestamp: noon)
        #expect(try look(rig, at: noon) == 0)
        #expect(try look(rig, at: noon + day - 1) == 0)
        #expect(try rig.stage(batch(1, producer: 7, epoch: 0, sequence: 0, timestamp: noon)).isDuplicate)
        #expect(try look(rig, at: noon + day) == 2)
        #expect(rig.log.producerCount == 0)
        // As one that was never known: any sequence begins it.
        try rig.append(batch(1, producer: 7, epoch: 0, sequence: 41, timestamp: noon))
        #expect(rig.log.producerCount == 1)
    }

    @Test func `a clock that jumps ahead expires, and one that goes back does not`() throws {
        let rig = try rig(timestamp: noon)
        for now in [noon, noon - 1, noon - 10 * day, 0, -1, .min] { #expect(try look(rig, at: now) == 0, "\(now)") }
        #expect(rig.log.producerCount == 2)
        #expect(try rig.stage(batch(1, producer: 8, epoch: 0, sequence: 0, timestamp: noon)).isDuplicate)
        try rig.append(batch(1, producer: 8, epoch: 0, sequence: 1, timestamp: noon))
        // One was at work since the last look, whatever the clock says now.
        #expect(try look(rig, at: noon + 1000 * day) == 1)
        #expect(try rig.stage(batch(1, producer: 8, epoch: 0, sequence: 1, timestamp: noon)).isDuplicate)
        #expect(try look(rig, at: noon) == 0 && look(rig, at: noon + 1001 * day) == 1)
        #expect(rig.log.producerCount == 0)
    }

    @Test func `a producer of old records is at work as long as it sends`() throws {
        let rig = try rig(timestamp: 1000)
        for hour in 0..<72 {
            try rig.append(batch(1, producer: 7, epoch: 0, sequence: Int32(hour) + 1, timestamp: 1000))
            let expired = try look(rig, at: noon + Int64(hour) * 3_600_000)
            #expect(expired == (hour == 24 ? 1 : 0), "hour \(hour)")
        }
        #expect(try rig.stage(batch(1, producer: 7, epoch: 0, sequence: 72, timestamp: 1000)).isDuplicate)
    }

    @Test(arguments: [true, false]) func `what was read from the disk is as old as its records`(clean: Bool) throws {
        for (timestamp, expected) in [(noon, 0), (noon - day, 2), (-1, 0)] {
            let rig = try rig(timestamp: timestamp)
            if clean { try rig.reopen() } else { try rig.crash() }
            #expect(rig.log.producerCount == 2)
            #expect(try look(rig, at: noon) == expected, "\(timestamp)")
        }
    }

    @Test func `an open transaction and a staged batch keep their producers`() throws {
        let rig = try Rig()
        _ = try rig.log.stage(rig.buffers.hold(batch(1, producer: 7, epoch: 0, sequence: 0, timestamp: noon, isTransactional: true)), admits: .trusted)
        _ = try rig.write()
        try rig.append(batch(1, producer: 8, epoch: 0, sequence: 0, timestamp: noon))
        #expect(try look(rig, at: noon) == 0)
        _ = try rig.stage(batch(1, producer: 8, epoch: 0, sequence: 1, timestamp: noon))
        #expect(try look(rig, at: noon + 5 * day) == 0)
        _ = try rig.write()
        #expect(try look(rig, at: noon + 5 * day) == 0)
        #expect(try look(rig, at: noon + 6 * day) == 1)
        #expect(rig.log.producerCount == 1)
    }

    @Test func `places of the forgotten are used again and not looked at`() throws {
        let rig = try rig(timestamp: noon)
        #expect(try look(rig, at: noon) == 0 && look(rig, at: noon + day) == 2)
        for producer in ProducerID(20)..<23 { try rig.append(batch(1, producer: producer, epoch: 0, sequence: 0, timestamp: noon)) }
        #expect(try look(rig, at: noon + 3 * day) == 0 && look(rig, at: noon + 4 * day) == 3 && look(rig, at: noon + 9 * day) == 0)
        #expect(rig.log.producerCount == 0)
    }
}

@Suite struct ProducerIDTests {
    @Test func `no id is handed out twice, whatever operation a crash falls on`() throws {
        for n in 1... {
            let disk = SimulatedFileSystem()
            let rig = try Rig(directories: ["d", "e"], disk: disk)
            var seen: Set<ProducerID> = []
            for round in 0..<3 {
                if round > 0 { disk.plan(.crash(torn: n % 40), at: n) }
                for _ in 0..<(Int(StorageLimits.producerIDBlock) + 5) {
                    guard let id = try? rig.storage.allocateProducerID() else { break }
                    try #require(seen.insert(id).inserted, "id \(id) again, n = \(n)")
                }
                let how: SimulatedFileSystem.Reboot = n % 2 == 0 ? .kill : .partialPowerLoss(seed: UInt64(n))
                let survived = round == 2 && !disk.isCrashed
                try rig.crash(how)
                if survived { return }
            }
        }
    }

    @Test func `an id is not handed out when its reservation fails`() throws {
        let rig = try Rig()
        rig.disk.plan(.fails(ENOSPC), at: 2)
        #expect(throws: StorageError.self) { try rig.storage.allocateProducerID() }
        let id = try rig.storage.allocateProducerID()
        try rig.crash()
        #expect(try rig.storage.allocateProducerID() > id)
    }
}
