import Bytes
import Glibc
import Host
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct CatalogueTests {
    private func topic(_ number: Int) -> Catalogue.Topic {
        .init(
            name: "topic-\(number)", id: TopicID(high: 1, low: UInt64(number)),
            overrides: ["segment.bytes": "4096"], placement: number == 1 ? [0, 1, 0] : [Catalogue.nowhere, 1])
    }

    private var catalogue: Catalogue {
        Catalogue(
            generation: 9, clusterID: "c", nodeID: 4, nextProducerID: 2000,
            directories: [.init(id: TopicID(high: 5, low: 6), path: "d"), .init(id: TopicID(high: 7, low: 8), path: "e")],
            topics: ["topic-1": topic(1)], deleted: [topic(2), Catalogue.Topic(name: "topic-1", id: TopicID(high: 2, low: 1), overrides: [:], placement: [1])],
            branch: 12, history: [.init(id: 0, generation: 4), .init(id: 77, generation: 8)], documents: ["b": [], "a": [1, 0, 255]],
            settings: [.init(kind: "broker", name: ""): ["a": "1", "b": ""], .init(kind: "broker", name: "4"): ["a": "2"]])
    }

    @Test func `a copy reads back and knows its directory`() throws {
        let decoded = try Catalogue.decode(catalogue.encode(for: TopicID(high: 7, low: 8)), path: "p")
        #expect(decoded.catalogue == catalogue)
        #expect(decoded.directory == TopicID(high: 7, low: 8))
    }

    @Test func `a copy with any byte changed or missing is damaged, or newer where the format is`() {
        let good = catalogue.encode(for: TopicID(high: 5, low: 6))
        for index in good.indices {
            var bytes = good
            bytes[index] ^= 1
            #expect(throws: StorageError.self, "byte \(index)") { try Catalogue.decode(bytes, path: "p") }
            #expect(throws: StorageError.self, "cut at \(index)") { try Catalogue.decode(Array(good[..<index]), path: "p") }
        }
        // A count that can't be, under a right checksum.
        for number in [Int32(-1), .max] {
            var bytes = catalogue.encode(for: TopicID(high: 5, low: 6))
            // Behind the generation, the directory's id, the cluster's, the node's and the next producer id: the directories.
            let position = Catalogue.fixedBytes + 8 + 16 + 4 + 1 + 4 + 8
            for n in 0..<4 { bytes[position + n] = UInt8(truncatingIfNeeded: number >> Int32(24 - 8 * n)) }
            let crc = bytes.dropLast(4).withContiguousStorageIfAvailable { CRC32C.checksum(UnsafeRawBufferPointer($0)) }!
            for n in 0..<4 { bytes[bytes.count - 4 + n] = UInt8(truncatingIfNeeded: crc >> UInt32(24 - 8 * n)) }
            #expect(throws: StorageError.damagedCatalogue(path: "p", why: "it ends too early")) { try Catalogue.decode(bytes, path: "p") }
        }
        var newer = good
        newer[7] = 4
        #expect(throws: StorageError.newerFormat(path: "p", found: 4, supported: 3)) { try Catalogue.decode(newer, path: "p") }
    }

    @Test func `a copy of an older format is read, and says nothing of branches, documents or settings`() throws {
        var expected = catalogue
        (expected.documents, expected.settings) = ([:], [:])
        #expect(try older(expected, format: 2, without: 4 + 4) == expected)
        (expected.branch, expected.history) = (0, [])
        #expect(try older(expected, format: 1, without: 12 + 4 + 4) == expected)
    }

    /// A catalogue by way of a format that ends so many bytes earlier.
    private func older(_ catalogue: Catalogue, format: UInt8, without missing: Int) throws -> Catalogue {
        var bytes = catalogue.encode(for: TopicID(high: 5, low: 6)).dropLast(4 + missing)
        bytes[7] = format
        let length = Int32(bytes.count - Catalogue.fixedBytes)
        for n in 0..<4 { bytes[8 + n] = UInt8(truncatingIfNeeded: length >> Int32(24 - 8 * n)) }
        let crc = bytes.withContiguousStorageIfAvailable { CRC32C.checksum(UnsafeRawBufferPointer($0)) }!
        bytes += (0..<4).map { UInt8(truncatingIfNeeded: crc >> UInt32(24 - 8 * $0)) }
        return try Catalogue.decode(Array(bytes), path: "p").catalogue
    }

    @Test func `partition directories are told from everything else`() {
        #expect(PartitionNaming.parse("a-b-12") == TopicPartition(topic: "a-b", partition: 12))
        for name in ["a", "a-", "-1", "a-01", "a-+1", "a--1x", "a/b-1", ".lock", "catalogue", "\(TopicID.zero).3-delete"] {
            #expect(PartitionNaming.parse(name) == nil, "\(name)")
        }
        #expect(PartitionNaming.isDeleted(PartitionNaming.deletedName(.zero, 3)))
        #expect(SegmentNaming.parse(SegmentNaming.name(368_769, .timeIndex))?.base == 368_769)
        for name in ["1.log", "0000000000000000000a.log", "00000000000000000000.txt", ""] {
            #expect(SegmentNaming.parse(name) == nil, "\(name)")
        }
    }
}

