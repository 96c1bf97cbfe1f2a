import Glibc
import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// The rows of RecoveryTable that are about transactions.
@Suite struct TransactionRecoveryTests {
    /// Segments of two batches; an aborted transaction that lies in 0, 1 and 2, one in each later segment, and one open.
    private func written(_ policy: [String: String] = [:]) throws -> Rig {
        let rig = try Rig(policy.merging(["segment.bytes": "1024"]) { a, _ in a })
        rig.handleFlushes()
        try rig.stageInTransaction(7, 0, valueBytes: 400)  // 0
        for offset in 1..<5 { try rig.append(batch(1, timestamp: Int64(offset), valueBytes: 400)) }
        try rig.end(.abort(7))  // 5
        for round: Int32 in 0..<6 {
            try rig.stageInTransaction(8, round, valueBytes: 400)
            try rig.end(.abort(8))
        }
        try rig.stageInTransaction(9, 0)  // 18
        _ = try rig.write()
        return rig
    }

    private let expected = [0, 6, 8, 10, 12, 14, 16] as [Offset]

    private func check(_ rig: Rig, _ context: String = "") throws {
        #expect(try rig.log.abortedTransactions(from: 0, upTo: 18).map(\.firstOffset) == expected, "\(context)")
        #expect(rig.log.lastStableOffset == 18, "\(context)")
        #expect(try rig.readCommitted().map(\.baseOffset) == [1, 2, 3, 4], "\(context)")
        #expect(try rig.stageInTransaction(9, 0).isDuplicate, "\(context)")
    }

    private func indexes(_ rig: Rig) -> [String] { rig.disk.paths().filter { $0.hasSuffix(".txnindex") } }

    @Test func `the decision for a transaction index is the one of its row`() {
        typealias File = RecoveryTable.TransactionFile
        for file in File.allCases {
            for markers in [true, false] {
                let unread = RecoveryTable.decision(isScanned: false, hasMarkers: markers, file: file)
                #expect(unread == (file == .other ? .rebuild : .trust))
                let scanned = RecoveryTable.decision(isScanned: true, hasMarkers: markers, file: file)
                #expect(scanned == (markers || file != .none ? .rebuild : .trust))
            }
        }
    }

    @Test func `a clean restart believes the indexes and replays nothing`() throws {
        let rig = try written()
        try rig.reopen()
        #expect(rig.report.batchesReplayed == 0)
        #expect(rig.report.transactionIndexesRebuilt == 0)
        #expect(rig.report.complaints == [])
        try check(rig)
        #expect(indexes(rig).count >= 5)
    }

    @Test func `an index with any byte changed, cut, or emptied is made again and named`() throws {
        for damagesLast in [false, true] {
            let rig = try written()
            if damagesLast { try rig.end(.abort(9)) }
            try rig.close()
            let path = try #require(damagesLast ? indexes(rig).last : indexes(rig).first)
            let good = rig.disk.bytes(of: path)!
            #expect(good.count % TransactionIndex.entryBytes == 0)
            var damages: [[UInt8]] = good.indices.map { index in
                var bytes = good
                bytes[index] ^= 1
                return bytes
            }
            damages += [[], Array(good.dropLast()), Array(good.dropLast(34)), good + good.suffix(34), Array(good.suffix(34))]
            for (number, bytes) in damages.enumerated() {
                rig.disk.damage(path) { $0 = bytes }
                try rig.open()
                let context = "\(path), damage \(number)"
                #expect(rig.report.transactionIndexesRebuilt == 1, "\(context)")
                #expect(rig.report.complaints == ["\(path.split(separator: "/").last!): not as it was sealed"], "\(context)")
                #expect(try rig.log.abortedTransactions(from: 0, upTo: 18).map(\.firstOffset) == expected, "\(context)")
                try rig.close()
                #expect(rig.disk.bytes(of: path) == good, "\(context)")
            }
        }
    }

