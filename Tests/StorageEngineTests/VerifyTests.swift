import Bytes
import Codecs
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct VerifyTests {
    private let size = batch(2, valueBytes: 300).count

    /// Three segments, of five, five and two batches of two records, with producers and every index entry; closed.
    private func closed(interval: Int = 0) throws -> Rig {
        let rig = try Rig(["segment.bytes": "\(5 * size)", "index.interval.bytes": "\(interval)"])
        for index in 0..<12 {
            try rig.append(batch(2, producer: 7, epoch: 0, sequence: Int32(index * 2), timestamp: Int64(1000 + index * 10), valueBytes: 300))
        }
        try rig.close()
        return rig
    }

    /// Verifies after damage, and expects one finding.
    private func expectOne(
        _ rig: Rig, _ file: String, at position: Int?, saying words: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (found, summary) = try verify(rig)
        #expect(found.count == 1, "\(found)", sourceLocation: sourceLocation)
        #expect(found.first?.file == file, sourceLocation: sourceLocation)
        #expect(found.first?.position == position, sourceLocation: sourceLocation)
        #expect(found.first?.what.contains(words) == true, "\(found)", sourceLocation: sourceLocation)
        #expect(summary.inconsistencies == found.count, sourceLocation: sourceLocation)
    }

    /// Changes a batch and gives it the checksum that belongs to it.
    private func change(_ rig: Rig, _ file: String, batch number: Int, _ body: (inout [UInt8]) -> Void) {
        rig.disk.damage(file) { bytes in
            let range = number * size..<(number + 1) * size
            var batch = Array(bytes[range])
            body(&batch)
            bytes.replaceSubrange(range, with: sealed(batch))
        }
    }

    // MARK: Batches

    @Test(arguments: [0, 2, 4])
    func `a flipped bit in a record is named by its batch's checksum, and the walk goes on`(number: Int) throws {
        let rig = try closed()
        rig.disk.damage(rig.path(0, ".log")) { $0[number * size + 200] ^= 4 }
        try expectOne(rig, rig.path(0, ".log"), at: number * size + BatchLayout.crc, saying: "checksum 0x")
        #expect(try verify(rig).summary.batches == 11)
    }

    @Test(arguments: [BatchLayout.magic, BatchLayout.batchLength])
    func `a batch whose header can't be is named, and the index leads on`(field: Int) throws {
        let rig = try closed()
        rig.disk.damage(rig.path(10, ".log")) { $0[size + field] ^= 0x41 }
        try expectOne(rig, rig.path(10, ".log"), at: size, saying: "a batch from offset 12 on")
        #expect(try verify(rig).summary.batches == 11)
    }

    @Test func `a length that leads to no batch is named by the checksum over it`() throws {
        let rig = try closed()
        rig.disk.damage(rig.path(10, ".log")) { $0[size + BatchLayout.batchLength + 3] ^= 0x04 }
        try expectOne(rig, rig.path(10, ".log"), at: size + BatchLayout.crc, saying: "the bytes' own")
    }

    @Test func `without an index entry to lead on, the rest is said to be unread`() throws {
        let rig = try closed(interval: 1 << 20)
        rig.disk.damage(rig.path(10, ".log")) { $0[size + BatchLayout.magic] = 1 }
        try expectOne(rig, rig.path(10, ".log"), at: size, saying: "magic(1)")
        #expect(try verify(rig, named: "note").found.contains { $0.what.contains("can't be read") })
    }

    @Test func `a torn tail is named where the log ends`() throws {
        let rig = try closed()
        rig.disk.damage(rig.path(20, ".log")) { $0.removeLast(10) }
        try expectOne(rig, rig.path(20, ".log"), at: size, saying: "truncated")
    }

    @Test(arguments: [Offset(3), Offset(5), Offset(1) << 40])
    func `a wrong base offset is named with the right one`(offset: Offset) throws {
        let rig = try closed()
        rig.disk.damage(rig.path(0, ".log")) { bytes in
            bytes.withUnsafeMutableBytes { $0.storeBytes(of: offset.bigEndian, toByteOffset: 2 * size, as: Offset.self) }
        }
        try expectOne(rig, rig.path(0, ".log"), at: 2 * size, saying: "base offset \(offset) / 4")
    }

    @Test func `a base offset below the file's name is named`() throws {
        let rig = try closed()
        rig.disk.damage(rig.path(10, ".log")) { $0[7] = 9 }
        try expectOne(rig, rig.path(10, ".log"), at: 0, saying: "base offset 9 / 10 or more, as the file's name says")
    }

    @Test func `counts that disagree under a right checksum are named`() throws {
        let rig = try closed()
        change(rig, rig.path(0, ".log"), batch: 1) { $0[BatchLayout.recordCount + 3] = 3 }
        try expectOne(rig, rig.path(0, ".log"), at: size + BatchLayout.recordCount, saying: "3 records over 2 offsets / 2")
    }

    @Test func `records that are not what the header says are named under a right checksum`() throws {
        let rig = try closed()
        // The second record's offset delta: length varint of two bytes, attributes, timestamp delta, then it.
        let second = BatchLayout.headerSize + (size - BatchLayout.headerSize) / 2
        change(rig, rig.path(0, ".log"), batch: 1) { $0[second + 4] = 0 }
        try expectOne(rig, rig.path(0, ".log"), at: size + BatchLayout.headerSize, saying: "offset delta 0 as record 1 / 1 to 1")
    }

    @Test func `a maximum timestamp below a record's is named`() throws {
        let rig = try closed(interval: 1 << 20)
        change(rig, rig.path(0, ".log"), batch: 1) { $0[BatchLayout.maxTimestamp + 7] &-= 1 }
        try expectOne(rig, rig.path(0, ".log"), at: size + BatchLayout.maxTimestamp, saying: "the largest of its records")
    }

    @Test func `an unknown codec and a negative offset delta are named`() throws {
        let rig = try closed()
        change(rig, rig.path(0, ".log"), batch: 1) { $0[BatchLayout.attributes + 1] = 6 }
        try expectOne(rig, rig.path(0, ".log"), at: size + BatchLayout.attributes, saying: "codec 6")
        change(rig, rig.path(0, ".log"), batch: 1) { bytes in
            bytes[BatchLayout.attributes + 1] = 0
            bytes[BatchLayout.lastOffsetDelta] = 0x80
        }
        let positions = try verify(rig).found.map(\.position)
        #expect(positions.contains(size + BatchLayout.lastOffsetDelta))
    }

    @Test func `a leader epoch that goes back is named`() throws {
        let rig = try closed()
        rig.disk.damage(rig.path(0, ".log")) { $0[size + BatchLayout.partitionLeaderEpoch + 3] = 2 }
        try expectOne(
            rig, rig.path(0, ".log"), at: size + BatchLayout.partitionLeaderEpoch, saying: "leader epoch 2 / 0, as leader-epoch-checkpoint says")
        // Without the checkpoint the batches behind it tell.
        rig.disk.remove("d/t-0/\(LeaderEpochCheckpoint.name)")
        let (found, _) = try verify(rig)
        #expect(found.count == 3)
        #expect(found.first?.position == 2 * size + BatchLayout.partitionLeaderEpoch)
        #expect(found.first?.what == "leader epoch 0 / 2 or more")
    }

    // MARK: Segments

    @Test func `a missing segment is a gap, and a segment twice is an overlap`() throws {
        var rig = try closed()
        for suffix in [".log", ".index", ".timeindex"] { rig.disk.remove(rig.path(10, suffix)) }
        try expectOne(rig, rig.path(20, ".log"), at: nil, saying: "behind a gap / 10")
        rig = try closed()
        for suffix in [".log", ".index", ".timeindex"] { rig.disk.put(rig.disk.bytes(of: rig.path(10, suffix))!, at: rig.path(9, suffix)) }
        let (found, _) = try verify(rig)
        #expect(found.contains { $0.file == rig.path(9, ".log") && $0.what.contains("within the segment before it, which ends at 10") })
        #expect(found.contains { $0.file == rig.path(10, ".log") && $0.what.contains("ends at 20") })
    }

    // MARK: Indexes

    @Test(arguments: [(0, "offset 3"), (4, "no batch starts there")])
    func `an index entry that leads astray is named`(field: Int, words: String) throws {
        let rig = try closed()
        rig.disk.damage(rig.path(0, ".index")) { $0[8 + field + 3] ^= 8 }
        try expectOne(rig, rig.path(0, ".index"), at: 8, saying: field == 0 ? "relative offset 13 of the batch at \(2 * size) / 5" : words)
    }

    @Test func `an index whose entries don't grow is named`() throws {
        let rig = try closed()
        rig.disk.damage(rig.path(0, ".index")) { bytes in bytes.replaceSubrange(16..<24, with: bytes[8..<16]) }
        try expectOne(rig, rig.path(0, ".index"), at: 16, saying: "more than offset 5 and more than position \(2 * size)")
    }

    @Test func `an index entry behind the batches is named`() throws {
        let rig = try closed()
        rig.reseal(.offset, 0) { $0 += [0, 0, 0, 90, 0, 0x7f, 0, 0] }
        try expectOne(rig, rig.path(0, ".index"), at: 32, saying: "the batches end at \(5 * size)")
    }

    @Test(arguments: [".index", ".timeindex"])
    func `half an entry and a missing index are named`(suffix: String) throws {
        let rig = try closed()
        let count = rig.disk.bytes(of: rig.path(0, suffix))!.count
        rig.disk.damage(rig.path(0, suffix)) { $0 += [1, 2, 3] }
        try expectOne(rig, rig.path(0, suffix), at: count + 3 - IndexSeal.byteCount, saying: "no seal")
        rig.disk.remove(rig.path(0, suffix))
        try expectOne(rig, rig.path(0, suffix), at: nil, saying: "the next start makes it anew")
    }

    @Test func `a time index that lies about a timestamp, an offset or the end is named`() throws {
        var rig = try closed()
        rig.disk.damage(rig.path(0, ".timeindex")) { $0[12 + 7] ^= 1 }
        try expectOne(rig, rig.path(0, ".timeindex"), at: 12, saying: "timestamp 1021, the largest up to that offset")
        rig = try closed()
        rig.disk.damage(rig.path(0, ".timeindex")) { $0[12 + 11] -= 1 }
        try expectOne(rig, rig.path(0, ".timeindex"), at: 12, saying: "the last offset of a batch, such as 5")
        rig = try closed()
        rig.reseal(.time, 0) { $0.removeLast(12) }
        try expectOne(rig, rig.path(0, ".timeindex"), at: 36, saying: "an entry for 1041")
    }

    @Test func `a seal that is not its entries' or its log's is named`() throws {
        let rig = try closed()
        let right = try #require(rig.disk.bytes(of: rig.path(0, ".index"))).count - IndexSeal.byteCount
        rig.reseal(.offset, 0, crc: 4711) { _ in }
        try expectOne(rig, rig.path(0, ".index"), at: right + 16, saying: "the seal's checksum 4711")
        rig.reseal(.offset, 0, logBytes: 12) { _ in }
        try expectOne(rig, rig.path(0, ".index"), at: right + 12, saying: "a seal over 12 bytes of log")
    }

    @Test func `an index without its log is named`() throws {
        let rig = try closed()
        rig.disk.put([], at: rig.path(77, ".index"))
        try expectOne(rig, rig.path(77, ".index"), at: nil, saying: "the next start removes it")
    }

    /// Two transactions aborted and one committed, in one closed segment: markers at 4, 5 and 8.
    private func transacted() throws -> Rig {
        let rig = try Rig()
        try rig.stageInTransaction(7, 0, count: 2)
        try rig.stageInTransaction(8, 0, count: 2)
        try rig.stage(.abort(7))
        try rig.stage(.commit(8))
        try rig.stageInTransaction(8, 2, count: 2)
        try rig.end(.abort(8))
        try rig.close()
        return rig
    }

    @Test func `a transaction index without its log's markers, without its seal or with a wrong one is named`() throws {
        let entry = TransactionIndex.entryBytes
        #expect(try verify(transacted()).found == [])
        #expect(try verify(transacted()).summary.indexEntries == 4)
        let file = try transacted().path(0, ".txnindex")
        let damages: [(position: Int, words: String, damage: (inout [UInt8]) -> Void)] = [
            (9, "the offset of a marker that aborts", { $0[9] = 8 }),
            (entry, "version 1 / 0", { $0[entry + 1] = 1 }),
            (2 * entry, "a seal of 2 entries", { $0[2 * entry + 12] ^= 1 }),
            (2 * entry, "no line that seals the file", { $0.removeLast(entry) }),
            (2 * entry - 1, "an end above", { $0[entry + 17] = 90 }),
        ]
        for (position, words, damage) in damages {
            let rig = try transacted()
            rig.disk.damage(file, damage)
            let found = try verify(rig).found
            #expect(found.contains { $0.file == file && $0.position == position / entry * entry && $0.what.contains(words) }, "\(found)")
        }
    }

    @Test func `a transaction index that the other indexes know of and that is gone is named`() throws {
        let rig = try transacted()
        rig.disk.remove(rig.path(0, ".txnindex"))
        try expectOne(rig, rig.path(0, ".txnindex"), at: nil, saying: "the next start makes it anew")
    }

    // MARK: Snapshots, checkpoint, catalogue, names

    @Test func `a damaged snapshot, one of another version and one above the log's end are named`() throws {
        let rig = try closed()
        rig.disk.damage(rig.path(10, ".snapshot")) { $0[12] ^= 1 }
        try expectOne(rig, rig.path(10, ".snapshot"), at: 2, saying: "the bytes' own")
        rig.disk.damage(rig.path(10, ".snapshot")) { $0[12] ^= 1; $0[1] = 77 }
        try expectOne(rig, rig.path(10, ".snapshot"), at: 0, saying: "version 77")
        rig.disk.put(rig.disk.bytes(of: rig.path(20, ".snapshot"))!, at: rig.path(10, ".snapshot"))
        rig.disk.put(rig.disk.bytes(of: rig.path(20, ".snapshot"))!, at: rig.path(99, ".snapshot"))
        try expectOne(rig, rig.path(99, ".snapshot"), at: nil, saying: "at most 24")
    }

    @Test func `a recovery point above the log's end and a damaged checkpoint are named`() throws {
        let rig = try closed()
        let file = "d/\(RecoveryCheckpoint.name)"
        rig.disk.put(RecoveryCheckpoint.encode([TopicPartition(topic: "t", partition: 0): 25]), at: file)
        try expectOne(rig, file, at: nil, saying: "recovery point 25 of t-0 / at most 24")
        rig.disk.damage(file) { $0[6] ^= 1 }
        try expectOne(rig, file, at: 0, saying: "contradicts its own count or checksum")
    }

    @Test func `a damaged catalogue and a partition without a directory are named`() throws {
        let rig = try Rig()
        _ = try rig.storage.createTopic(named: "gone", partitionCount: 1)
        try rig.close()
        #expect(rig.disk.removeDirectory("d/gone-0") == 0)
        try expectOne(rig, "d/gone-0", at: nil, saying: "the log that the catalogue has there")
        rig.disk.damage("d/\(Catalogue.name)") { $0[30] ^= 1 }
        try expectOne(rig, "d/\(Catalogue.name)", at: rig.disk.bytes(of: "d/\(Catalogue.name)")!.count - 4, saying: "checksum")
    }

    @Test func `compressed records are opened, and named when they are not what they should be`() throws {
        let rig = try Rig(["index.interval.bytes": "0"])
        let plain = batch(20, valueBytes: 50)
        let packed = try plain.withUnsafeBytes { try compressed(BatchView(unchecked: $0).records, .gzip) }
        func wrap(_ records: [UInt8]) -> [UInt8] {
            var bytes = Array(plain[..<BatchLayout.headerSize]) + records
            bytes[BatchLayout.attributes + 1] = UInt8(CompressionCodec.gzip.rawValue)
            let length = UInt32(bytes.count - BatchLayout.lengthOverhead)
            for n in 0..<4 { bytes[BatchLayout.batchLength + n] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * n)) }
            return sealed(bytes)
        }
        let good = wrap(packed)
        try rig.append(good, good)
        try rig.close()
        #expect(try verify(rig).summary.records == 40)
        #expect(try verify(rig).found == [])
        rig.disk.damage(rig.path(0, ".log")) { bytes in
            var bad = Array(bytes[good.count...])
            bad[BatchLayout.headerSize + 30] ^= 0x55
            bytes.replaceSubrange(good.count..., with: sealed(bad))
        }
        try expectOne(rig, rig.path(0, ".log"), at: good.count + BatchLayout.headerSize, saying: "gzip")
    }

    @Test func `unknown files are noted and fail nothing`() throws {
        let rig = try closed()
        rig.disk.put([1], at: "d/t-0/notes.txt")
        rig.disk.put([1], at: "d/core")
        rig.disk.put([1], at: "d/\(Catalogue.name).tmp")
        let notes = try verify(rig, named: "note").found
        #expect(notes.map(\.file) == ["d/\(Catalogue.name).tmp", "d/core", "d/t-0/notes.txt"])
        #expect(try verify(rig).summary.inconsistencies == 0)
    }

    // MARK: Clean

    @Test(arguments: [0, 1 << 20])
    func `a closed log is clean, by its data directory and by its own`(interval: Int) throws {
        let rig = try closed(interval: interval)
        let (found, summary) = try verify(rig)
        #expect(found == [])
        #expect(summary.partitions == 1 && summary.segments == 3 && summary.batches == 12 && summary.records == 24)
        #expect(summary.bytes == Int64(12 * size))
        #expect(try verify(rig, "d/t-0/").found == [])
        #expect(try verify(rig, "d/t-0").summary.batches == 12)
    }

    @Test func `an empty log and reserved space behind the tail are clean`() throws {
        let rig = try Rig()
        try rig.append(batch())
        rig.disk.reboot(.kill)
        rig.disk.damage(rig.path(0, ".log")) { $0 += [UInt8](repeating: 0, count: 3 << 20) }
        #expect(try verify(rig).found == [])
        let empty = try Rig()
        try empty.close()
        #expect(try verify(empty).found == [])
    }

    @Test func `a log is clean after a crash and after its recovery`() throws {
        let rig = try Rig(["segment.bytes": "\(5 * size)"])
        for index in 0..<12 { try rig.append(batch(2, timestamp: Int64(index), valueBytes: 300)) }
        rig.disk.reboot(.kill)
        #expect(try verify(rig).found == [])
        try rig.open()
        #expect(try verify(rig).found == [])
        try rig.close()
        #expect(try verify(rig).found == [])
    }

    @Test func `a live log is taken to end where its whole batches do, and said to be live`() throws {
        let rig = try Rig(["index.interval.bytes": "0"])
        for index in 0..<3 { try rig.append(batch(2, timestamp: Int64(index), valueBytes: 300)) }
        rig.disk.damage(rig.path(0, ".log")) { $0 += Array(batch(2, valueBytes: 300).prefix(100)) }
        let (found, summary) = try verify(rig)
        #expect(found == [])
        #expect(summary.batches == 3)
        let notes = try verify(rig, named: "note").found
        #expect(notes.map(\.position) == [nil, 3 * size])
        #expect(notes.first?.what.contains("a broker runs") == true)
        // Looking did not take the lock away.
        #expect(throws: StorageError.directoryLocked("d")) {
            try Storage.open(directories: ["d"], configuration: rig.configuration, fileSystem: rig.disk)
        }
    }

    @Test func `a directory of neither kind and one that is not there are refused`() throws {
        let rig = try Rig()
        #expect(rig.disk.makeDirectory("other") == 0)
        for path in ["other", "nowhere"] {
            #expect(throws: StorageError.self) { try LogInspection(path, fileSystem: rig.disk) }
        }
    }
}
