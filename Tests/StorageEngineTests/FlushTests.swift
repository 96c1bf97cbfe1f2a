import Glibc
import Host
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct FlushTests {
    @Test func `under every append the high watermark is what the disk has`() throws {
        let rig = try Rig(["flush.messages": "1", "segment.bytes": "1024"])
        #expect(rig.log.acksWaitForFlush)
        try rig.append(batch(2))
        #expect(rig.log.logEndOffset == 2)
        // The flush is done but its completion has not come to the loop.
        #expect(rig.log.highWatermark == 0)
        #expect(try rig.log.read(from: 0, maxBytes: 1000, atLeastOneBatch: true) == nil)
        rig.handleFlushes()
        for _ in 0..<8 { try rig.append(batch(1, valueBytes: 400)) }
        #expect(rig.log.highWatermark == 10)
        #expect(try rig.readAll().map(\.count).reduce(0, +) == 10)
        #expect(rig.log.durability.recoveryPoint == 10)
    }

    @Test func `a failed fsync takes the partition out of service and is never tried again`() throws {
        let rig = try Rig(["flush.messages": "1"])
        rig.handleFlushes()
        try rig.append(batch(1))
        rig.disk.failsSynchronizing = true
        _ = try rig.stage(batch(1))
        _ = try rig.write()
        #expect(rig.log.highWatermark == 1)
        let expected = StorageError.fenced(SystemError(call: "fdatasync", errno: EIO, subject: rig.path(0, ".log")))
        #expect(rig.log.fault == expected)
        rig.disk.failsSynchronizing = false
        #expect(rig.log.durability.synchronize()?.errno == EIO)
        #expect(throws: expected) { try rig.stage(batch(1)) }
        #expect(rig.log.highWatermark == 1)
        #expect(throws: expected) { try rig.close() }
        #expect(rig.disk.bytes(of: "d/.clean-shutdown") == nil)
    }

    @Test func `a failed fsync at a roll takes the partition out of service too`() throws {
        let rig = try Rig(["segment.bytes": "1024"])
        try rig.append(batch(1, valueBytes: 600))
        rig.disk.failsSynchronizing = true
        _ = try rig.stage(batch(1, valueBytes: 600))
        _ = try rig.write()
        #expect(throws: StorageError.self) { try rig.stage(batch(1)) }
        #expect(rig.log.fault != nil)
    }

    /// A log of one batch a segment.
    private func rolling(_ batches: Int) throws -> Rig {
        let rig = try Rig(["segment.bytes": "1024"])
        for _ in 0..<batches { try rig.append(batch(1, valueBytes: 600)) }
        return rig
    }

    @Test func `a sealed segment is left to the kernel for a while and forced then`() throws {
        let rig = try rolling(3)
        #expect(rig.log.durability.recoveryPoint == 0)
        rig.forceSealed()
        #expect(rig.log.durability.recoveryPoint == 2)
    }

    @Test func `when many sealed segments wait the oldest is forced at once`() throws {
        let rig = try rolling(StorageLimits.sealedWaiting + 1)
        #expect(rig.log.durability.recoveryPoint == 0)
        try rig.append(batch(1, valueBytes: 600))
        #expect(rig.log.durability.recoveryPoint == 1)
    }

    @Test func `a deleted topic keeps no sealed file open`() throws {
        let rig = try rolling(5)
        try rig.storage.deleteTopic(named: "t")
        #expect(rig.storage.directories[0].takeWaiting().isEmpty)
    }

    @Test func `a failed fsync of a waiting segment takes the partition out of service`() throws {
        let rig = try rolling(2)
        rig.disk.failsSynchronizing = true
        rig.forceSealed()
        #expect(throws: StorageError.self) { try rig.stage(batch(1)) }
        #expect(rig.log.fault != nil)
    }

    @Test func `every so many records means so many`() throws {
        let rig = try Rig(["flush.messages": "10"])
        for _ in 0..<3 { try rig.append(batch(3)) }
        #expect(rig.log.durability.recoveryPoint == 0)
        #expect(rig.log.highWatermark == 9)
        try rig.append(batch(3))
        #expect(rig.log.durability.recoveryPoint == 12)
    }

    @Test func `every so many milliseconds forces what was written until then`() throws {
        let rig = try Rig(["flush.ms": "50"])
        try rig.append(batch(3))
        try rig.append(batch(3))
        #expect(rig.log.durability.recoveryPoint == 0)
        rig.storage.directories[0].flusher.drain()
        #expect(rig.log.durability.recoveryPoint == 6)
        try rig.append(batch(3))
        rig.storage.directories[0].flusher.drain()
        #expect(rig.log.durability.recoveryPoint == 9)
    }

    @Test func `on threads, appends that arrive while the disk is busy share an fsync`() throws {
        let path = ".build/storage-flush-\(UInt64.random(in: 0 ... .max))"
        defer { try? DiskFileSystem.shared.removeTree(path) }
        let storage = try Storage.open(directories: [path], configuration: .init())
        _ = try storage.createTopic(named: "t", partitionCount: 1, overrides: ["flush.messages": "1", "segment.bytes": "100000"])
        let log = try #require(storage.log(of: TopicPartition(topic: "t", partition: 0)))
        let completions = Completions()
        log.setFlushHandler { completion in completions.add(completion) }
        let buffers = Buffers()
        let appends = 300
        for _ in 0..<appends {
            _ = try log.stage(buffers.hold(batch(1, valueBytes: 1000)))
            _ = try log.writeStaged()
        }
        let deadline = MonotonicClock.now() + 5_000_000_000
        var flushes = 0
        while log.highWatermark < Offset(appends), MonotonicClock.now() < deadline {
            let arrived = completions.take()
            flushes += arrived.count
            for completion in arrived { log.flushCompleted(completion) }
            MonotonicClock.sleep(nanoseconds: 100_000)
        }
        #expect(log.highWatermark == Offset(appends))
        #expect(flushes < appends)
        try storage.close()
        let again = try Storage.open(directories: [path], configuration: .init())
        #expect(again.wasCleanShutdown)
        #expect(again.log(of: TopicPartition(topic: "t", partition: 0))?.logEndOffset == Offset(appends))
        try again.close()
    }

    @Test func `a thousand idle partitions take no files and little memory`() throws {
        let rig = try Rig(creates: false)
        _ = try rig.storage.createTopic(named: "many", partitionCount: 1000)
        #expect(rig.disk.paths().filter { $0.contains("many-") } == [])
        #expect(rig.disk.openFiles == 1)
        try rig.reopen()
        #expect(rig.disk.openFiles == 1)
        #expect(rig.storage.recoveryReports.count == 1000)
    }
}