@Suite struct StorageTests {
    @Test func `a directory in use is refused by name`() throws {
        let rig = try Rig()
        #expect(throws: StorageError.directoryLocked("d")) { try rig.open() }
        #expect("\(StorageError.directoryLocked("d"))".contains("in use by another broker (it holds d/.lock)"))
        try rig.close()
        try rig.open()
    }

    @Test func `a newer format is refused and nothing is touched`() throws {
        let rig = try Rig()
        try rig.append(batch(1))
        try rig.close()
        rig.disk.damage("d/catalogue") { $0[7] = 9 }
        let before = rig.disk.operations
        #expect(throws: StorageError.newerFormat(path: "d/catalogue", found: 9, supported: 3)) { try rig.open() }
        #expect(rig.disk.operations == before + 1)  // the parent's fsync
        rig.disk.damage("d/catalogue") { $0[7] = UInt8(Catalogue.format) }
        try rig.open()
        #expect(rig.log.logEndOffset == 1)
    }

    @Test func `a second broker on a real disk is refused and leaves the first alone`() throws {
        let path = ".build/storage-lock-\(UInt64.random(in: 0 ... .max))"
        defer { try? DiskFileSystem.shared.removeTree(path) }
        let first = try Storage.open(directories: [path], configuration: .init())
        #expect(throws: StorageError.directoryLocked(path)) { try Storage.open(directories: [path], configuration: .init()) }
        _ = try first.createTopic(named: "a", partitionCount: 1)
        try first.close()
        let second = try Storage.open(directories: [path], configuration: .init())
        #expect(second.topics().map(\.name) == ["a"])
        #expect(second.clusterID == first.clusterID)
        try second.close()
    }

    @Test func `new partitions go to the directory with the fewest`() throws {
        let rig = try Rig(directories: ["d", "e", "f"])
        _ = try rig.storage.createTopic(named: "u", partitionCount: 7)
        let counts = ["d", "e", "f"].map { directory in
            rig.disk.allDirectories().filter { $0.hasPrefix("\(directory)/") }.count
        }
        #expect(counts.sorted() == [2, 3, 3])
        try rig.reopen()
        #expect(rig.storage.topic(named: "u")?.partitionCount == 7)
    }

