// Starts on several data directories of which some can't be used: what is left of the node, and what comes back.
import Bytes
import Glibc
import Host
@testable import StorageEngine
import Testing
import Vocabulary

/// Two data directories, "d" and "e", and the topic "two" with a partition of two records in each.
final class TwoDirectories {
    let rig: Rig
    /// The partition in "d" and the one in "e".
    let inD: TopicPartition
    let inE: TopicPartition

    init() throws {
        rig = try Rig(directories: ["d", "e"], creates: false)
        _ = try rig.storage.createTopic(named: "two", partitionCount: 2, overrides: ["flush.messages": "1"])
        let storage = rig.storage!
        let partitions = (0..<2).map { TopicPartition(topic: "two", partition: Int32($0)) }
        inD = partitions.first { storage.log(of: $0)!.dataDirectory.path == "d" }!
        inE = partitions.first { storage.log(of: $0)!.dataDirectory.path == "e" }!
        for partition in partitions { try append(2, to: partition) }
    }

    var storage: Storage { rig.storage }
    func log(_ partition: TopicPartition) throws -> PartitionLog { try #require(storage.log(of: partition)) }

    func append(_ count: Int, to partition: TopicPartition) throws {
        let log = try log(partition)
        _ = try log.stage(rig.buffers.hold(batch(count)))
        _ = try log.writeStaged()
    }

    /// Ends the process and starts another one on the disk as `change` makes it.
    func restart(clean: Bool = false, _ change: (SimulatedFileSystem) -> Void = { _ in }) throws {
        if clean { try rig.close() } else { rig.storage.abandon() }
        rig.disk.reboot(.kill)
        change(rig.disk)
        try rig.open()
    }

    /// A start without one of them.
    func restart(without directory: String) throws {
        try restart { $0.broken = (directory, EIO, true) }
    }

    var diskDirectories: [String] { rig.disk.allDirectories().filter { $0.contains("/") } }

    /// "d" is out of service, its partition says so, "e" goes on and nothing of "d" was made up on it.
    func expectWithoutD(_ context: String) throws {
        #expect(storage.deadDirectories.map(\.path) == ["d"], "\(context)")
        #expect(storage.warnings.contains { $0.hasPrefix("data directory d is out of service with its 1 partitions") }, "\(context): \(storage.warnings)")
        let dead = try log(inD)
        for _ in 0..<2 {
            #expect(throws: StorageError.self, "\(context)") { try dead.stage(rig.buffers.hold(batch(1))) }
            #expect(throws: StorageError.self, "\(context)") { try dead.read(from: 0, maxBytes: 1000, atLeastOneBatch: true) }
            #expect(throws: StorageError.self, "\(context)") { try dead.offset(forTimestamp: 0) }
            #expect(throws: StorageError.self, "\(context)") { try dead.offsetOfMaxTimestamp() }
            #expect(throws: StorageError.self, "\(context)") { try dead.deleteRecords(before: 0) { _ in } }
        }
        #expect(dead.outage != nil && dead.outage == storage.deadDirectories.first?.why, "\(context)")
        #expect(storage.offlinePartitions(of: try #require(storage.topic(named: "two"))) == [inD.partition], "\(context)")
        let end = try log(inE).logEndOffset
        try append(1, to: inE)
        #expect(try log(inE).logEndOffset == end + 1, "\(context)")
        #expect(!rig.disk.allDirectories().contains("e/\(inD)"), "\(context)")
    }
}

@Suite struct DeadStartTests {
    typealias Ruin = @Sendable (SimulatedFileSystem) -> Void
    private static let ruins: [(name: String, isThereAfterwards: Bool, ruin: Ruin)] = [
        ("it does not answer", true, { $0.broken = ("d", EIO, true) }),
        ("its device is gone", true, { $0.broken = ("d", ENODEV, true) }),
        ("nobody may read it", true, { $0.broken = ("d", EACCES, true) }),
        ("it is read-only", true, { $0.broken = ("d", EROFS, false) }),
        ("it is full", true, { $0.broken = ("d", ENOSPC, false) }),
        ("it vanished, and its mount point is empty", false, { $0.removeDirectoryTree("d") }),
        ("one of its logs vanished", false, { disk in
            for name in disk.allDirectories() where name.hasPrefix("d/two-") { disk.removeDirectoryTree(name) }
        }),
    ]

