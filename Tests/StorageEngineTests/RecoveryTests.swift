import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct RecoveryTableTests {
    @Test func `a segment before it is read`() {
        typealias Row = (clean: Bool, below: Bool, last: Bool, indexes: RecoveryTable.Indexes, row: RecoveryTable.Row)
        let rows: [Row] = [
            (true, false, false, .sealed, .trustedSealed), (true, false, true, .sealed, .trustedLast),
            (true, true, false, .sealed, .trustedSealed), (true, true, true, .sealed, .trustedLast),
            (false, true, false, .sealed, .trustedBelowPoint),
            (true, false, false, .unusable, .remadeIndexes), (true, false, true, .unusable, .remadeIndexes),
            (true, true, false, .unusable, .remadeIndexes), (true, true, true, .unusable, .remadeIndexes),
            (false, true, false, .unusable, .remadeIndexes),
            (false, false, false, .sealed, .scannedAbovePoint), (false, false, false, .unusable, .scannedAbovePoint),
            (false, false, true, .sealed, .scannedLast), (false, false, true, .unusable, .scannedLast),
            (false, true, true, .sealed, .scannedLast), (false, true, true, .unusable, .scannedLast),
        ]
        for row in rows {
            let found = RecoveryTable.row(
                cleanMark: row.clean, belowRecoveryPoint: row.below, isLast: row.last, indexes: row.indexes)
            #expect(found == row.row, "\(row)")
        }
        #expect(rows.count == 2 * 2 * 2 * RecoveryTable.Indexes.allCases.count)
        let actions = Dictionary(grouping: Set(rows.map(\.row)), by: RecoveryTable.action).mapValues { Set($0) }
        #expect(actions[.trust] == [.trustedSealed, .trustedLast, .trustedBelowPoint])
        #expect(actions[.remakeIndexes] == [.remadeIndexes])
        #expect(actions[.scan] == [.scannedAbovePoint, .scannedLast])
    }

    @Test func `a segment by its tail and what follows`() {
        typealias Row = (RecoveryTable.Tail, RecoveryTable.Continuation, cuts: Bool, deletes: Bool, damage: Bool)
        let rows: [Row] = [
            (.whole, .continues, false, false, false), (.whole, .ends, false, false, false), (.whole, .elsewhere, false, true, true),
            (.zeros, .continues, true, false, false), (.zeros, .ends, true, false, false), (.zeros, .elsewhere, true, true, true),
            (.torn, .continues, true, true, true), (.torn, .ends, true, false, true), (.torn, .elsewhere, true, true, true),
        ]
        for (tail, continuation, cuts, deletes, damage) in rows {
            let decision = RecoveryTable.decision(tail: tail, then: continuation)
            #expect(decision == .init(cuts: cuts, deletesLater: deletes, isDamage: damage), "\(tail) \(continuation)")
        }
        #expect(rows.count == RecoveryTable.Tail.allCases.count * RecoveryTable.Continuation.allCases.count)
    }

    @Test func `producers by their newest snapshot`() {
        #expect(RecoveryTable.decision(snapshot: nil, logEnd: 0) == .replayAll)
        #expect(RecoveryTable.decision(snapshot: nil, logEnd: 5) == .replayAll)
        #expect(RecoveryTable.decision(snapshot: 3, logEnd: 5) == .loadAndReplay)
        #expect(RecoveryTable.decision(snapshot: 5, logEnd: 5) == .load)
    }

    @Test func `leader epochs by their file and what the log has`() {
        typealias Row = (RecoveryTable.EpochFile, isEmpty: Bool, RecoveryTable.EpochDecision, RecoveryTable.Row)
        let rows: [Row] = [
            (.good, true, .load, .epochsLoaded), (.good, false, .load, .epochsLoaded),
            (.missing, true, .none, .noEpochs), (.missing, false, .readLog, .epochsReadFromLog),
            (.damaged, true, .none, .epochsDamaged), (.damaged, false, .readLog, .epochsDamaged),
        ]
        for (file, isEmpty, decision, row) in rows {
            #expect(RecoveryTable.decision(epochs: file, isEmpty: isEmpty) == decision, "\(file) \(isEmpty)")
            #expect(RecoveryTable.row(epochs: file, isEmpty: isEmpty) == row, "\(file) \(isEmpty)")
        }
        #expect(rows.count == 2 * RecoveryTable.EpochFile.allCases.count)
    }

    @Test func `the log's start by its checkpoint`() {
        let rows: [(RecoveryTable.SavedStart, firstBase: Int64?, end: Int64?, RecoveryTable.Row)] = [
            (.known(0), 0, 9, .startAtFirstSegment), (.known(0), nil, nil, .startAtFirstSegment),
            (.known(3), 5, 9, .startAtFirstSegment), (.known(5), 5, 9, .startAtFirstSegment),
            (.known(6), 5, 9, .startWithin), (.known(9), 5, 9, .startWithin), (.known(4), nil, nil, .startWithin),
            (.known(10), 5, 9, .startBehindEnd),
            (.damaged, 5, 9, .startDamaged), (.damaged, nil, nil, .startDamaged),
        ]
        for (start, firstBase, end, row) in rows {
            #expect(RecoveryTable.row(start: start, firstBase: firstBase, end: end) == row, "\(start) \(String(describing: firstBase))")
        }
    }
}

