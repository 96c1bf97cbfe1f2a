import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// What `log verify` finds when each file is sound by itself and they contradict each other.
@Suite struct VerifyAcrossFilesTests {
    private let size = batch(1, valueBytes: 20).count

    /// Three segments of five, five and two batches under leader epochs 0 and 3, the second from offset 6 on; closed.
    private func closed() throws -> Rig {
        let rig = try Rig(["segment.index.bytes": "64", "index.interval.bytes": "0"])
        for index in 0..<12 {
            if index == 6 { rig.log.leaderEpoch = 3 }
            try rig.append(batch(1, timestamp: 1000 + Int64(index), valueBytes: 20))
        }
        try rig.close()
        return rig
    }

    /// Producer 7 aborts at offset 2 what began at 0, producer 8 commits at 4 what began at 3, and 7 aborts nothing at 5.
    private func transacted() throws -> Rig {
        let rig = try Rig()
        try rig.stageInTransaction(7, 0, count: 2)
        try rig.end(.abort(7))
        try rig.stageInTransaction(8, 0)
        try rig.end(.commit(8))
        try rig.end(.abort(7))
        try rig.close()
        return rig
    }

    private let right = AbortedTransaction(producerID: 7, firstOffset: 0, lastOffset: 2, lastStableOffset: 3)

    // MARK: Headers

    @Test func `a base offset that moved within a gap of a compacted log is named`() throws {
        let rig = try CompactionRig(["segment.bytes": "1024", "segment.ms": "4", "index.interval.bytes": "4096"])
        for key in ["a", "b", "a", "c", "a", "b", "a", "d", "a"] {
            rig.clock.advance(1)
            try rig.append([(key, "v")])
        }
        rig.clock.advance(10)
        try rig.append([("z", "v")])
        while try rig.compact() != nil {}
        try rig.rig.close()
        #expect(try verify(rig.rig).found == [])
        // Offset 0 went: the batch of offset 1 might as well be that of offset 0.
        let log = rig.rig
        log.changeHeader(0, batch: 0) { $0.assign(baseOffset: 0, leaderEpoch: 0) }
        let found = try verify(log).found
        #expect(found.count == 1 && found.first?.file == log.path(0, ".log") && found.first?.position == nil)
        #expect(found.first?.what.contains("by the seal of its index: one of them was changed") == true, "\(found)")
        log.resealHeaders(0)
        #expect(try verify(log).found == [])
    }

    @Test func `a start does not believe indexes that were sealed over other headers`() throws {
        let rig = try closed()
        rig.reseal(.offset, 0, headersCrc: 4711) { _ in }
        #expect(try verify(rig).found.map(\.file) == [rig.path(0, ".log")])
        try rig.open()
        #expect(rig.report.rows[.remadeIndexes] == 1)
        try rig.close()
        #expect(try verify(rig).found == [])
    }

    // MARK: Segments

    @Test func `a segment that is missing from a compacted log is a gap`() throws {
        let rig = try CompactionRig(["segment.bytes": "1024"])
        var generator = SplitMix(5)
        try rig.appendRandom(60, keys: 4, using: &generator)
        while try rig.compact() != nil {}
        try rig.rig.close()
        let bases = rig.rig.disk.paths().compactMap { SegmentNaming.parse(String($0.split(separator: "/").last!)) }
            .filter { $0.kind == .log }.map(\.base)
        try #require(bases.count > 3)
        for suffix in [".log", ".index", ".timeindex"] { rig.rig.disk.remove(rig.rig.path(bases[1], suffix)) }
        let found = try verify(rig.rig).found
        #expect(found.count == 1 && found.first?.file == rig.rig.path(bases[2], ".log"))
        #expect(found.first?.what.hasPrefix("base offset \(bases[2]) in the name, behind a gap / \(bases[1])") == true, "\(found)")
    }

    @Test func `a replacement that waits for its name is looked at as a segment is`() throws {
        let rig = try closed()
        for suffix in [".log", ".index", ".timeindex"] {
            rig.disk.put(rig.disk.bytes(of: rig.path(5, suffix))!, at: rig.path(5, suffix) + ".swap")
        }
        #expect(try verify(rig).found == [] && verify(rig).summary.segments == 3)
        rig.disk.damage(rig.path(5, ".log.swap")) { $0[size + 70] ^= 1 }
        #expect(try verify(rig).found.map(\.position) == [size + BatchLayout.crc])
    }

    // MARK: Leader epochs

    @Test func `a leader epoch that the checkpoint has otherwise is named, wherever it stands`() throws {
        // Of the log's last batch nothing behind it tells.
        for (base, number, epoch) in [(0, 0, 3), (5, 1, 0), (5, 1, 7), (10, 1, 4)] as [(Offset, Int, LeaderEpoch)] {
            let rig = try closed()
            let offset = base + Offset(number)
            rig.changeHeader(base, batch: number) { $0.assign(baseOffset: offset, leaderEpoch: epoch) }
            rig.resealHeaders(base)
            let found = try verify(rig).found
            #expect(found.count == 1 && found.first?.file == rig.path(base, ".log"), "\(found)")
            #expect(found.first?.position == number * size + BatchLayout.partitionLeaderEpoch)
            #expect(found.first?.what == "leader epoch \(epoch) / \(offset < 6 ? 0 : 3), as leader-epoch-checkpoint says")
        }
    }