    @Test(arguments: [false, true])
    func `an index that is missing is made again and named, with or without the offset index that knows of it`(withIndex: Bool) throws {
        let rig = try written()
        try rig.close()
        let paths = indexes(rig)
        let good = paths.map { rig.disk.bytes(of: $0)! }
        for path in paths {
            rig.disk.remove(path)
            if !withIndex { rig.disk.remove(path.replacing(".txnindex", with: ".index")) }
        }
        try rig.open()
        #expect(rig.report.transactionIndexesRebuilt == paths.count)
        for path in paths { #expect(rig.report.complaints.contains("\(path.split(separator: "/").last!): missing")) }
        try check(rig)
        try rig.close()
        #expect(paths.map { rig.disk.bytes(of: $0)! } == good)
    }

    @Test func `a crash before an index is made again leaves it to the next start`() throws {
        for n in 1... {
            let rig = try written()
            try rig.close()
            for path in indexes(rig) { n % 2 == 0 ? rig.disk.remove(path) : rig.disk.damage(path) { $0.removeLast(34) } }
            for base: Offset in [4, 6] where n % 3 == 0 { rig.disk.remove(rig.path(base, ".index")) }
            rig.disk.plan(.crash(torn: n % 50), at: n)
            let opened: Void? = try? rig.open()
            if opened != nil { rig.storage.abandon() }
            try rig.crash(n % 4 == 0 ? .kill : .partialPowerLoss(seed: UInt64(n)))
            try check(rig, "n = \(n)")
            if opened != nil { return }
        }
    }

    @Test func `a crash makes the indexes of scanned segments again, the others are believed`() throws {
        let rig = try written(["flush.messages": "1"])
        let good = Dictionary(uniqueKeysWithValues: indexes(rig).map { ($0, rig.disk.bytes(of: $0)!) })
        try rig.storage.directories[0].writeCheckpoint()
        try rig.crash(.powerLoss)
        #expect(rig.report.segmentsScanned == 1)
        #expect(rig.report.transactionIndexesRebuilt <= 1)
        try check(rig, "recovery point kept")
        rig.disk.reboot(.kill)
        rig.disk.remove("d/\(RecoveryCheckpoint.name)")
        for (number, path) in indexes(rig).enumerated() where number % 2 == 0 { rig.disk.remove(path) }
        try rig.open()
        #expect(rig.report.segmentsScanned == rig.report.segments)
        #expect(rig.report.complaints == [])
        try check(rig, "recovery point lost")
        for (path, bytes) in good where !bytes.isEmpty { #expect(rig.disk.bytes(of: path) == bytes, "\(path)") }
    }

    @Test func `lost power behind the recovery point takes no aborted transaction away`() throws {
        for seed in UInt64(0)..<20 {
            let rig = try written(["flush.messages": "1"])
            try rig.storage.directories[0].writeCheckpoint()
            try rig.crash(seed == 0 ? .powerLoss : .partialPowerLoss(seed: seed))
            try check(rig, "seed \(seed)")
        }
    }

    @Test func `a damaged snapshot and one of another version are named, removed, and replaced by the log`() throws {
        for version in [false, true] {
            let rig = try written()
            try rig.close()
            let snapshots = rig.disk.paths().filter { $0.hasSuffix(".snapshot") }
            for path in snapshots { rig.disk.damage(path) { $0[version ? 1 : 20] ^= 1 } }
            try rig.open()
            #expect(rig.report.snapshotOffset == nil)
            let why = version ? "version 3 is not 2" : "damaged"
            let named = snapshots.reversed().map { "\($0.split(separator: "/").last!): \(why)" }
            #expect(rig.report.complaints == named)
            #expect(rig.report.transactionIndexesRebuilt == 0)
            try check(rig)
            #expect(!rig.disk.paths().contains { $0.hasSuffix(".snapshot") })
        }
    }

    @Test func `a snapshot below the log's start is not used`() throws {
        let rig = try Rig(["segment.bytes": "1024"])
        for sequence: Int32 in 0..<8 { try rig.append(batch(1, producer: 7, epoch: 0, sequence: sequence, valueBytes: 400)) }
        try rig.append(batch(1, valueBytes: 400))
        try rig.close()
        // The first segments go, as retention takes them; of the snapshots the oldest is left.
        for path in rig.disk.paths() where path.hasSuffix(".snapshot") && path != rig.path(2, ".snapshot") { rig.disk.remove(path) }
        for base: Offset in [0, 2, 4, 6] {
            for suffix in [".log", ".index", ".timeindex"] { rig.disk.remove(rig.path(base, suffix)) }
        }
        try rig.open()
        #expect(rig.log.logStartOffset == 8)
        #expect(rig.report.snapshotOffset == nil)
        // The producer is not known any more, so it may go on where it is.
        #expect(try !rig.stage(batch(1, producer: 7, epoch: 0, sequence: 8)).isDuplicate)
    }

    @Test func `a marker that can't be read leaves its transaction open and is named`() throws {
        let rig = try Rig()
        try rig.stageInTransaction(7, 0)
        try rig.end(.abort(7))
        try rig.append(batch(1))
        try rig.close()
        rig.disk.remove(rig.path(3, ".snapshot"))
        let position = batch(1, producer: 7, epoch: 0, sequence: 0).count
        rig.disk.damage(rig.path(0, ".log")) { $0[position + 70] ^= 1 }
        try rig.open()
        #expect(rig.report.complaints.contains { $0.hasPrefix("00000000000000000000.log at byte \(position): marker can't be read: checksum") })
        #expect(rig.log.lastStableOffset == 0)
    }

    @Test func `an open transaction survives the loss of its first segment and ends as usual`() throws {
        let rig = try written()
        try rig.close()
        for base: Offset in [0, 2] { for suffix in [".log", ".index", ".timeindex"] { rig.disk.remove(rig.path(base, suffix)) } }
        try rig.open()
        #expect(rig.log.logStartOffset == 4)
        #expect(try rig.log.abortedTransactions(from: 4, upTo: 18).map(\.firstOffset) == expected)
        #expect(rig.log.lastStableOffset == 18)
        try rig.end(.commit(9))
        #expect(rig.log.lastStableOffset == 20)
    }

    @Test func `the last stable offset is never below the log's start`() throws {
        let rig = try Rig(["segment.bytes": "1024"])
        try rig.stageInTransaction(7, 0, valueBytes: 400)
        for _ in 0..<6 { try rig.append(batch(1, valueBytes: 400)) }
        try rig.close()
        for suffix in [".log", ".index", ".timeindex"] { rig.disk.remove(rig.path(0, suffix)) }
        try rig.open()
        #expect((rig.log.logStartOffset, rig.log.lastStableOffset) == (2, 2))
        try rig.end(.abort(7))
        #expect(rig.log.lastStableOffset == 8)
    }

    @Test func `a log that is cut at its end has the producers and transactions of what is left`() throws {
        let rig = try written()
        rig.forceSealed()
        let log = rig.log
        let last = log.segments.count - 3
        while log.segments.count > last {
            let base = log.segments.removeLast().baseOffset
            for suffix in [".log", ".index", ".timeindex", ".txnindex"] { rig.disk.remove(rig.path(base, suffix)) }
        }
        log.logEndOffset = log.segments.last!.nextOffset
        log.stagedEndOffset = log.logEndOffset
        log.highWatermarkMark = log.endMark(of: log.segments.last!)
        try log.reloadProducers()
        let end = log.logEndOffset
        #expect(!rig.disk.paths().contains { $0.hasSuffix(".snapshot") && $0 > rig.path(end, ".snapshot") })
        #expect(try log.abortedTransactions(from: 0, upTo: end).map(\.firstOffset) == expected.filter { $0 + 1 < end })
        #expect(log.lastStableOffset == end)
        #expect(log.ongoingTransaction(of: 9) == nil)
        let next = try #require(log.producers.remembered().first { $0.id == 8 }?.batches.last).lastSequence + 1
        #expect(try !rig.stageInTransaction(8, next).isDuplicate)
        #expect(throws: StorageError.outOfOrderSequence(producer: 8, got: next + 2, expected: next + 1)) { try rig.stageInTransaction(8, next + 2) }
        try rig.end(.abort(8))
        try rig.reopen()
        #expect(try rig.log.abortedTransactions(from: 0, upTo: rig.log.logEndOffset).last?.firstOffset == end)
    }
}