@Suite struct RecoveryTests {
    /// Three segments of four batches with a crash behind them; only the last is above the recovery point unless
    /// `forgetsPoint`.
    private func crashed(forgetsPoint: Bool = false) throws -> Rig {
        let rig = try Rig(["segment.bytes": "\(4 * batch(1, valueBytes: 300).count)", "index.interval.bytes": "0"])
        for index in 0..<11 { try rig.append(batch(1, timestamp: Int64(index), valueBytes: 300)) }
        rig.forceSealed()
        if forgetsPoint { rig.disk.remove("d/\(RecoveryCheckpoint.name)") }
        rig.disk.reboot(.kill)
        return rig
    }

    private var size: Int { batch(1, valueBytes: 300).count }

    @Test func `a tail torn at any byte is cut at the last whole batch`() throws {
        for torn in 1..<size {
            let rig = try Rig()
            try rig.append(batch(1, valueBytes: 300), batch(1, valueBytes: 300))
            rig.disk.plan(.crash(torn: torn), at: 1)
            #expect(throws: StorageError.self) { try rig.append(batch(1, valueBytes: 300)) }
            try rig.crash()
            #expect(try rig.readAll().map(\.baseOffset) == [0, 1], "torn at \(torn)")
            // What was torn off may begin or end in zeros, which look like reserved space.
            var bytes = batch(1, valueBytes: 300)
            bytes.withUnsafeMutableBytes { MutableBatch($0).assign(baseOffset: 2, leaderEpoch: 0) }
            let dropped = (bytes[..<torn].lastIndex { $0 != 0 } ?? -1) + 1
            #expect(rig.report.bytesDropped == Int64(dropped), "torn at \(torn)")
            #expect((rig.report.reason == nil) == (dropped == 0))
            try rig.append(batch(2))
            #expect(rig.log.logEndOffset == 4)
        }
    }

    @Test func `reserved space behind the last batch is a normal end`() throws {
        let rig = try Rig(["max.message.bytes": "2000000"])
        for _ in 0..<4 { try rig.append(batch(1, valueBytes: 100_000)) }
        #expect(rig.disk.bytes(of: rig.path(0, ".log"))!.count > 1 << 20)
        try rig.crash()
        #expect(rig.report.bytesDropped == 0)
        #expect(rig.report.reason == nil)
        #expect(rig.report.segmentsScanned == 1)
        #expect(rig.disk.bytes(of: rig.path(0, ".log"))!.count == Int(rig.log.sizeBytes))
        #expect(try rig.readAll().count == 4)
    }

    @Test func `a clean close is not scanned and its mark is used once`() throws {
        let rig = try crashed()
        try rig.open()
        try rig.reopen()
        #expect(rig.storage.wasCleanShutdown)
        #expect(rig.report.segmentsScanned == 0)
        #expect(rig.report.batchesReplayed == 0)
        #expect(rig.report.snapshotOffset == 11)
        #expect(rig.log.logEndOffset == 11)
        try rig.crash()
        #expect(!rig.storage.wasCleanShutdown)
        #expect(rig.report.segmentsScanned == 1)
        #expect(try rig.readAll().map(\.baseOffset) == Array(0..<11))
    }

