// Topics that are deleted while one of their data directories is dead: gone at once, and for good.
import Glibc
import Host
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct DeadDeletionTests {
    /// How "d" dies: under the broker, or before its start.
    private func kill(_ two: TwoDirectories, running: Bool) throws {
        if running { two.rig.disk.broken = ("d", EIO, true) } else { try two.restart(without: "d") }
    }

    private func expectNothingLeft(of two: TwoDirectories, but kept: Set<String> = [], _ context: String = "") {
        #expect(Set(two.diskDirectories) == kept, "\(context)")
        #expect(two.storage.store.catalogue.deleted.isEmpty, "\(context)")
    }

    @Test(arguments: [true, false]) func `a topic on a dead directory is deleted at once and does not come back with it`(running: Bool) throws {
        let two = try TwoDirectories()
        try kill(two, running: running)
        let logs = try [two.log(two.inD), two.log(two.inE)]
        try two.storage.deleteTopic(named: "two")
        #expect(two.storage.topics().isEmpty && two.storage.log(of: two.inD) == nil)
        for log in logs { #expect(throws: StorageError.self) { try log.stage(two.rig.buffers.hold(batch(1))) } }
        #expect(throws: StorageError.unknownTopic("two")) { try two.storage.deleteTopic(named: "two") }
        // Dead for one more run, and back.
        try two.restart(without: "d")
        #expect(two.storage.topics().isEmpty && two.diskDirectories == ["d/\(two.inD)"])
        try two.restart()
        #expect(two.storage.topics().isEmpty)
        expectNothingLeft(of: two)
    }

    @Test(arguments: [true, false]) func `its name is free at once, and the new topic is not taken for the old one`(running: Bool) throws {
        let two = try TwoDirectories()
        try kill(two, running: running)
        let old = try #require(two.storage.topic(named: "two"))
        try two.storage.deleteTopic(named: "two")
        let new = try two.storage.createTopic(named: "two", partitionCount: 3, overrides: ["flush.messages": "1"])
        #expect(new.id != old.id)
        for partition in 0..<new.partitionCount {
            let partition = TopicPartition(topic: "two", partition: partition)
            #expect(try two.log(partition).dataDirectory.path == "e" && two.log(partition).logEndOffset == 0)
            try two.append(5, to: partition)
        }
        for directory in ["d", "none"] {
            try two.restart(without: directory)
            #expect(two.storage.topics().map(\.id) == [new.id])
            for partition in 0..<new.partitionCount {
                #expect(try two.log(TopicPartition(topic: "two", partition: partition)).logEndOffset == 5, "\(directory)")
            }
        }
        expectNothingLeft(of: two, but: ["e/two-0", "e/two-1", "e/two-2"])
        // Deleted again, and made anew where the old one was.
        try two.storage.deleteTopic(named: "two")
        _ = try two.storage.createTopic(named: "two", partitionCount: 2)
        try two.restart()
        #expect(try two.log(two.inD).logEndOffset == 0 && two.log(two.inE).logEndOffset == 0)
        #expect(two.storage.warnings.isEmpty)
    }

    @Test func `topics of one name that were deleted while a directory was dead all go when it is back`() throws {
        let two = try TwoDirectories()
        _ = try two.storage.createTopic(named: "once", partitionCount: 2)
        try two.restart(without: "d")
        for _ in 0..<3 {
            try two.storage.deleteTopic(named: "once")
            _ = try two.storage.createTopic(named: "once", partitionCount: 2)
        }
        try two.storage.deleteTopic(named: "two")
        #expect(two.storage.store.catalogue.deleted.map(\.name) == ["once", "two"])
        try two.restart()
        expectNothingLeft(of: two, but: ["e/once-0", "e/once-1"])
    }

    @Test(arguments: [SimulatedFileSystem.Reboot.kill, .powerLoss]) func `a crash anywhere in it leaves the topic whole, or nothing of it`(
        how: SimulatedFileSystem.Reboot
    ) throws {
        for n in 1... {
            let two = try TwoDirectories()
            try two.rig.reopen()
            try two.restart(without: "d")
            two.rig.disk.plan(.crash(torn: n % 9), at: n)
            let deleted: Void? = try? two.storage.deleteTopic(named: "two")
            let survived = !two.rig.disk.isCrashed
            two.rig.storage.abandon()
            two.rig.disk.reboot(how)
            try two.rig.open()
            if deleted != nil { #expect(two.storage.topics().isEmpty, "n = \(n)") }
            if two.storage.topics().isEmpty {
                expectNothingLeft(of: two, "n = \(n)")
                _ = try two.storage.createTopic(named: "two", partitionCount: 2)
                #expect(try two.log(two.inD).logEndOffset == 0)
            } else {
                for partition in [two.inD, two.inE] { #expect(try two.log(partition).logEndOffset == 2, "n = \(n)") }
            }
            try two.restart(clean: true)
            #expect(two.storage.topics().count == 1)
            if survived { return }
        }
    }

    @Test(arguments: [EIO, ENODEV]) func `a directory that dies under the deletion is left behind`(errno: Int32) throws {
        for n in 1...60 {
            let two = try TwoDirectories()
            two.rig.disk.plan(.fails(errno), at: n)
            let deleted: Void? = try? two.storage.deleteTopic(named: "two")
            guard two.rig.disk.isFaultMet else { return #expect(n > 10) }
            #expect(deleted != nil, "n = \(n)")
            #expect(two.storage.deadDirectories.count <= 1, "n = \(n)")
            _ = try two.storage.createTopic(named: "two", partitionCount: 2)
            try two.restart()
            #expect(two.storage.topics().count == 1, "n = \(n)")
            for partition in [two.inD, two.inE] { #expect(try two.log(partition).logEndOffset == 0, "n = \(n)") }
            #expect(!two.diskDirectories.contains { $0.hasSuffix("-delete") }, "n = \(n)")
        }
        Issue.record("sixty operations and no end")
    }

    @Test func `a name is not free while a living directory has not let go of it`() throws {
        var met = 0
        for n in 1...40 {
            let two = try TwoDirectories()
            two.rig.disk.plan(.fails(ENOSPC), at: n)
            let deleted: Void? = try? two.storage.deleteTopic(named: "two")
            guard two.rig.disk.isFaultMet else { break }
            guard deleted == nil, two.storage.topic(named: "two") == nil else { continue }
            met += 1
            #expect(throws: StorageError.topicExists("two"), "n = \(n)") { try two.storage.createTopic(named: "two", partitionCount: 1) }
            try two.restart()
            expectNothingLeft(of: two, "n = \(n)")
            _ = try two.storage.createTopic(named: "two", partitionCount: 1)
        }
        #expect(met > 3)
    }
}

@Suite struct DeadWhileRunningTests {
    @Test func `a directory whose logs can't be written is found dead and its partitions answer nothing else`() throws {
        let two = try TwoDirectories()
        two.rig.disk.broken = ("d", EIO, true)
        #expect(throws: StorageError.self) { try two.append(1, to: two.inD) }
        #expect(two.storage.deadDirectories.isEmpty)
        two.rig.forceSealed()
        #expect(two.storage.deadDirectories.map(\.path) == ["d"])
        #expect(try two.log(two.inD).outage != nil)
        #expect(throws: StorageError.self) { try two.log(two.inD).read(from: 0, maxBytes: 1000, atLeastOneBatch: true) }
        #expect(two.storage.offlinePartitions(of: two.storage.topics()[0]) == [two.inD.partition])
        try two.append(1, to: two.inE)
        try two.rig.close()
        two.rig.disk.reboot(.kill)
        try two.rig.open()
        #expect(try two.log(two.inD).logEndOffset == 2 && two.log(two.inE).logEndOffset == 3)
    }

    @Test func `one write that failed takes one log, not the directory`() throws {
        let two = try TwoDirectories()
        two.rig.disk.plan(.fails(EIO), at: 1)
        #expect(throws: StorageError.self) { try two.append(1, to: two.inD) }
        two.rig.forceSealed()
        #expect(two.storage.deadDirectories.isEmpty)
        #expect(try two.log(two.inD).fault != nil && two.log(two.inD).outage == nil)
        #expect(try two.log(two.inD).read(from: 0, maxBytes: 1000, atLeastOneBatch: true, upTo: 2)?.nextOffset == 2)
    }

    @Test func `a read-only directory is told, and goes on to be read`() throws {
        let two = try TwoDirectories()
        two.rig.disk.broken = ("d", EROFS, false)
        #expect(throws: StorageError.self) { try two.append(1, to: two.inD) }
        two.rig.forceSealed()
        #expect(two.storage.deadDirectories.map(\.path) == ["d"])
        #expect(try two.log(two.inD).outage == nil)
        #expect(try two.log(two.inD).read(from: 0, maxBytes: 1000, atLeastOneBatch: true, upTo: 2)?.nextOffset == 2)
        _ = try two.storage.createTopic(named: "new", partitionCount: 1)
        #expect(try two.log(TopicPartition(topic: "new", partition: 0)).dataDirectory.path == "e")
    }

    @Test func `topics are made without a directory that vanished under the broker`() throws {
        let two = try TwoDirectories()
        two.rig.disk.removeDirectoryTree("d")
        let made = try two.storage.createTopic(named: "new", partitionCount: 3)
        for partition in 0..<made.partitionCount {
            #expect(try two.log(TopicPartition(topic: "new", partition: partition)).dataDirectory.path == "e")
        }
        #expect(two.storage.deadDirectories.map(\.path) == ["d"])
    }
}