    @Test(arguments: 0..<ruins.count, [true, false]) func `a start takes the living directories and names the dead one`(
        number: Int, clean: Bool
    ) throws {
        let (name, isThereAfterwards, ruin) = Self.ruins[number]
        let two = try TwoDirectories()
        try two.restart(clean: clean, ruin)
        try two.expectWithoutD(name)
        let made = try two.storage.createTopic(named: "new", partitionCount: 2)
        for partition in 0..<made.partitionCount {
            #expect(try two.log(TopicPartition(topic: "new", partition: partition)).dataDirectory.path == "e")
        }
        // Still without it, and then with it again.
        try two.restart(clean: clean) { if isThereAfterwards { ruin($0) } }
        try two.expectWithoutD("\(name), again")
        guard isThereAfterwards else { return }
        try two.restart(clean: clean)
        #expect(two.storage.deadDirectories.isEmpty && two.storage.offlinePartitions(of: made).isEmpty)
        #expect(try two.log(two.inD).logEndOffset == 2 && two.log(two.inE).logEndOffset == 4, "\(name)")
        try two.append(1, to: two.inD)
        #expect(Set(two.storage.topics().map(\.name)) == ["new", "two"])
    }

    @Test(arguments: [EIO, ENOSPC]) func `whatever call of a start fails, one directory is left and has all it had`(errno: Int32) throws {
        var deaths: [String: Int] = [:]
        for n in 1... {
            let two = try TwoDirectories()
            two.rig.storage.abandon()
            two.rig.disk.reboot(.kill)
            two.rig.disk.plan(.fails(errno), at: n)
            try two.rig.open()
            guard two.rig.disk.isFaultMet else { break }
            let dead = two.storage.deadDirectories.map(\.path)
            #expect(dead.count <= 1, "n = \(n)")
            for path in dead { deaths[path, default: 0] += 1 }
            for partition in [two.inD, two.inE] {
                let log = try two.log(partition)
                if dead.contains(log.dataDirectory.path) {
                    #expect(log.outage != nil && log.segments.isEmpty, "n = \(n)")
                } else {
                    #expect(log.logEndOffset == 2 && log.fault == nil, "n = \(n)")
                }
            }
            try two.restart()
            #expect(two.storage.deadDirectories.isEmpty, "n = \(n)")
            for partition in [two.inD, two.inE] { #expect(try two.log(partition).logEndOffset == 2, "n = \(n)") }
        }
        #expect(deaths["d", default: 0] > 5 && deaths["e", default: 0] > 5, "\(deaths)")
    }

    @Test func `with every directory dead, or the only one, there is no start`() throws {
        let two = try TwoDirectories()
        #expect {
            try two.restart { $0.broken = ("", EIO, true) }
        } throws: { error in
            guard case .noDirectoryLeft(let dead)? = error as? StorageError else { return false }
            return dead.map(\.path) == ["d", "e"] && "\(error)".hasPrefix("no data directory is left: d: ")
        }
        try two.restart()
        #expect(try two.log(two.inD).logEndOffset == 2)
        let rig = try Rig()
        rig.disk.reboot(.kill)
        rig.disk.broken = ("d", EIO, true)
        #expect { try rig.open() } throws: { if case .io(let failure)? = $0 as? StorageError { failure.errno == EIO } else { false } }
    }