    @Test func `only what lies above the recovery point is scanned`() throws {
        let rig = try crashed()
        try rig.open()
        #expect(rig.report.segmentsScanned == 1)
        #expect(rig.report.segments == 3)
        let all = try crashed(forgetsPoint: true)
        try all.open()
        #expect(all.report.segmentsScanned == 3)
        #expect(all.report.bytesKept == rig.report.bytesKept)
        #expect(try all.readAll().count == 11)
    }

    @Test func `a crash soon after a recovery computes no checksum twice`() throws {
        let rig = try crashed(forgetsPoint: true)
        try rig.open()
        #expect(rig.report.bytesScanned == rig.report.bytesKept)
        try rig.append(batch(1), batch(1))
        try rig.crash()
        #expect(rig.report.bytesScanned == Int64(2 * batch(1).count))
        #expect(rig.report.segmentsScanned == 1)
        // Below the recovery point only headers are followed.
        rig.disk.reboot(.kill)
        rig.disk.damage(rig.path(8, ".log")) { $0[size - 5] ^= 1 }
        try rig.open()
        #expect(rig.report.reason == nil)
        #expect(rig.log.logEndOffset == 13)
    }

    @Test func `many logs are closed and recovered with one wait, and lost power takes nothing that was found`() throws {
        let rig = try Rig()
        let count = Int32(StorageLimits.logsForcedSingly + 4)
        _ = try rig.storage.createTopic(named: "many", partitionCount: count)
        func append() throws {
            for partition in 0..<count {
                let log = try #require(rig.storage.log(of: TopicPartition(topic: "many", partition: partition)))
                _ = try log.stage(rig.buffers.hold(batch(2)))
                _ = try log.writeStaged()
            }
        }
        func ends() -> Set<Offset> {
            Set((0..<count).map { rig.storage.log(of: TopicPartition(topic: "many", partition: $0))!.logEndOffset })
        }
        try append()
        try rig.crash(.kill)
        #expect(ends() == [2])
        try rig.crash(.powerLoss)
        #expect(ends() == [2])
        try append()
        try rig.close()
        rig.disk.reboot(.powerLoss)
        try rig.open()
        #expect(rig.storage.wasCleanShutdown)
        #expect(ends() == [4])
    }

    @Test func `a checkpoint with any byte changed costs a scan and nothing else`() throws {
        let rig = try crashed()
        let good = rig.disk.bytes(of: "d/\(RecoveryCheckpoint.name)")!
        #expect(RecoveryCheckpoint.decode(good)?[TopicPartition(topic: "t", partition: 0)] == 8)
        for index in good.indices {
            var bytes = good
            bytes[index] ^= 1
            #expect(RecoveryCheckpoint.decode(bytes) == nil, "byte \(index)")
            #expect(RecoveryCheckpoint.decode(Array(good[..<index])) == nil)
        }
        rig.disk.damage("d/\(RecoveryCheckpoint.name)") { $0[3] ^= 1 }
        try rig.open()
        #expect(rig.report.segmentsScanned == 3)
    }

    @Test func `a bad batch above the recovery point takes everything behind it`() throws {
        let rig = try crashed(forgetsPoint: true)
        rig.disk.damage(rig.path(4, ".log")) { $0[2 * size + 100] ^= 1 }
        try rig.open()
        #expect(try rig.readAll().map(\.baseOffset) == Array(0..<6))
        // The last batch of the cut segment ends in a zero, which looks like reserved space.
        #expect(rig.report.bytesDropped == Int64(2 * size - 1 + 3 * size))
        #expect(rig.report.reason?.hasPrefix("00000000000000000004.log at byte \(2 * size): checksum") == true)
        #expect(rig.disk.bytes(of: rig.path(8, ".log")) == nil)
        #expect(rig.disk.bytes(of: rig.path(8, ".snapshot")) == nil)
        try rig.append(batch(1))
        #expect(rig.log.logEndOffset == 7)
        try rig.crash()
        #expect(try rig.readAll().count == 7)
    }

    @Test func `a batch whose base offset goes back is cut although its checksum is right`() throws {
        let rig = try crashed()
        rig.disk.damage(rig.path(8, ".log")) { $0[size + 7] = 3 }
        try rig.open()
        #expect(rig.log.logEndOffset == 9)
        #expect(rig.report.reason?.contains("base offset 3 where 9") == true)
    }