    @Test func `a checkpoint that lies under a right checksum is named by the batches`() throws {
        let rig = try closed()
        let path = "d/t-0/\(LeaderEpochCheckpoint.name)"
        for (lines, expected) in [(["0 0", "3 7"], 1), (["0 0", "3 5"], 1), (["0 0"], 6), (["1 0", "3 6"], 6), (["0 0", "3 6", "4 99"], 1)] {
            rig.disk.put(CheckpointText.encode(version: 1, lines), at: path)
            #expect(try verify(rig).found.count == expected, "\(lines)")
        }
        // What deleted records leave: the history begins where the log does.
        for lines in [["0 3", "3 6"], ["3 8"], []] {
            rig.disk.put(CheckpointText.encode(version: 1, lines), at: path)
            #expect(try verify(rig).found == [], "\(lines)")
        }
    }

    @Test func `after a crash the newest epoch may be missing from the checkpoint`() throws {
        let rig = try Rig()
        for epoch: LeaderEpoch in [0, 2] {
            rig.log.leaderEpoch = epoch
            try rig.append(batch(1))
            if epoch == 0 { try rig.reopen() }
        }
        rig.disk.reboot(.kill)
        #expect(LeaderEpochCheckpoint.decode(rig.disk.bytes(of: "d/t-0/\(LeaderEpochCheckpoint.name)")!)?.latest == 0)
        #expect(try verify(rig).found == [])
        rig.changeHeader(0, batch: 0) { $0.assign(baseOffset: 0, leaderEpoch: 1) }
        #expect(try verify(rig).found.count == 1)
    }

    // MARK: Transactions

    @Test func `an abort marker without its entry and an entry without its marker are named`() throws {
        #expect(try verify(transacted()).found == [])
        func transaction(_ producer: ProducerID, _ first: Offset, _ last: Offset) -> AbortedTransaction {
            AbortedTransaction(producerID: producer, firstOffset: first, lastOffset: last, lastStableOffset: last + 1)
        }
        let cases: [(entries: [AbortedTransaction], words: String)] = [
            ([], "no entry for the marker at offset 2 / one: it aborts producer 7's transaction, which has records from offset 0 on"),
            ([transaction(7, 1, 2)], "a transaction aborted at offset 2 that begins at 1 / 0, where its first record stands"),
            ([right, transaction(8, 3, 4)], "producer 8's transaction aborted at offset 4 / the offset of a marker that aborts"),
            ([right, transaction(7, 3, 5)], "a transaction aborted at offset 5 / none: producer 7 has no open transaction there"),
            ([transaction(8, 0, 2)], "producer 8's transaction aborted at offset 2 / the offset of a marker that aborts"),
        ]
        for (entries, words) in cases {
            let rig = try transacted()
            rig.putTransactions(0, entries)
            let found = try verify(rig).found
            #expect(found.count == 1 && found.first?.file == rig.path(0, ".txnindex"), "\(words): \(found)")
            #expect(found.first?.what.hasPrefix(words) == true, "\(words): \(found)")
        }
    }

    @Test func `no transaction index and seals that know of none are named by the markers`() throws {
        let rig = try transacted()
        rig.disk.remove(rig.path(0, ".txnindex"))
        for kind in [SparseIndex.Kind.offset, .time] { rig.reseal(kind, 0, hasTransactions: false) { _ in } }
        let found = try verify(rig).found
        #expect(found.count == 1 && found.first?.what.hasPrefix("no entry for the marker at offset 2") == true, "\(found)")
    }

    @Test func `a transaction index that was sealed over another length of the log is named`() throws {
        let rig = try transacted()
        let logBytes = rig.disk.bytes(of: rig.path(0, ".log"))!.count
        rig.putTransactions(0, [right])
        #expect(try verify(rig).found == [])
        rig.putTransactions(0, [right], logBytes: 12)
        let found = try verify(rig).found
        #expect(found == [
            Found(file: rig.path(0, ".txnindex"), position: 34 + 10, what: "a seal over 12 bytes of log / \(logBytes), where its batches end")
        ])
    }

    @Test func `a walk that missed part of the log asks for nothing it can't know`() throws {
        // A batch of producer 7's is damaged: its transaction may have begun there.
        let rig = try transacted()
        rig.putTransactions(0, [])
        rig.disk.damage(rig.path(0, ".log")) { $0[70] ^= 1 }
        #expect(try verify(rig).found.map(\.file) == [rig.path(0, ".log")])
        // Retention took the transaction's records: only the marker is left, and the entry.
        let old = try Rig(["segment.index.bytes": "64", "index.interval.bytes": "0", "retention.bytes": "1"])
        for sequence in 0..<6 { try old.stageInTransaction(7, Int32(sequence)) }
        _ = try old.write()
        try old.end(.abort(7))
        _ = try old.log.enforceRetention(now: 0)
        try old.close()
        #expect(try verify(old).found == [])
    }

    // MARK: The data directory's checkpoints

    @Test func `a log start behind the log's end is named, and after a crash noted`() throws {
        let rig = try closed()
        let file = "d/\(DataDirectory.logStartName)"
        rig.disk.put(OffsetCheckpoint.encode([TopicPartition(topic: "t", partition: 0): 13]), at: file)
        #expect(try verify(rig).found == [Found(file: file, position: nil, what: "log start 13 of t-0 / at most 12, the log's end")])
        rig.disk.remove("d/\(DataDirectory.cleanMarkName)")
        #expect(try verify(rig).found == [])
        #expect(try verify(rig, named: "note").found.first?.what.contains("behind the log's end at 12") == true)
    }

    @Test func `a damaged cleaner checkpoint is named, and gaps are not`() throws {
        let rig = try CompactionRig(["segment.bytes": "1024"])
        var generator = SplitMix(6)
        try rig.appendRandom(40, keys: 4, using: &generator)
        while try rig.compact() != nil {}
        try rig.rig.close()
        rig.rig.disk.damage("d/\(CleanerCheckpoint.name)") { $0[5] ^= 1 }
        #expect(try verify(rig.rig).found.map(\.file) == ["d/\(CleanerCheckpoint.name)"])
    }
}