    @Test func `what an operator has to decide refuses the whole start, dead directories or not`() throws {
        let two = try TwoDirectories()
        two.rig.disk.broken = ("d", EIO, true)
        #expect(throws: StorageError.directoryLocked("e")) { try two.rig.open() }
        two.rig.storage.abandon()
        for (newer, dead) in [("e", "d"), ("d", "e"), ("d", "none")] {
            two.rig.disk.reboot(.kill)
            two.rig.disk.damage("\(newer)/catalogue") { $0[7] = 9 }
            two.rig.disk.broken = (dead, EIO, true)
            #expect(throws: StorageError.newerFormat(path: "\(newer)/catalogue", found: 9, supported: 3)) { try two.rig.open() }
            two.rig.disk.damage("\(newer)/catalogue") { $0[7] = UInt8(Catalogue.format) }
        }
        try two.restart()
        #expect(try two.log(two.inE).logEndOffset == 2)
    }

    @Test func `a directory that lacks the process something is not taken for dead`() throws {
        let two = try TwoDirectories()
        #expect(throws: StorageError.self) { try two.restart { $0.broken = ("d", EMFILE, false) } }
        try two.restart()
        #expect(two.storage.deadDirectories.isEmpty)
    }

    @Test func `no new cluster begins on an empty directory while the other can't be read`() throws {
        let disk = SimulatedFileSystem()
        let old = try Rig(directories: ["d"], disk: disk)
        let cluster = old.storage.clusterID
        try old.close()
        disk.broken = ("d", EIO, true)
        #expect {
            _ = try Rig(directories: ["d", "e"], disk: disk, creates: false)
        } throws: { error in
            if case .missingDirectory("d", _)? = error as? StorageError { true } else { false }
        }
        #expect(disk.bytes(of: "e/catalogue") == nil)
        disk.broken = nil
        #expect(try Rig(directories: ["d", "e"], disk: disk, creates: false).storage.clusterID == cluster)
    }

    @Test func `a directory that was never used and is dead costs nothing but itself`() throws {
        let disk = SimulatedFileSystem()
        let old = try Rig(directories: ["d"], disk: disk)
        try old.append(batch(3))
        try old.close()
        disk.broken = ("f", EIO, true)
        let rig = try Rig(directories: ["d", "f"], disk: disk, creates: false)
        #expect(rig.storage.deadDirectories.map(\.path) == ["f"])
        #expect(rig.log.logEndOffset == 3)
        _ = try rig.storage.createTopic(named: "u", partitionCount: 2)
        try rig.close()
        disk.broken = nil
        try rig.open()
        #expect(rig.storage.deadDirectories.isEmpty)
    }

    @Test func `a disk that was replaced by an empty one is used once nothing of the old one is wanted`() throws {
        let two = try TwoDirectories()
        try two.restart { $0.removeDirectoryTree("d") }
        try two.expectWithoutD("empty")
        try two.storage.deleteTopic(named: "two")
        try two.restart(clean: true)
        #expect(two.storage.deadDirectories.isEmpty)
        #expect(two.storage.store.catalogue.directories.count == 2 && two.storage.store.catalogue.deleted.isEmpty)
        _ = try two.storage.createTopic(named: "two", partitionCount: 2)
        #expect(Set(two.diskDirectories) == ["d/\(two.inD)", "e/\(two.inE)"] || Set(two.diskDirectories) == ["d/\(two.inE)", "e/\(two.inD)"])
        try two.restart()
        #expect(two.storage.topics().map(\.name) == ["two"])
    }

    // MARK: Copies of the catalogue

    @Test func `what a directory missed while it was dead it learns when it is back`() throws {
        let two = try TwoDirectories()
        two.rig.disk.broken = ("d", EIO, true)
        _ = try two.storage.createTopic(named: "ran", partitionCount: 1)
        try two.restart(without: "d")
        _ = try two.storage.createTopic(named: "started", partitionCount: 1)
        let producer = try two.storage.allocateProducerID()
        try two.restart()
        #expect(two.storage.topics().map(\.name) == ["ran", "started", "two"])
        #expect(try two.storage.allocateProducerID() > producer)
        // And then knows it by itself.
        try two.restart(without: "e")
        #expect(two.storage.topics().map(\.name) == ["ran", "started", "two"])
        #expect(try two.log(two.inD).logEndOffset == 2)
        try two.restart()
        #expect(two.storage.deadDirectories.isEmpty)
    }

