// Every setting of a topic, changed while its log is in use: what is different from then on.
import Glibc
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

extension Rig {
    /// Changes settings of "t" on a log that goes on.
    func change(_ overrides: [String: String]) throws {
        let topic = try storage.setOverrides(overrides, ofTopic: "t")
        log.reconfigure(topic.configuration)
    }

    fileprivate var segmentCount: Int { log.segments.count }
}

@Suite struct LiveSettingsTests {
    /// A setting, and a test that sees it change a log.
    struct Observation: CustomTestStringConvertible, Sendable {
        let key: String
        let body: @Sendable () throws -> Void
        var testDescription: String { key }

        init(_ key: String, _ body: @escaping @Sendable () throws -> Void) { (self.key, self.body) = (key, body) }
    }

    static let all: [Observation] = [
        Observation("cleanup.policy") {
            let rig = try Rig()
            try rig.append(batch(1))
            try rig.change(["cleanup.policy": "compact"])
            #expect(throws: StorageError.record(.keyless(0))) { try rig.stage(batch(1)) }
            try rig.change(["cleanup.policy": "delete"])
            try rig.append(batch(1))
            #expect(rig.log.logEndOffset == 2)
        },
        Observation("compression.type") {
            let rig = try Rig()
            let plain = batch(3, valueBytes: 100)
            func demanded() -> CompressionCodec? { plain.withUnsafeBytes { rig.log.demandedCodec(of: $0) } }
            #expect(demanded() == nil)
            try rig.change(["compression.type": "zstd"])
            #expect(demanded() == .zstd)
            try rig.change(["compression.type": "uncompressed"])
            #expect(demanded() == nil)
        },
        Observation("delete.retention.ms") {
            // A tombstone goes with the second pass that comes behind its time.
            for (milliseconds, left) in [("1000000", 1), ("0", 0)] {
                let clock = TestClock()
                let rig = try compacted(clock)
                try rig.change(compactedOverrides.merging(["delete.retention.ms": milliseconds]) { $1 })
                for round in 0..<2 {
                    try rig.append(batch([KeyedRecord("filler", "\(round)", at: clock.now)]))
                    try rig.append(batch([KeyedRecord("other", String(repeating: "x", count: 900), at: clock.now)]))
                    clock.advance(100)
                    #expect(rig.storage.compactOnce().count == 1)
                }
                let tombstones = try rig.readRecords().filter { $0.record.key == "gone" }
                #expect(tombstones.count == left, "delete.retention.ms=\(milliseconds)")
            }
        },
        Observation("file.delete.delay.ms") {
            // Threads of its own: only there does time pass.
            let path = ".build/live-settings-\(UInt64.random(in: 0 ... .max))"
            defer { try? DiskFileSystem.shared.removeTree(path) }
            var configuration = StorageConfiguration()
            configuration.minimumFreeBytes = 0
            let storage = try Storage.open(directories: [path], configuration: configuration)
            defer { try? storage.close() }
            let limits = ["segment.bytes": "1024", "retention.bytes": "0"]
            _ = try storage.createTopic(named: "t", partitionCount: 1, overrides: limits)
            let log = try #require(storage.log(of: TopicPartition(topic: "t", partition: 0)))
            let topic = try storage.setOverrides(limits.merging(["file.delete.delay.ms": "1"]) { $1 }, ofTopic: "t")
            log.reconfigure(topic.configuration)
            let buffers = Buffers()
            for _ in 0..<3 { _ = try log.stage(buffers.hold(batch(1, valueBytes: 600))) }
            _ = try log.writeStaged()
            #expect(try log.enforceRetention(now: WallClock.milliseconds()).segments == 3)
            // A minute by default.
            let deadline = MonotonicClock.now() + 20_000_000_000
            func isLeft() throws -> Bool {
                let names = try DiskFileSystem.shared.list("\(path)/t-0")
                return names.contains { $0.hasPrefix("00000000000000000000.log") }
            }
            while try isLeft(), MonotonicClock.now() < deadline { usleep(10_000) }
            #expect(try !isLeft())
        },
        Observation("flush.messages") {
            let rig = try Rig()
            rig.handleFlushes()
            try rig.append(batch(2))
            try rig.change(["flush.messages": "1"])
            #expect(rig.log.acksWaitForFlush && rig.log.highWatermark == 2)
            _ = try rig.stage(batch(1))
            _ = try rig.log.writeStaged()
            #expect(rig.log.highWatermark == 2)
            // Nobody waits for the disk any more: what is written is visible.
            try rig.change([:])
            #expect(rig.log.highWatermark == 3)
            try rig.change(["flush.messages": "1"])
            try rig.append(batch(1))
            #expect(rig.log.highWatermark == 4)
            try rig.change(["flush.messages": "3"])
            try rig.append(batch(2))
            #expect(rig.log.durability.recoveryPoint == 4)
            try rig.append(batch(1))
            #expect(rig.log.durability.recoveryPoint == 7)
        },
        Observation("flush.ms") {
            let rig = try Rig()
            try rig.append(batch(1))
            rig.storage.directories[0].flusher.drain()
            #expect(rig.log.durability.recoveryPoint == 0)
            try rig.change(["flush.ms": "3600000"])
            try rig.append(batch(1))
            #expect(rig.log.durability.recoveryPoint == 0)
            // A flush that waits for its hour does not hold back one that is due.
            try rig.change(["flush.ms": "3600000", "flush.messages": "1"])
            try rig.append(batch(1))
            #expect(rig.log.durability.recoveryPoint == 3)
            try rig.change(["flush.ms": "20"])
            try rig.append(batch(1))
            rig.storage.directories[0].flusher.drain()
            #expect(rig.log.durability.recoveryPoint == 4)
            try rig.change(["flush.ms": "0"])
            #expect(rig.log.acksWaitForFlush)
        },
        Observation("index.interval.bytes") {
            let rig = try Rig()
            for _ in 0..<4 { try rig.append(batch(1)) }
            #expect(rig.log.segments[0].offsetIndex.count == 0)
            try rig.change(["index.interval.bytes": "0"])
            for _ in 0..<4 { try rig.append(batch(1)) }
            #expect(rig.log.segments[0].offsetIndex.count == 4)
        },
        Observation("max.compaction.lag.ms") {
            // A compacted topic's segment is sealed in time to be compacted.
            let rig = try Rig(["cleanup.policy": "compact"])
            try rig.append(batch([KeyedRecord("a", "1", at: 1000)]))
            try rig.append(batch([KeyedRecord("a", "2", at: 9000)]))
            #expect(rig.segmentCount == 1)
            try rig.change(["cleanup.policy": "compact", "max.compaction.lag.ms": "100"])
            try rig.append(batch([KeyedRecord("a", "3", at: 9001)]))
            #expect(rig.segmentCount == 2)
        },
        Observation("max.message.bytes") {
            let rig = try Rig()
            try rig.append(batch(1, valueBytes: 500))
            try rig.change(["max.message.bytes": "400"])
            #expect(throws: StorageError.self) { try rig.stage(batch(1, valueBytes: 500)) }
            try rig.append(batch(1))
            #expect(rig.log.logEndOffset == 2)
        },
        Observation("message.timestamp.after.max.ms") {
            let rig = try Rig()
            let future = WallClock.milliseconds() + 50_000_000
            #expect(throws: StorageError.self) { try rig.stage(batch(1, timestamp: future)) }
            try rig.change(["message.timestamp.after.max.ms": "100000000"])
            try rig.append(batch(1, timestamp: future))
            #expect(rig.log.logEndOffset == 1)
        },
        Observation("message.timestamp.before.max.ms") {
            let rig = try Rig()
            try rig.append(batch(1))
            try rig.change(["message.timestamp.before.max.ms": "3600000"])
            #expect(throws: StorageError.self) { try rig.stage(batch(1)) }
        },
        Observation("message.timestamp.type") {
            let rig = try Rig()
            #expect(try rig.stage(batch(1)).logAppendTimeMilliseconds == nil)
            try rig.change(["message.timestamp.type": "LogAppendTime"])
            #expect(try #require(rig.stage(batch(1)).logAppendTimeMilliseconds) > 1_000_000)
        },
        Observation("min.cleanable.dirty.ratio") {
            let clock = TestClock()
            let rig = try compacted(clock)
            try rig.change(compactedOverrides.merging(["min.cleanable.dirty.ratio": "1"]) { $1 })
            #expect(rig.storage.compactOnce().isEmpty)
            try rig.change(compactedOverrides)
            #expect(rig.storage.compactOnce().count == 1)
        },
        Observation("min.compaction.lag.ms") {
            let clock = TestClock()
            let rig = try compacted(clock)
            try rig.change(compactedOverrides.merging(["min.compaction.lag.ms": "3600000"]) { $1 })
            #expect(rig.storage.compactOnce().isEmpty)
            try rig.change(compactedOverrides)
            #expect(rig.storage.compactOnce().count == 1)
        },
        Observation("preallocate") {
            for (isOn, isAhead) in [("true", true), ("false", false)] {
                let rig = try Rig()
                try rig.change(["preallocate": isOn])
                for _ in 0..<5 { try rig.append(batch(1, valueBytes: 100_000)) }
                let size = try #require(rig.disk.bytes(of: rig.path(0, ".log"))).count
                #expect((size > Int(rig.log.sizeBytes)) == isAhead)
            }
        },
        Observation("retention.bytes") {
            let rig = try rolled()
            #expect(try rig.log.enforceRetention(now: 1000).segments == 0)
            try rig.change(["segment.bytes": "1024", "retention.bytes": "700"])
            #expect(try rig.log.enforceRetention(now: 1000).segments == 2)
        },
        Observation("retention.ms") {
            let rig = try rolled()
            #expect(try rig.log.enforceRetention(now: 5000).segments == 0)
            try rig.change(["segment.bytes": "1024", "retention.ms": "100"])
            #expect(try rig.log.enforceRetention(now: 5000).segments == 4)
            #expect(rig.log.logStartOffset == 4)
        },
        Observation("segment.bytes") {
            let rig = try Rig()
            for _ in 0..<2 { try rig.append(batch(1, valueBytes: 600)) }
            #expect(rig.segmentCount == 1)
            try rig.change(["segment.bytes": "1024"])
            for _ in 0..<2 { try rig.append(batch(1, valueBytes: 600)) }
            #expect(rig.segmentCount == 3)
            #expect(try rig.readAll().count == 4)
        },
        Observation("segment.index.bytes") {
            let rig = try Rig(["index.interval.bytes": "0"])
            for _ in 0..<20 { try rig.append(batch(1)) }
            #expect(rig.segmentCount == 1)
            try rig.change(["index.interval.bytes": "0", "segment.index.bytes": "64"])
            for _ in 0..<20 { try rig.append(batch(1)) }
            #expect(rig.segmentCount > 2)
            #expect(try rig.readAll().count == 40)
        },
        Observation("segment.ms") {
            let rig = try Rig()
            try rig.append(batch(1, timestamp: 1000))
            try rig.append(batch(1, timestamp: 9000))
            #expect(rig.segmentCount == 1)
            try rig.change(["segment.ms": "100"])
            try rig.append(batch(1, timestamp: 9001))
            #expect(rig.segmentCount == 2)
        },
    ]

