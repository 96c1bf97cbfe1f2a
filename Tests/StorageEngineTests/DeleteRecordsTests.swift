import Glibc
import Host
import Records
@testable import StorageEngine
import Synchronization
import Testing
import Vocabulary

@Suite struct DeleteRecordsTests {
    private var size: Int { batch(3, valueBytes: 200).count }

    /// Segments of two batches of three records: 0, 6, 12, 18; record n has the timestamp n.
    private func rig(_ overrides: [String: String] = [:]) throws -> Rig {
        let rig = try Rig(["segment.bytes": "\(2 * size)"].merging(overrides) { $1 })
        for _ in 0..<7 { try rig.append(batch(3, timestamp: rig.log.logEndOffset, valueBytes: 200)) }
        return rig
    }

    private func delete(_ rig: Rig, before offset: Offset?) throws -> Offset {
        let outcome = Mutex<SystemError??>(.none)
        let start = try rig.log.deleteRecords(before: offset) { error in outcome.withLock { $0 = .some(error) } }
        #expect(outcome.withLock { $0 } == .some(nil))
        return start
    }

    @Test func `what can't be deleted is refused and changes nothing`() throws {
        let rig = try rig()
        for offset: Offset in [22, .max, -1, -2, .min] {
            #expect(throws: StorageError.offsetOutOfRange(offset, valid: 0..<21)) {
                try rig.log.deleteRecords(before: offset) { _ in Issue.record("called") }
            }
        }
        let compacted = try Rig(["cleanup.policy": "compact"])
        #expect(throws: StorageError.deletionForbidden(CleanupPolicy.compact)) {
            try compacted.log.deleteRecords(before: 3) { _ in Issue.record("called") }
        }
        #expect(rig.log.logStartOffset == 0 && compacted.log.logStartOffset == 0)
        #expect(try delete(rig, before: 8) == 8)
        // Below the start there is nothing to delete.
        #expect(try delete(rig, before: 3) == 8)
    }

    @Test func `reads below the start fail and above it find the batch that holds it`() throws {
        let rig = try rig()
        for start: Offset in [1, 3, 8, 17, 21] {
            #expect(try delete(rig, before: start) == start)
            for offset in 0..<start {
                #expect(throws: StorageError.offsetOutOfRange(offset, valid: start..<21)) {
                    try rig.log.read(from: offset, maxBytes: 1000, atLeastOneBatch: true)
                }
            }
            #expect(try rig.readAll(from: start).map(\.baseOffset) == stride(from: start / 3 * 3, to: 21, by: 3).filter { start < 21 || $0 >= 21 })
            // Whole segments below it are gone, the last one never.
            #expect(rig.disk.bytes(of: rig.path(start / 6 * 6, ".log")) != nil)
            if start >= 6 { #expect(rig.disk.bytes(of: rig.path(start / 6 * 6 - 6, ".log")) == nil) }
        }
    }

    @Test func `no offset means the high watermark`() throws {
        let rig = try rig(["flush.messages": "1"])
        rig.handleFlushes()
        try rig.append(batch(3, timestamp: 21, valueBytes: 200))
        let end = rig.log.highWatermark
        #expect(end == 24)
        #expect(try delete(rig, before: nil) == 24)
        #expect(rig.log.logStartOffset == 24)
    }

    @Test func `times are looked for above the start only`() throws {
        let rig = try rig()
        for start: Offset in [0, 1, 4, 8, 20] {
            _ = try delete(rig, before: start)
            for time in Int64(0)..<21 {
                #expect(try rig.log.offset(forTimestamp: time)?.offset == max(time, start), "start \(start) time \(time)")
            }
            #expect(try rig.log.offsetOfMaxTimestamp()?.offset == 20)
        }
        _ = try delete(rig, before: 21)
        #expect(try rig.log.offset(forTimestamp: 0) == nil)
        #expect(try rig.log.offsetOfMaxTimestamp() == nil)
    }

    @Test func `the largest time is that of a record that is still there`() throws {
        let rig = try Rig()
        for timestamp: Int64 in [900, 100, 300, 200] { try rig.append(batch(1, timestamp: timestamp)) }
        #expect(try rig.log.offsetOfMaxTimestamp() == TimestampedOffset(offset: 0, timestamp: 900))
        _ = try delete(rig, before: 1)
        #expect(try rig.log.offsetOfMaxTimestamp() == TimestampedOffset(offset: 2, timestamp: 300))
    }

    @Test func `the start survives restarts, kills and lost power`() throws {
        let rig = try rig(["flush.messages": "1"])
        rig.handleFlushes()
        try rig.append(batch(3, timestamp: 21, valueBytes: 200))
        for (start, how) in [(2, nil), (8, .kill), (13, .powerLoss), (14, .partialPowerLoss(seed: 3)), (24, nil)] as [(Offset, SimulatedFileSystem.Reboot?)] {
            _ = try delete(rig, before: start)
            if let how { try rig.crash(how) } else { try rig.reopen() }
            rig.handleFlushes()
            #expect(rig.log.logStartOffset == start && rig.log.logEndOffset == 24, "\(start)")
            for time in Int64(0)..<24 {
                #expect(try rig.log.offset(forTimestamp: time)?.offset == (start < 24 ? max(time, start) : nil))
            }
        }
    }

    @Test func `a start behind everything that lost power left is where the log goes on`() throws {
        let rig = try rig()
        for start: Offset in [19, 21] {
            try rig.crash(.kill)
            _ = try delete(rig, before: start)
            // Nothing of the last segment was forced, but the start was.
            rig.disk.damage(rig.path(18, ".log")) { $0.removeAll() }
            rig.disk.reboot(.kill)
            try rig.open()
            #expect(rig.log.logStartOffset == start && rig.log.logEndOffset == start && rig.log.highWatermark == start)
            #expect(try rig.readAll(from: start).isEmpty)
            try rig.reopen()
            #expect(rig.log.logEndOffset == start)
            try rig.append(batch(3))
            #expect(try rig.readAll(from: start).map(\.baseOffset) == [start])
            try rig.reopen()
            #expect(rig.log.logStartOffset == start && rig.log.logEndOffset == start + 3)
            return
        }
    }

    @Test func `a start that could not be written down is told, and a crash may take it back`() throws {
        let rig = try rig()
        for directory in rig.storage.directories { directory.background.drain() }
        let outcome = Mutex<SystemError?>(nil)
        rig.disk.plan(.fails(EIO), at: 1)
        #expect(try rig.log.deleteRecords(before: 4) { error in outcome.withLock { $0 = error } } == 4)
        #expect(outcome.withLock { $0 }?.errno == EIO)
        #expect(rig.log.logStartOffset == 4)
        try rig.crash(.kill)
        #expect(rig.log.logStartOffset == 0)
    }

    @Test func `a damaged checkpoint leaves the start to the first segment`() throws {
        let rig = try rig()
        _ = try delete(rig, before: 8)
        let path = "d/\(DataDirectory.logStartName)"
        let good = rig.disk.bytes(of: path)!
        #expect(OffsetCheckpoint.decode(good) == [TopicPartition(topic: "t", partition: 0): 8])
        #expect(String(decoding: good, as: UTF8.self).hasPrefix("1\n1\nt 0 8\ncrc "))
        rig.disk.damage(path) { $0[8] ^= 1 }
        try rig.crash(.kill)
        #expect(rig.log.logStartOffset == 6 && rig.log.logEndOffset == 21)
    }

    @Test func `a start counts where it found the log's start, and tells of a checkpoint that can't be read`() throws {
        func restarted(_ change: (Rig) throws -> Void) throws -> Rig {
            let rig = try Rig(["segment.bytes": "1024", "flush.messages": "1", "file.delete.delay.ms": "0"])
            rig.handleFlushes()
            for _ in 0..<6 { try rig.append(batch(2, valueBytes: 300)) }
            try change(rig)
            rig.storage.abandon()
            try rig.crash(.kill)
            return rig
        }
        let lines: Set<RecoveryTable.Row> = [.startAtFirstSegment, .startWithin, .startBehindEnd, .startDamaged]
        func row(_ rig: Rig) -> Set<RecoveryTable.Row> { lines.intersection(rig.report.rows.keys) }
        #expect(try row(restarted { _ in }) == [.startAtFirstSegment])
        #expect(try row(restarted { _ = try $0.log.deleteRecords(before: 3) { _ in } }) == [.startWithin])
        let checkpoint = "d/\(DataDirectory.logStartName)"
        let ahead = try restarted {
            $0.disk.put(OffsetCheckpoint.encode([TopicPartition(topic: "t", partition: 0): 40]), at: checkpoint)
        }
        #expect(row(ahead) == [.startBehindEnd] && ahead.log.logStartOffset == 40)
        let damaged = try restarted {
            _ = try $0.log.deleteRecords(before: 7) { _ in }
            $0.disk.damage(checkpoint) { $0[4] ^= 1 }
        }
        #expect(row(damaged) == [.startDamaged])
        #expect(damaged.log.logStartOffset == damaged.log.segments[0].baseOffset)
        #expect(damaged.storage.warnings == ["\(checkpoint) is damaged; deleted records of a log's first segment are there again"])
    }
}