    @Test func `directories that went on without each other are refused until one gives up its changes`() throws {
        let two = try TwoDirectories()
        try two.restart(without: "d")
        _ = try two.storage.createTopic(named: "on-e", partitionCount: 1)
        try two.restart(without: "e")
        #expect(two.storage.topic(named: "on-e") == nil)
        _ = try two.storage.createTopic(named: "on-d", partitionCount: 1)
        let given = try two.storage.allocateProducerID()
        for _ in 0..<2 {
            #expect {
                try two.restart()
            } throws: { error in
                if case .wrongDirectory(_, let why)? = error as? StorageError { why.contains("empty its file catalogue") } else { false }
            }
        }
        two.rig.disk.reboot(.kill)
        two.rig.disk.damage("d/catalogue") { $0 = [] }
        try two.rig.open()
        #expect(two.storage.topics().map(\.name) == ["on-e", "two"])
        #expect(try two.log(two.inD).logEndOffset == 2)
        #expect(try two.storage.allocateProducerID() > given)
        #expect(two.storage.warnings.contains { $0.hasPrefix("d/catalogue is damaged") })
    }

    @Test func `however often a directory dies and comes back, it is known`() throws {
        let two = try TwoDirectories()
        for round in 0..<12 {
            try two.restart(without: round % 3 == 2 ? "none" : "d")
            _ = try two.storage.createTopic(named: "round-\(round)", partitionCount: 1)
        }
        try two.restart()
        #expect(two.storage.topics().count == 13 && two.storage.deadDirectories.isEmpty)
        _ = try two.storage.createTopic(named: "last", partitionCount: 1)
        #expect(two.storage.store.catalogue.history.isEmpty)
        try two.restart()
        #expect(two.storage.topics().count == 14)
    }

    @Test func `the branches that a catalogue remembers are bounded, and what they forgot is refused`() throws {
        let two = try TwoDirectories()
        for _ in 0..<(StorageLimits.catalogueBranches + 2) { try two.restart(without: "d") }
        #expect(two.storage.store.catalogue.history.count == StorageLimits.catalogueBranches)
        #expect(throws: StorageError.self) { try two.restart() }
    }

    @Test func `a copy includes what it grew out of and nothing else`() {
        func copy(_ branch: UInt64, _ generation: Int64, _ history: [(UInt64, Int64)] = []) -> Catalogue {
            var catalogue = Catalogue(generation: generation, clusterID: "c", nodeID: 1, nextProducerID: 0, directories: [], topics: [:])
            (catalogue.branch, catalogue.history) = (branch, history.map { .init(id: $0.0, generation: $0.1) })
            return catalogue
        }
        let newest = copy(9, 20, [(0, 5), (7, 11)])
        for (branch, generation) in [(0, 1), (0, 5), (7, 11), (7, 2), (9, 20), (9, 12)] as [(UInt64, Int64)] {
            #expect(newest.includes(copy(branch, generation)), "\(branch) \(generation)")
        }
        for (branch, generation) in [(0, 6), (7, 12), (8, 1), (9, 21)] as [(UInt64, Int64)] {
            #expect(!newest.includes(copy(branch, generation)), "\(branch) \(generation)")
        }
    }

    @Test func `two directories with the same copy are refused`() throws {
        let two = try TwoDirectories()
        #expect {
            try two.restart { $0.put($0.bytes(of: "d/catalogue")!, at: "e/catalogue") }
        } throws: { error in
            if case .wrongDirectory("e", _)? = error as? StorageError { true } else { false }
        }
    }
}