    @Test func `every key that a topic may have is observed`() {
        #expect(Self.all.map(\.key) == LogConfiguration.topicKeys)
    }

    @Test(arguments: all)
    func `a change takes effect on a log in use`(observation: Observation) throws { try observation.body() }

    @Test func `the broker's own settings reach logs that override nothing`() throws {
        let rig = try Rig(["segment.bytes": "4096"])
        var defaults = LogConfiguration()
        defaults.segmentBytes = 2048
        defaults.maximumMessageBytes = 300
        let version = rig.storage.topicsVersion
        rig.storage.setDefaults(defaults)
        #expect(rig.storage.topicsVersion != version)
        let topic = try #require(rig.storage.topic(named: "t"))
        rig.log.reconfigure(topic.configuration)
        #expect(rig.log.configuration.segmentBytes == 4096)
        #expect(throws: StorageError.self) { try rig.stage(batch(1, valueBytes: 500)) }
        #expect(try rig.storage.createTopic(named: "u", partitionCount: 1).configuration.segmentBytes == 2048)
    }

    @Test func `a log that was compacted keeps its gaps when it no longer is`() throws {
        let clock = TestClock()
        let rig = try Self.compacted(clock)
        #expect(rig.storage.compactOnce().count == 1)
        let before = try rig.readRecords()
        try rig.change(["segment.bytes": "1024"])
        // Another log's pass writes the file that tells of gaps.
        let overrides = Self.compactedOverrides.filter { $0.key != "flush.messages" }
        let other = try rig.storage.createTopic(named: "u", partitionCount: 1, overrides: overrides)
        let log = try #require(rig.storage.log(of: TopicPartition(topic: other.name, partition: 0)))
        for _ in 0..<3 {
            _ = try log.stage(rig.buffers.hold(batch([KeyedRecord("k", String(repeating: "x", count: 900), at: clock.now)])))
            _ = try log.writeStaged()
        }
        rig.forceSealed()
        #expect(rig.storage.compactOnce().map(\.partition.topic) == ["u"])
        try rig.crash()
        #expect(try rig.readRecords() == before)
        #expect(rig.report.bytesDropped == 0)
    }