    @Test func `a segment that does not follow on the one before is deleted`() throws {
        let rig = try crashed(forgetsPoint: true)
        rig.disk.damage(rig.path(4, ".log")) { $0.removeLast(size) }
        try rig.open()
        #expect(rig.log.logEndOffset == 7)
        #expect(rig.report.reason?.contains("the next segment starts at 8, not at 7") == true)
        #expect(rig.disk.bytes(of: rig.path(8, ".log")) == nil)
    }

    @Test func `zeros at the end of a sealed segment are cut when the next one follows on`() throws {
        let rig = try crashed(forgetsPoint: true)
        rig.disk.damage(rig.path(4, ".log")) { $0 += [UInt8](repeating: 0, count: 5000) }
        try rig.open()
        #expect(rig.report.reason == nil)
        #expect(try rig.readAll().count == 11)
        #expect(rig.disk.bytes(of: rig.path(4, ".log"))!.count == 4 * size)
    }

    @Test func `a torn segment without its index takes the later ones with it, clean mark or not`() throws {
        let rig = try crashed()
        try rig.open()
        try rig.close()
        rig.disk.remove(rig.path(4, ".index"))
        rig.disk.damage(rig.path(4, ".log")) { $0.removeLast(10) }
        try rig.open()
        #expect(rig.log.logEndOffset == 7)
        #expect(rig.disk.bytes(of: rig.path(8, ".log")) == nil)
        #expect(try rig.readAll().count == 7)
    }

    @Test func `an index that was sealed over less of the log does not come back to cut it`() throws {
        let rig = try Rig(["segment.bytes": "1024"])
        try rig.append(batch(1, valueBytes: 100), batch(1, valueBytes: 100))
        try rig.reopen()
        try rig.append(batch(1, valueBytes: 300), batch(1, valueBytes: 200))
        // The start forces what it finds and moves the recovery point to the end; there the log goes on in a new segment.
        try rig.crash(.kill)
        // Of the later segments nothing is forced but, at the second roll, the name of the first.
        for _ in 0..<3 { try rig.append(batch(1, valueBytes: 400)) }
        #expect(rig.log.segments.map(\.baseOffset) == [0, 4, 6])
        try rig.crash(.powerLoss)
        #expect(rig.report.bytesDropped == 0)
        #expect(try rig.readAll(from: 0).map(\.baseOffset).prefix(4) == [0, 1, 2, 3])
        for offset in Offset(0)..<4 {
            #expect(try rig.log.read(from: offset, maxBytes: 1, atLeastOneBatch: true)?.nextOffset == offset + 1)
        }
    }

    @Test func `a clean mark over a damaged tail is not believed`() throws {
        let rig = try crashed()
        try rig.open()
        try rig.close()
        rig.disk.damage(rig.path(8, ".log")) { $0.removeLast(10) }
        try rig.open()
        #expect(rig.report.segmentsScanned == 1)
        #expect(rig.log.logEndOffset == 10)
        #expect(try rig.readAll().count == 10)
    }

    @Test func `indexes without a log and snapshots above the end are removed`() throws {
        let rig = try crashed()
        rig.disk.put([1, 2, 3], at: rig.path(99, ".index"))
        rig.disk.put([1, 2, 3], at: rig.path(99, ".snapshot"))
        try rig.open()
        #expect(!rig.disk.paths().contains { $0.contains("99.") })
        #expect(rig.log.logEndOffset == 11)
    }

    @Test func `a damaged snapshot falls back on the one before and on the log`() throws {
        for damaged: [Offset] in [[11], [11, 8], [11, 8, 4]] {
            let rig = try crashed()
            try rig.open()
            for sequence: Int32 in 0..<3 { try rig.append(batch(1, producer: 5, epoch: 0, sequence: sequence)) }
            rig.disk.reboot(.kill)
            for base in damaged where rig.disk.bytes(of: rig.path(base, ".snapshot")) != nil {
                rig.disk.damage(rig.path(base, ".snapshot")) { $0[3] ^= 1 }
            }
            try rig.open()
            #expect(try rig.stage(batch(1, producer: 5, epoch: 0, sequence: 1)).baseOffset == 12, "\(damaged)")
        }
    }
}
