// Disks that stop to work while a broker runs: what goes on and what does not.
import Glibc
import Host
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct DeadDiskTests {
    /// Two data directories with a partition of "two" in each.
    private func two(_ overrides: [String: String] = ["flush.messages": "1"]) throws -> (rig: Rig, dead: PartitionLog, alive: PartitionLog) {
        let rig = try Rig(directories: ["d", "e"], creates: false)
        _ = try rig.storage.createTopic(named: "two", partitionCount: 2, overrides: overrides)
        let logs = (0..<2).map { rig.storage.log(of: TopicPartition(topic: "two", partition: Int32($0)))! }
        for log in logs {
            _ = try log.stage(rig.buffers.hold(batch(2)))
            _ = try log.writeStaged()
        }
        return (rig, logs.first { $0.dataDirectory.path == "d" }!, logs.first { $0.dataDirectory.path == "e" }!)
    }

    private func append(_ rig: Rig, to log: PartitionLog) throws {
        _ = try log.stage(rig.buffers.hold(batch(1)))
        _ = try log.writeStaged()
    }

    @Test(arguments: [EIO, EROFS])
    func `a data directory that dies takes its own partitions and no others`(errno: Int32) throws {
        let (rig, dead, alive) = try two()
        rig.disk.broken = ("d/", errno, true)
        #expect(throws: StorageError.self) { try append(rig, to: dead) }
        #expect(throws: StorageError.self) { try dead.stage(rig.buffers.hold(batch(1))) }
        if case .fenced(let error)? = dead.fault { #expect(error.errno == errno) } else { Issue.record("no fault: \(String(describing: dead.fault))") }
        for _ in 0..<5 { try append(rig, to: alive) }
        #expect(alive.logEndOffset == 7 && alive.fault == nil)
    }

    @Test func `topics are made, deleted and producers numbered with one of two data directories dead`() throws {
        let (rig, _, alive) = try two()
        rig.disk.broken = ("d/", EIO, true)
        let made = try rig.storage.createTopic(named: "new", partitionCount: 2)
        for partition in 0..<made.partitionCount {
            let log = try #require(rig.storage.log(of: TopicPartition(topic: "new", partition: partition)))
            #expect(log.dataDirectory.path == "e")
            try append(rig, to: log)
        }
        _ = try rig.storage.createTopic(named: "gone", partitionCount: 1)
        try rig.storage.deleteTopic(named: "gone")
        let first = try rig.storage.allocateProducerID()
        try append(rig, to: alive)
        // The disk is back with the next start, and learns what it missed.
        rig.storage.abandon()
        try rig.crash(.kill)
        #expect(rig.storage.topics().map(\.name) == ["new", "two"])
        #expect(try rig.storage.allocateProducerID() > first)
        #expect(rig.storage.log(of: TopicPartition(topic: "new", partition: 1))?.logEndOffset == 1)
    }

    @Test func `when every data directory is dead no topic is made`() throws {
        let (rig, _, _) = try two()
        rig.disk.broken = ("", EIO, true)
        #expect(throws: StorageError.self) { try rig.storage.createTopic(named: "new", partitionCount: 1) }
        #expect(rig.storage.topic(named: "new") == nil)
    }

    @Test func `a disk that went read-only still serves what it has`() throws {
        let (rig, dead, _) = try two()
        rig.disk.broken = ("d/", EROFS, false)
        #expect(throws: StorageError.self) { try append(rig, to: dead) }
        #expect(try dead.read(from: 0, maxBytes: 1000, atLeastOneBatch: true, upTo: 2)?.nextOffset == 2)
    }

    @Test func `reads that fail are told and the log goes on when the disk does`() throws {
        let rig = try Rig(["index.interval.bytes": "0"])
        for _ in 0..<20 { try rig.append(batch(1)) }
        try rig.crash(.kill)
        rig.disk.broken = ("d/", EIO, true)
        #expect(throws: StorageError.self) { try rig.log.read(from: 7, maxBytes: 10, atLeastOneBatch: true) }
        #expect(throws: StorageError.self) { try rig.log.offset(forTimestamp: 1000) }
        #expect(rig.log.fault == nil)
        rig.disk.broken = nil
        #expect(try rig.log.read(from: 7, maxBytes: 10, atLeastOneBatch: true)?.nextOffset == 8)
    }

    @Test func `a directory that vanishes fences its partition and the next start says what is missing`() throws {
        let rig = try Rig(["flush.messages": "1", "segment.bytes": "1024"])
        try rig.append(batch(1, valueBytes: 600))
        rig.disk.removeDirectoryTree("d/t-0")
        #expect(throws: StorageError.self) { for _ in 0..<3 { try rig.append(batch(1, valueBytes: 600)) } }
        #expect(rig.log.fault != nil)
        #expect(throws: StorageError.self) { try rig.stage(batch(1)) }
        rig.disk.reboot(.kill)
        #expect {
            try rig.open()
        } throws: { error in
            if case .missingDirectory("d/t-0", _)? = error as? StorageError { true } else { false }
        }
    }

    @Test(arguments: [EIO, ENOSPC])
    func `a fenced partition is whole again after recovery, and only then`(errno: Int32) throws {
        let rig = try Rig(["flush.messages": "1"])
        rig.handleFlushes()
        try rig.append(batch(3))
        rig.disk.plan(.fails(errno), at: 1)
        #expect(throws: StorageError.self) { try rig.append(batch(1)) }
        for _ in 0..<3 { #expect(throws: StorageError.self) { try rig.append(batch(1)) } }
        #expect(rig.log.highWatermark == 3)
        rig.storage.abandon()
        try rig.crash(.kill)
        #expect(rig.log.logEndOffset == 3)
        try rig.append(batch(1))
        #expect(rig.log.logEndOffset == 4)
    }

    @Test func `a short write is finished and acknowledged whole`() throws {
        for taken in [0, 1, 60, 100] {
            let rig = try Rig()
            try rig.append(batch(1))
            rig.disk.plan(.short(max(1, taken)), at: 1)
            try rig.append(batch(1, valueBytes: 50), batch(1, valueBytes: 50))
            #expect(try rig.readAll().map(\.baseOffset) == [0, 1, 2], "\(taken) bytes taken")
        }
    }

    @Test func `a clock that goes back rolls nothing, loses nothing and keeps every lookup right`() throws {
        let rig = try Rig(["segment.ms": "1000", "index.interval.bytes": "0"])
        for index in 0..<40 { try rig.append(batch(1, timestamp: 1_000_000 - Int64(index) * 300)) }
        #expect(rig.disk.paths().filter { $0.hasSuffix(".log") }.count == 1)
        try rig.crash(.kill)
        #expect(try rig.log.offset(forTimestamp: 1_000_000 - 300)?.offset == 0)
        #expect(try rig.log.offset(forTimestamp: 1_000_001) == nil)
        #expect(try rig.readAll().count == 40)
    }

    @Test func `ten thousand idle partitions reserve nothing on the disk`() throws {
        let rig = try Rig(creates: false)
        _ = try rig.storage.createTopic(named: "idle", partitionCount: 10_000)
        for partition in stride(from: Int32(0), to: 10_000, by: 100) {
            let log = rig.storage.log(of: TopicPartition(topic: "idle", partition: partition))!
            _ = try log.stage(rig.buffers.hold(batch(1)))
            _ = try log.writeStaged()
        }
        let logs = rig.disk.paths().filter { $0.hasSuffix(".log") }
        #expect(logs.count == 100)
        #expect(logs.allSatisfy { rig.disk.bytes(of: $0)?.count == batch(1).count })
        #expect(rig.disk.paths().filter { $0.contains("/idle-") }.count == 100)
    }
}