    @Test func `how a cleaner works changes with its next pass`() throws {
        let clock = TestClock()
        let rig = try Self.compacted(clock)
        var cleaner = CleanerConfiguration()
        cleaner.mapLimitBytes = 32
        rig.storage.setCleaner(cleaner)
        let narrow = try #require(rig.storage.compactOnce().first)
        #expect(narrow.isMapFull)
        cleaner = CleanerConfiguration()
        rig.storage.setCleaner(cleaner)
        #expect(rig.storage.compactOnce().first?.isMapFull == false)
    }

    // MARK: rigs

    static let compactedOverrides = ["cleanup.policy": "compact", "segment.bytes": "1024", "min.cleanable.dirty.ratio": "0", "flush.messages": "1"]

    /// A log with sealed segments that can be compacted, a tombstone of "gone" in them.
    static func compacted(_ clock: TestClock) throws -> Rig {
        let rig = try Rig(compactedOverrides, configure: { $0.now = { clock.now } })
        rig.handleFlushes()
        try rig.append(batch([KeyedRecord("gone", "1", at: clock.now), KeyedRecord("gone", nil, at: clock.now)]))
        for round in 0..<4 {
            try rig.append(batch([KeyedRecord("k\(round % 2)", String(repeating: "x", count: 900), at: clock.now)]))
        }
        return rig
    }

    /// Four segments of a record each.
    static func rolled() throws -> Rig {
        let rig = try Rig(["segment.bytes": "1024"])
        for _ in 0..<4 { try rig.append(batch(1, valueBytes: 600)) }
        return rig
    }
}
