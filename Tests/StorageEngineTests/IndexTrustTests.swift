// What a start and a first search make of index files that are not as they were sealed.
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct IndexTrustTests {
    private var size: Int { batch(1, valueBytes: 300).count }

    /// Three segments of four batches each with an entry a batch, the last one shorter, closed cleanly or crashed with
    /// the first two below the recovery point.
    private func rig(clean: Bool) throws -> Rig {
        let rig = try Rig(["segment.bytes": "\(4 * size)", "index.interval.bytes": "0"])
        for index in 0..<11 { try rig.append(batch(1, timestamp: Int64(index), valueBytes: 300)) }
        rig.forceSealed()
        if clean { try rig.close() }
        rig.disk.reboot(.kill)
        return rig
    }

    private func checkLookups(_ rig: Rig, _ context: String = "") throws {
        for offset in 0..<Offset(11) {
            #expect(try rig.log.read(from: offset, maxBytes: 1, atLeastOneBatch: true)?.nextOffset == offset + 1, "\(context)")
            #expect(try rig.log.offset(forTimestamp: offset)?.offset == offset, "\(context)")
        }
    }

    @Test(arguments: [".index", ".timeindex"], [true, false])
    func `a bit flipped anywhere in an index is found, at the start or at the first search, and the index made anew`(
        suffix: String, clean: Bool
    ) throws {
        let good = try rig(clean: clean).disk.bytes(of: "d/t-0/00000000000000000004\(suffix)")!
        for byte in good.indices {
            let bit = byte * 8 + (byte * 5 + (clean ? 1 : 4)) % 8
            let rig = try rig(clean: clean)
            rig.disk.damage(rig.path(4, suffix)) { $0[bit / 8] ^= 1 << UInt8(bit % 8) }
            try rig.open()
            let atStart = rig.report.indexesRebuilt
            try checkLookups(rig, "bit \(bit) of \(suffix)")
            #expect(atStart + rig.log.indexesRemade == 1, "bit \(bit) of \(suffix)")
            #expect((atStart == 1) == (rig.report.complaints.count == 1))
            // The last entry and the seal are looked at by the start, which has no other word for where things stand.
            let entryBytes = suffix == ".index" ? 8 : 12
            if bit / 8 >= good.count - IndexSeal.byteCount - entryBytes { #expect(atStart == 1, "bit \(bit) of \(suffix)") }
            #expect(rig.disk.bytes(of: rig.path(4, suffix)) == good, "bit \(bit) of \(suffix)")
        }
    }

    @Test(arguments: [".index", ".timeindex"], [true, false])
    func `a missing, cut or longer index is made again from the log and named`(suffix: String, clean: Bool) throws {
        for damage in 0..<4 {
            let rig = try rig(clean: clean)
            let good = rig.disk.bytes(of: rig.path(0, suffix))!
            switch damage {
            case 0: rig.disk.remove(rig.path(0, suffix))
            case 1: rig.disk.damage(rig.path(0, suffix)) { $0.removeLast() }
            case 2: rig.disk.damage(rig.path(0, suffix)) { $0.removeLast(IndexSeal.byteCount) }
            default: rig.disk.damage(rig.path(0, suffix)) { $0 += $0.prefix(24) }
            }
            try rig.open()
            #expect(rig.report.indexesRebuilt == 1)
            #expect(rig.report.rows[.remadeIndexes] == 1)
            #expect(rig.report.complaints.count == 1)
            #expect(rig.disk.bytes(of: rig.path(0, suffix)) == good)
            try checkLookups(rig)
        }
    }

    @Test func `indexes that were sealed over different lengths of the log are made anew`() throws {
        let rig = try rig(clean: true)
        rig.reseal(.offset, 0, logBytes: 3 * size) { _ in }
        try rig.open()
        #expect(rig.report.rows[.remadeIndexes] == 1)
        try checkLookups(rig)
    }

    @Test func `a log file longer than its indexes say is cut there, as reserved space is`() throws {
        for clean in [true, false] {
            let rig = try rig(clean: clean)
            rig.disk.damage(rig.path(4, ".log")) { $0 += [UInt8](repeating: 0, count: 5000) }
            try rig.open()
            #expect(rig.report.complaints == [])
            #expect(rig.disk.bytes(of: rig.path(4, ".log"))?.count == 4 * size)
            #expect(try rig.readAll().count == 11)
        }
    }

    @Test func `a log file shorter than its indexes say is scanned and named`() throws {
        for clean in [true, false] {
            let rig = try rig(clean: clean)
            rig.disk.damage(rig.path(4, ".log")) { $0.removeLast(size + 10) }
            try rig.open()
            #expect(rig.report.rows[.contradictedSeal] == 1)
            #expect(rig.report.complaints == ["00000000000000000004.log: \(3 * size - 10) bytes, sealed with \(4 * size)"])
            #expect(rig.report.bytesDropped > 0)
            #expect(rig.log.logEndOffset == 6)
        }
    }

    @Test func `indexes are sealed again behind what a second run adds`() throws {
        let rig = try rig(clean: true)
        for run in 0..<3 {
            try rig.open()
            #expect(rig.report.rows[.trustedLast] == 1, "run \(run)")
            #expect(rig.report.segmentsTrusted == rig.report.segments)
            try rig.append(batch(1, timestamp: Int64(20 + run), valueBytes: 300))
            #expect(try rig.log.offset(forTimestamp: Int64(20 + run))?.offset == Offset(11 + run))
            try rig.close()
        }
        try rig.open()
        #expect(rig.report.complaints == [])
        #expect(try rig.readAll().count == 14)
        try checkLookups(rig)
    }

    @Test func `an active index that a second run goes on with is looked at whole too`() throws {
        let rig = try rig(clean: true)
        rig.disk.damage(rig.path(8, ".index")) { $0[2] ^= 1 }
        try rig.open()
        try rig.append(batch(1, timestamp: 11, valueBytes: 300))
        try checkLookups(rig)
        #expect(rig.log.indexesRemade == 1)
        try rig.reopen()
        try checkLookups(rig)
        #expect(rig.log.indexesRemade == 0)
    }
}
