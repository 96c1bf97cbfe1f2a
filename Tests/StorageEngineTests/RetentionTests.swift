import Glibc
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct RetentionTests {
    /// Segments of two batches of one record each; record n has the timestamp 1000 n.
    private func rig(_ overrides: [String: String], records: Int = 10) throws -> Rig {
        let rig = try Rig(["segment.bytes": "\(2 * size)"].merging(overrides) { $1 })
        try append(rig, records)
        return rig
    }

    private var size: Int { batch(1, valueBytes: 500).count }

    private func append(_ rig: Rig, _ records: Int) throws {
        for _ in 0..<records { try rig.append(batch(1, timestamp: 1000 * rig.log.logEndOffset, valueBytes: 500)) }
    }

    private func bases(_ rig: Rig) -> [Offset] {
        rig.disk.paths().compactMap { $0.hasSuffix(".log") ? Offset($0.dropLast(4).suffix(20)) : nil }.sorted()
    }

    private func deleted(_ rig: Rig) -> [String] { rig.disk.paths().filter { $0.hasSuffix(".deleted") } }

    private func outOfRange(_ rig: Rig, _ offset: Offset) -> Bool {
        do { _ = try rig.log.read(from: offset, maxBytes: 1000, atLeastOneBatch: true) } catch {
            if case .offsetOutOfRange = error { return true }
        }
        return false
    }

    @Test func `segments go by the largest time of their records, oldest first`() throws {
        let rig = try rig(["retention.ms": "2000"])
        // Segment 0 ends at time 1000: at 3000 it is as old as allowed, not older.
        #expect(try rig.log.enforceRetention(now: 3000) == RetentionReport(logStartOffset: 0))
        let report = try rig.log.enforceRetention(now: 5001)
        #expect(report == RetentionReport(segments: 2, bytes: Int64(4 * size), logStartOffset: 4))
        #expect(bases(rig) == [4, 6, 8])
        #expect(outOfRange(rig, 3) && outOfRange(rig, 0) && !outOfRange(rig, 4))
        #expect(try rig.readAll(from: 4).map(\.baseOffset) == Array(4..<10))
        #expect(rig.log.logStartOffset == 4 && rig.log.sizeBytes == Int64(6 * size))
    }

    @Test func `a young segment keeps every later one`() throws {
        let rig = try Rig(["segment.bytes": "\(2 * size)", "retention.ms": "1000"])
        for timestamp: Int64 in [10, 20, 90_000, 40, 50, 60, 70, 80] { try rig.append(batch(1, timestamp: timestamp, valueBytes: 500)) }
        #expect(try rig.log.enforceRetention(now: 50_000).logStartOffset == 2)
        #expect(try rig.log.enforceRetention(now: 91_000).logStartOffset == 2)
        #expect(try rig.log.enforceRetention(now: 91_001).logStartOffset == 8)
    }

    @Test func `the last segment goes too when it is due, and the log goes on where it was`() throws {
        let rig = try rig(["retention.ms": "0"])
        let report = try rig.log.enforceRetention(now: 9001)
        #expect(report == RetentionReport(segments: 5, bytes: Int64(10 * size), logStartOffset: 10))
        #expect(bases(rig) == [10])
        #expect(rig.log.logStartOffset == 10 && rig.log.logEndOffset == 10 && rig.log.highWatermark == 10)
        // An empty segment is never due.
        #expect(try rig.log.enforceRetention(now: .max).segments == 0)
        try append(rig, 1)
        #expect(try rig.readAll(from: 10).map(\.baseOffset) == [10])
        try rig.reopen()
        #expect(rig.log.logStartOffset == 10 && rig.log.logEndOffset == 11)
        for how: SimulatedFileSystem.Reboot in [.kill, .powerLoss] {
            try rig.crash(how)
            #expect(rig.log.logStartOffset == 10 && rig.log.logEndOffset == 11)
        }
    }

    @Test func `segments go while the log without them is still as large as it may be`() throws {
        for (limit, start) in [(10 * size, 0), (8 * size + 1, 0), (8 * size, 2), (7 * size, 2), (1, 8), (0, 10)] as [(Int, Offset)] {
            let rig = try rig(["retention.bytes": "\(limit)", "retention.ms": "-1"])
            #expect(try rig.log.enforceRetention(now: .max).logStartOffset == start, "\(limit)")
        }
    }

    @Test func `without limits, with a clock that went backwards, or without times nothing goes`() throws {
        #expect(try rig(["retention.ms": "-1"]).log.enforceRetention(now: .max).segments == 0)
        #expect(try rig(["retention.ms": "1000"]).log.enforceRetention(now: -5000).segments == 0)
        #expect(try rig([:]).log.enforceRetention(now: 7 * 86_400_000).segments == 0)
        #expect(try rig([:]).log.enforceRetention(now: 7 * 86_400_000 + 1001).segments == 1)
        let rig = try Rig(["segment.bytes": "\(2 * size)", "retention.ms": "0"])
        for _ in 0..<5 { try rig.append(batch(1, timestamp: -1, valueBytes: 500)) }
        #expect(try rig.log.enforceRetention(now: .max).segments == 0)
    }

    @Test func `compaction alone deletes nothing by age or size`() throws {
        for policy in ["compact", "delete", "compact,delete", "delete, compact"] {
            let rig = try Rig(["segment.bytes": "1024", "retention.ms": "0", "cleanup.policy": policy])
            for time in Int64(0)..<3 {
                try rig.append(batch([KeyedRecord("\(time)", String(repeating: "x", count: 600), at: time)]))
            }
            #expect(try rig.log.enforceRetention(now: 2).segments == (policy == "compact" ? 0 : 2), "\(policy)")
        }
    }

    @Test func `nothing above the high watermark goes`() throws {
        let rig = try rig(["retention.ms": "0", "flush.messages": "1"])
        // Durable, but the completions have not come to the loop.
        #expect(rig.log.highWatermark == 0)
        #expect(try rig.log.enforceRetention(now: .max).segments == 0)
        rig.handleFlushes()
        try append(rig, 1)
        #expect(rig.log.highWatermark == 11)
        #expect(try rig.log.enforceRetention(now: .max).logStartOffset == 11)
    }

    @Test func `files get another name at once and go after the delay`() throws {
        for delay in ["60000", "0"] {
            let rig = try rig(["retention.ms": "0", "file.delete.delay.ms": delay])
            _ = try rig.log.enforceRetention(now: 3001)
            // Two logs with two indexes each, and the snapshot at the second one's base.
            #expect(deleted(rig).map { String($0.dropFirst(6 + 18)) } == [
                "00.index.deleted", "00.log.deleted", "00.timeindex.deleted", "02.index.deleted", "02.log.deleted",
                "02.snapshot.deleted", "02.timeindex.deleted",
            ])
            #expect(rig.disk.bytes(of: rig.path(4, ".snapshot")) != nil)
            for directory in rig.storage.directories { directory.background.drain() }
            #expect(deleted(rig) == [])
        }
    }

    @Test func `the delay is the configured one`() throws {
        for (delay, isGone) in [("20", true), ("60000", false)] {
            let path = ".build/storage-retention-\(UInt64.random(in: 0 ... .max))"
            defer { try? DiskFileSystem.shared.removeTree(path) }
            let storage = try Storage.open(directories: [path], configuration: .init())
            _ = try storage.createTopic(
                named: "t", partitionCount: 1,
                overrides: ["segment.bytes": "\(2 * size)", "retention.ms": "0", "file.delete.delay.ms": delay])
            let log = try #require(storage.log(of: TopicPartition(topic: "t", partition: 0)))
            let buffers = Buffers()
            for _ in 0..<5 {
                _ = try log.stage(buffers.hold(batch(1, valueBytes: 500)))
                _ = try log.writeStaged()
            }
            #expect(try log.enforceRetention(now: .max).segments == 3)
            let deadline = MonotonicClock.now() + (isGone ? 5_000_000_000 : 200_000_000)
            func deleted() throws -> Bool { try DiskFileSystem.shared.list("\(path)/t-0").contains { $0.hasSuffix(".deleted") } }
            while try !deleted(), MonotonicClock.now() < deadline { MonotonicClock.sleep(nanoseconds: 200_000) }
            while try deleted(), MonotonicClock.now() < deadline { MonotonicClock.sleep(nanoseconds: 1_000_000) }
            #expect(try deleted() != isGone)
            try storage.close()
        }
    }

    @Test func `a slice that is being read is not disturbed`() throws {
        let rig = try rig(["retention.ms": "0", "file.delete.delay.ms": "0"])
        let slice = try #require(try rig.log.read(from: 0, maxBytes: 1 << 20, atLeastOneBatch: true))
        _ = try rig.log.enforceRetention(now: .max)
        for directory in rig.storage.directories { directory.background.drain() }
        #expect(rig.disk.bytes(of: rig.path(0, ".log")) == nil && deleted(rig) == [])
        #expect(try rig.contents(of: slice).map(\.baseOffset) == [0, 1])
    }

    @Test func `what a run could not unlink the next start does`() throws {
        let rig = try rig(["retention.ms": "0"])
        _ = try rig.log.enforceRetention(now: 3001)
        #expect(deleted(rig).count == 7)
        try rig.reopen()
        #expect(deleted(rig) == [])
        #expect(rig.log.logStartOffset == 4)
    }

    @Test func `a sealed segment that goes before it was forced is forced no more`() throws {
        let rig = try rig(["retention.ms": "0", "file.delete.delay.ms": "0"])
        _ = try rig.log.enforceRetention(now: .max)
        rig.forceSealed()
        try append(rig, 3)
        rig.forceSealed()
        #expect(rig.log.fault == nil)
        try rig.reopen()
        #expect(rig.storage.wasCleanShutdown && rig.log.logEndOffset == 13)
    }

    @Test func `names that survive a crash in the wrong order cost nothing above the start`() throws {
        let rig = try rig(["retention.ms": "0"])
        let first = (rig.path(0, ".log"), rig.disk.bytes(of: rig.path(0, ".log"))!)
        _ = try rig.log.enforceRetention(now: 5001)
        rig.disk.reboot(.kill)
        // The oldest name is there again, the ones behind it are not.
        rig.disk.put(first.1, at: first.0)
        try rig.open()
        #expect(rig.log.logStartOffset == 6)
        #expect(rig.report.bytesDropped == 0)
        #expect(try rig.readAll(from: 6).map(\.baseOffset) == Array(6..<10))
        #expect(rig.disk.bytes(of: first.0) == nil)
    }

    @Test func `a start that can't be written down does not keep a full disk full`() throws {
        let rig = try rig(["retention.ms": "0", "file.delete.delay.ms": "0"])
        // Forcing the directory is first; making the checkpoint's file the second.
        rig.disk.plan(.fails(ENOSPC), at: 2)
        _ = try rig.log.enforceRetention(now: 5001)
        for directory in rig.storage.directories { directory.background.drain() }
        #expect(bases(rig) == [6, 8] && deleted(rig) == [])
        try rig.crash(.powerLoss)
        #expect(rig.log.logStartOffset == 6)
    }

    @Test func `a topic made anew under its old name begins at 0`() throws {
        let rig = try rig(["retention.ms": "0"])
        _ = try rig.log.enforceRetention(now: .max)
        try rig.storage.deleteTopic(named: "t")
        _ = try rig.storage.createTopic(named: "t", partitionCount: 1)
        try append(rig, 3)
        try rig.crash(.kill)
        #expect(rig.log.logStartOffset == 0 && rig.log.logEndOffset == 3)
        #expect(try rig.readAll().count == 3)
    }

    @Test func `a deleted topic's retention touches nothing`() throws {
        let rig = try rig(["retention.ms": "0"])
        let log = rig.log
        try rig.storage.deleteTopic(named: "t")
        #expect(throws: StorageError.deleted) { try log.enforceRetention(now: .max) }
        #expect(throws: StorageError.deleted) { try log.deleteRecords(before: nil) { _ in } }
    }
}