    @Test func `directories may be given in another order, and one more, but none may be missing`() throws {
        let disk = SimulatedFileSystem()
        let rig = try Rig(directories: ["d", "e"], disk: disk)
        _ = try rig.storage.createTopic(named: "u", partitionCount: 2)
        let cluster = rig.storage.clusterID
        try rig.close()
        let turned = try Rig(directories: ["f", "e", "d"], disk: disk, creates: false)
        #expect(turned.storage.clusterID == cluster)
        #expect(turned.storage.topics().count == 2)
        try turned.close()
        #expect(throws: StorageError.missingDirectory("e", why: "it holds partitions of topic u but is not among the data directories; add it")) {
            _ = try Rig(directories: ["d", "f"], disk: disk, creates: false)
        }
    }

    @Test func `directories of two clusters, of another node, or given twice are refused`() throws {
        let disk = SimulatedFileSystem()
        try Rig(directories: ["d"], disk: disk).close()
        try Rig(directories: ["e"], disk: disk).close()
        #expect(throws: StorageError.self) { _ = try Rig(directories: ["d", "e"], disk: disk, creates: false) }
        #expect(throws: StorageError.wrongDirectory(path: "d", why: "it is given twice")) {
            _ = try Rig(directories: ["d", "d"], disk: disk, creates: false)
        }
        var configuration = StorageConfiguration()
        configuration.nodeID = 2
        #expect(throws: StorageError.wrongDirectory(path: "d", why: "it belongs to node 1, not to node.id=2")) {
            _ = try Storage.open(directories: ["d"], configuration: configuration, fileSystem: disk)
        }
        configuration.nodeID = nil
        configuration.clusterID = "other"
        #expect(throws: StorageError.self) {
            _ = try Storage.open(directories: ["d"], configuration: configuration, fileSystem: disk)
        }
    }

    @Test func `a damaged copy is replaced by the other's and a lone one is refused`() throws {
        let disk = SimulatedFileSystem()
        let rig = try Rig(directories: ["d", "e"], disk: disk)
        try rig.append(batch(3))
        try rig.close()
        disk.damage("d/catalogue") { $0[20] ^= 1 }
        try rig.open()
        #expect(rig.storage.warnings.count == 1)
        #expect(rig.log.logEndOffset == 3)
        try rig.close()
        disk.damage("d/catalogue") { $0[20] ^= 1 }
        disk.damage("e/catalogue") { $0[20] ^= 1 }
        #expect(throws: StorageError.damagedCatalogue(path: "d/catalogue", why: "its checksum is wrong")) { try rig.open() }
    }

    @Test func `logs without a catalogue are refused, not adopted and not removed`() throws {
        let rig = try Rig()
        try rig.append(batch(1))
        try rig.close()
        rig.disk.remove("d/catalogue")
        #expect(throws: StorageError.self) { try rig.open() }
        #expect(rig.disk.bytes(of: rig.path(0, ".log")) != nil)
    }

    @Test func `a partition whose directory is gone is not made up`() throws {
        let rig = try Rig()
        try rig.close()
        #expect(rig.disk.removeDirectory("d/t-0") == 0)
        #expect(throws: StorageError.missingDirectory("d/t-0", why: "the catalogue has partition t-0 there; restore it or remove its topic")) {
            try rig.open()
        }
    }

    @Test(arguments: ["", ".", "..", "a b", "a/b", "ä", String(repeating: "x", count: 250)])
    func `a name that no directory should have is refused`(name: String) throws {
        let rig = try Rig()
        #expect(throws: StorageError.self) { try rig.storage.createTopic(named: name, partitionCount: 1) }
        #expect(rig.storage.topics().count == 1)
    }

    @Test func `wrong counts, wrong settings and names that exist are refused`() throws {
        let rig = try Rig()
        #expect(throws: StorageError.topicExists("t")) { try rig.storage.createTopic(named: "t", partitionCount: 1) }
        for count: Int32 in [0, -1, 10_001] {
            #expect(throws: StorageError.invalidPartitionCount(count)) { try rig.storage.createTopic(named: "u", partitionCount: count) }
        }
        for (key, value) in [("segment.bytes", "0"), ("segment.bytes", "x"), ("flush.messages", "0"), ("preallocate", "yes"), ("retention", "1")] {
            #expect(throws: StorageError.self, "\(key)=\(value)") {
                try rig.storage.createTopic(named: "u", partitionCount: 1, overrides: [key: value])
            }
        }
    }

    @Test func `settings read back as they were given`() throws {
        var configuration = try LogConfiguration().applying(["segment.bytes": "4096", "flush.ms": "20"])
        #expect(configuration.flushPolicy == .every(messages: .max, nanoseconds: 20_000_000))
        let entries = configuration.entries()
        #expect(entries.map(\.key) == LogConfiguration.topicKeys)
        #expect(entries.first { $0.key == "flush.ms" }?.value == "20")
        configuration = try LogConfiguration().applying(Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value) }))
        #expect(configuration.segmentBytes == 4096)
        #expect(try LogConfiguration().applying(["flush.messages": "1"]).flushPolicy == .everyAppend)
        #expect(try LogConfiguration().applying(["flush.ms": "0"]).flushPolicy == .everyAppend)
        let both = try LogConfiguration().applying(["flush.messages": "7", "flush.ms": "20"])
        #expect(both.flushPolicy == .every(messages: 7, nanoseconds: 20_000_000))
        // What the broker says is taken back by an override, too.
        #expect(try both.applying(["flush.messages": "\(Int64.max)", "flush.ms": "\(Int64.max)"]).flushPolicy == .none)
    }

    @Test func `a topic made again under the same name is another one, even for a log still in use`() throws {
        let rig = try Rig(["segment.bytes": "1024"])
        try rig.append(batch(1, valueBytes: 600))
        let old = rig.log
        let oldID = old.topicID
        try rig.storage.deleteTopic(named: "t")
        #expect(rig.storage.topic(named: "t") == nil)
        #expect(throws: StorageError.unknownTopic("t")) { try rig.storage.deleteTopic(named: "t") }
        _ = try rig.storage.createTopic(named: "t", partitionCount: 1)
        #expect(throws: StorageError.deleted) { try old.stage(rig.buffers.hold(batch(1, valueBytes: 600))) }
        #expect(rig.log.topicID != oldID)
        #expect(rig.log.logEndOffset == 0)
        #expect(!rig.disk.paths().contains { $0.hasSuffix(".log") })
        try rig.append(batch(2))
        try rig.reopen()
        #expect(rig.log.logEndOffset == 2)
    }

    @Test func `what is staged when the topic goes is not written`() throws {
        let rig = try Rig()
        _ = try rig.stage(batch(1))
        let log = rig.log
        try rig.storage.deleteTopic(named: "t")
        #expect(throws: StorageError.deleted) { try log.writeStaged() }
        #expect(log.stagedCount == 0)
    }

    @Test(arguments: [SimulatedFileSystem.Reboot.kill, .powerLoss]) func `a creation is whole or not there, at every crash point`(
        how: SimulatedFileSystem.Reboot
    ) throws {
        for n in 1... {
            let rig = try Rig(directories: ["d", "e"])
            try rig.append(batch(2))
            if how == .powerLoss { try rig.reopen() }
            rig.disk.plan(.crash(torn: n % 9), at: n)
            let made = try? rig.storage.createTopic(named: "u", partitionCount: 4)
            let survived = !rig.disk.isCrashed
            try rig.crash(how)
            let topics = rig.storage.topics()
            if made != nil { #expect(topics.count == 2, "n = \(n)") }
            #expect(rig.log.logEndOffset == 2)
            let directories = rig.disk.allDirectories().filter { $0.contains("/u-") }
            #expect(directories.count == (topics.count == 2 ? 4 : 0), "n = \(n)")
            if topics.count == 1 { _ = try rig.storage.createTopic(named: "u", partitionCount: 4) }
            try rig.reopen()
            #expect(rig.storage.topics().count == 2)
            if survived { return }
        }
    }

    @Test(arguments: [SimulatedFileSystem.Reboot.kill, .powerLoss]) func `a deletion is whole or not there, at every crash point`(
        how: SimulatedFileSystem.Reboot
    ) throws {
        for n in 1... {
            let rig = try Rig(directories: ["d", "e"])
            _ = try rig.storage.createTopic(named: "u", partitionCount: 4)
            let log = try #require(rig.storage.log(of: TopicPartition(topic: "u", partition: 1)))
            _ = try log.stage(rig.buffers.hold(batch(2)))
            _ = try log.writeStaged()
            try rig.reopen()
            rig.disk.plan(.crash(torn: n % 9), at: n)
            let deleted: Void? = try? rig.storage.deleteTopic(named: "u")
            let survived = !rig.disk.isCrashed
            try rig.crash(how)
            if deleted != nil { #expect(rig.storage.topic(named: "u") == nil, "n = \(n)") }
            if rig.storage.topic(named: "u") == nil {
                #expect(!rig.disk.allDirectories().contains { $0.contains("/u-") || $0.hasSuffix("-delete") }, "n = \(n)")
                _ = try rig.storage.createTopic(named: "u", partitionCount: 1)
            } else {
                #expect(rig.storage.log(of: TopicPartition(topic: "u", partition: 1))?.logEndOffset == 2, "n = \(n)")
            }
            try rig.reopen()
            if survived { return }
        }
    }
}
