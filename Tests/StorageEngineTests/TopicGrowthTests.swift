// Topics get more partitions, and settings change: whole or not at all, wherever the process dies.
import Host
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct TopicGrowthTests {
    private func append(_ rig: Rig, _ partition: Int32, _ count: Int) throws {
        let log = try #require(rig.storage.log(of: TopicPartition(topic: "t", partition: partition)))
        _ = try log.stage(rig.buffers.hold(batch(count)))
        _ = try log.writeStaged()
    }

    private func end(_ rig: Rig, _ partition: Int32) -> Offset? {
        rig.storage.log(of: TopicPartition(topic: "t", partition: partition))?.logEndOffset
    }

    @Test func `a topic that would not grow, or beyond what is possible, stays as it is`() throws {
        let rig = try Rig(configure: { $0.maximumPartitions = 10 })
        _ = try rig.storage.createTopic(named: "u", partitionCount: 3)
        #expect(throws: StorageError.unknownTopic("no")) { try rig.storage.addPartitions(toTopic: "no", count: 2) }
        for count: Int32 in [-1, 0, 1, 2, 3] {
            #expect(throws: StorageError.notMorePartitions(count, present: 3)) { try rig.storage.addPartitions(toTopic: "u", count: count) }
        }
        #expect(throws: StorageError.invalidPartitionCount(10_001)) { try rig.storage.addPartitions(toTopic: "u", count: 10_001) }
        #expect(throws: StorageError.tooManyPartitions(11, limit: 10)) { try rig.storage.addPartitions(toTopic: "u", count: 10) }
        #expect(throws: StorageError.tooManyPartitions(11, limit: 10)) { try rig.storage.createTopic(named: "v", partitionCount: 7) }
        #expect(throws: StorageError.tooManyPartitions(11, limit: 10)) { try rig.storage.validateTopic(named: "v", partitionCount: 7) }
        #expect(throws: StorageError.tooManyPartitions(11, limit: 10)) { try rig.storage.checkGrowth(of: "u", to: 10) }
        rig.storage.setMaximumPartitions(11)
        #expect(try rig.storage.addPartitions(toTopic: "u", count: 10).partitionCount == 10)
        #expect(rig.storage.partitionCount == 11)
    }

    @Test func `new partitions are empty and take records, the old ones have theirs, also after a restart`() throws {
        let rig = try Rig(["segment.bytes": "4096"], directories: ["d", "e"])
        try append(rig, 0, 3)
        let version = rig.storage.topicsVersion
        let before = try #require(rig.storage.topic(named: "t"))
        let grown = try rig.storage.addPartitions(toTopic: "t", count: 4)
        #expect(grown.id == before.id && grown.overrides == before.overrides && rig.storage.topicsVersion != version)
        #expect(rig.storage.topic(named: "t") == grown)
        for partition in Int32(1)..<4 { try append(rig, partition, Int(partition)) }
        #expect((0..<4).map { end(rig, $0) } == [3, 1, 2, 3])
        #expect(rig.storage.log(of: TopicPartition(topic: "t", partition: 3))?.configuration.segmentBytes == 4096)
        try rig.reopen()
        #expect((0..<4).map { end(rig, $0) } == [3, 1, 2, 3])
        // Half of them each.
        #expect(["d", "e"].map { d in rig.disk.allDirectories().filter { $0.hasPrefix("\(d)/t-") }.count } == [2, 2])
        try rig.storage.deleteTopic(named: "t")
        #expect(!rig.disk.allDirectories().contains { $0.contains("/t-") })
    }

    @Test(arguments: [SimulatedFileSystem.Reboot.kill, .powerLoss]) func `growth is whole or not there, at every crash point`(
        how: SimulatedFileSystem.Reboot
    ) throws {
        for n in 1... {
            let rig = try Rig(directories: ["d", "e"])
            try append(rig, 0, 2)
            if how == .powerLoss { try rig.reopen() }
            rig.disk.plan(.crash(torn: n % 9), at: n)
            let grown = try? rig.storage.addPartitions(toTopic: "t", count: 4)
            let survived = !rig.disk.isCrashed
            try rig.crash(how)
            let count = try #require(rig.storage.topic(named: "t")).partitionCount
            #expect(count == 4 || count == 1 && grown == nil, "n = \(n)")
            #expect(rig.disk.allDirectories().filter { $0.contains("/t-") }.count == Int(count), "n = \(n)")
            #expect(end(rig, 0) == 2)
            if count == 1 { _ = try rig.storage.addPartitions(toTopic: "t", count: 4) }
            try append(rig, 3, 1)
            try rig.reopen()
            #expect(end(rig, 3) == 1 && end(rig, 0) == 2)
            if survived { return }
        }
    }

    @Test(arguments: [SimulatedFileSystem.Reboot.kill, .powerLoss]) func `changed settings are the old or the new ones, at every crash point`(
        how: SimulatedFileSystem.Reboot
    ) throws {
        let (old, new) = (["retention.ms": "1000", "segment.bytes": "4096"], ["retention.ms": "2000", "cleanup.policy": "compact"])
        for n in 1... {
            let rig = try Rig(old, directories: ["d", "e"])
            try rig.storage.setSettings(["a": "1"], of: "broker", named: "")
            rig.disk.plan(.crash(torn: n % 9), at: n)
            let topic = try? rig.storage.setOverrides(new, ofTopic: "t")
            let broker: Void? = try? rig.storage.setSettings(["b": "2"], of: "broker", named: "1")
            let survived = !rig.disk.isCrashed
            try rig.crash(how)
            let overrides = try #require(rig.storage.topic(named: "t")).overrides
            #expect(overrides == new || overrides == old && topic == nil, "n = \(n)")
            #expect(rig.log.configuration.retentionMilliseconds == (overrides == new ? 2000 : 1000))
            let settings = rig.storage.settings(of: "broker")
            #expect(settings[""] == ["a": "1"])
            #expect(settings["1"] == ["b": "2"] || settings["1"] == nil && broker == nil, "n = \(n)")
            if survived { return }
        }
    }

    @Test func `settings that are none are refused and change nothing`() throws {
        let rig = try Rig(["retention.ms": "1000"])
        #expect(throws: StorageError.unknownTopic("no")) { try rig.storage.setOverrides([:], ofTopic: "no") }
        #expect(throws: StorageError.self) { try rig.storage.setOverrides(["retention.ms": "5", "segment.bites": "1"], ofTopic: "t") }
        #expect(throws: StorageError.self) { try rig.storage.setOverrides(["retention.ms": "soon"], ofTopic: "t") }
        #expect(rig.storage.topic(named: "t")?.overrides == ["retention.ms": "1000"])
        try rig.storage.setSettings(["a": "1"], of: "broker", named: "1")
        try rig.storage.setSettings([:], of: "broker", named: "1")
        #expect(rig.storage.settings(of: "broker").isEmpty)
    }

    @Test func `names that differ in dots and underscores only collide`() throws {
        let rig = try Rig()
        _ = try rig.storage.createTopic(named: "a.b_c", partitionCount: 1)
        for name in ["a.b.c", "a_b_c", "a_b.c"] {
            #expect(throws: StorageError.invalidTopicName(name, why: "it collides with topic a.b_c: names of metrics can't tell '.' from '_'")) {
                try rig.storage.createTopic(named: name, partitionCount: 1)
            }
            #expect(throws: StorageError.self) { try rig.storage.validateTopic(named: name, partitionCount: 1) }
        }
        #expect(throws: StorageError.topicExists("a.b_c")) { try rig.storage.createTopic(named: "a.b_c", partitionCount: 1) }
        for name in ["a-b-c", "a.b_c_", "a.b", "abc"] { _ = try rig.storage.createTopic(named: name, partitionCount: 1) }
    }
}
