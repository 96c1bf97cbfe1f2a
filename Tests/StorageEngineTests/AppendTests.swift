import Glibc
import Host
import Records
import StorageEngine
import Testing
import Vocabulary

@Suite struct AppendTests {
    @Test func `a batch with a wrong count or a wrong checksum is refused and leaves the log as it was`() throws {
        let rig = try Rig()
        var wrongCount = batch(3)
        wrongCount[60] = 4
        wrongCount[26] = 3
        wrongCount = sealed(wrongCount)
        #expect(throws: StorageError.record(.walkedCount(3, headerSays: 4))) { try rig.stage(wrongCount) }
        var flipped = batch(3)
        flipped[70] ^= 1
        #expect(throws: StorageError.self) { try rig.stage(flipped) }
        #expect(rig.log.stagedCount == 0)
        #expect(try rig.log.writeStaged().calls == 0)
        #expect(rig.log.logEndOffset == 0)
        #expect(rig.disk.paths().filter { $0.hasSuffix(".log") } == [])
    }

    @Test func `a batch over max message bytes or over the segment is refused by its own error`() throws {
        let rig = try Rig(["max.message.bytes": "2000", "segment.bytes": "1024"])
        let large = batch(1, valueBytes: 3000)
        #expect(throws: StorageError.messageTooLarge(bytes: large.count, limit: 2000)) { try rig.stage(large) }
        let wide = batch(1, valueBytes: 1500)
        #expect(throws: StorageError.batchTooLarge(bytes: wide.count, segmentBytes: 1024)) { try rig.stage(wide) }
        try rig.append(batch(1, valueBytes: 900))
        #expect(rig.log.logEndOffset == 1)
    }

    @Test func `a tick's batches go to the file in one write with offsets assigned in place`() throws {
        let rig = try Rig()
        let offsets = try [batch(3), batch(2), batch(5)].map { try rig.stage($0).baseOffset }
        #expect(offsets == [0, 3, 5])
        #expect(rig.log.logEndOffset == 0)
        #expect(rig.disk.logWrites == 0)
        let report = try rig.log.writeStaged()
        #expect(report.calls == 1)
        #expect(rig.disk.logWrites == 1)
        #expect(rig.log.logEndOffset == 10)
        #expect(rig.log.highWatermark == 10)
        #expect(try rig.readAll().map(\.baseOffset) == [0, 3, 5])
        #expect(rig.disk.bytes(of: rig.path(0, ".log"))?.count == report.bytes)
    }

    @Test func `a tick of more batches than one call takes is split`() throws {
        let rig = try Rig()
        for _ in 0..<1500 { _ = try rig.stage(batch(1)) }
        #expect(try rig.log.writeStaged().calls == 2)
        #expect(try rig.readAll().count == 1500)
    }

    @Test(arguments: [1, 60, 61, 90, 150]) func `a short write is finished from where it stopped`(taken: Int) throws {
        let rig = try Rig()
        try rig.append(batch(1))
        rig.disk.plan(.short(taken), at: 1)
        let report = try rig.append(batch(1), batch(1), batch(1))
        #expect(report.calls == 2)
        #expect(try rig.readAll().map(\.baseOffset) == [0, 1, 2, 3])
    }

    @Test func `after a failed write nothing is taken any more and reads go on`() throws {
        let rig = try Rig()
        try rig.append(batch(2))
        _ = try rig.stage(batch(1, producer: 7, sequence: 0))
        rig.disk.plan(.fails(ENOSPC), at: 1)
        let expected = StorageError.fenced(SystemError(call: "pwritev", errno: ENOSPC, subject: rig.path(0, ".log")))
        #expect(throws: expected) { try rig.log.writeStaged() }
        #expect(rig.log.fault == expected)
        #expect(throws: expected) { try rig.stage(batch(1)) }
        #expect(rig.log.stagedCount == 0)
        #expect(try rig.readAll().map(\.baseOffset) == [0])
    }

    @Test func `a data directory below its reserve refuses appends until it has space again`() throws {
        let disk = SimulatedFileSystem()
        disk.freeSpace = 100
        let rig = try Rig(disk: disk)
        try rig.append(batch(1))
        rig.configuration.minimumFreeBytes = 1000
        try rig.reopen()
        #expect(throws: StorageError.directoryFull("d", freeBytes: 100)) { try rig.stage(batch(1)) }
        disk.freeSpace = 5000
        try rig.reopen()
        try rig.append(batch(1))
        #expect(rig.log.logEndOffset == 2)
    }

    @Test func `what was written since the last look at the disk counts against the reserve`() throws {
        let disk = SimulatedFileSystem()
        disk.freeSpace = 5000
        let rig = try Rig(disk: disk)
        rig.configuration.minimumFreeBytes = 4000
        try rig.reopen()
        // The disk is looked at once a second: nobody has told the log yet that it is nearly full.
        try rig.append(batch(1, valueBytes: 1200))
        #expect(throws: StorageError.self) { try rig.stage(batch(1)) }
        #expect(rig.log.logEndOffset == 1)
    }
}
