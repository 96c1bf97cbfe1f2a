import Codecs
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct CompactionTests {
    @Test(arguments: UInt64(1)...12)
    func `of every key the newest record stays where it was, whatever came before`(seed: UInt64) throws {
        var generator = SplitMix(seed)
        let codecs: [Codec] = seed % 3 == 0 ? [.none, .gzip, .snappy, .lz4, .zstd] : [.none]
        let limit = seed % 2 == 0 ? 1 << 20 : 24 * 40
        let rig = try CompactionRig(mapLimitBytes: limit)
        for step in 0..<12 {
            try rig.appendRandom(Int.random(in: 5...40, using: &generator), keys: Int.random(in: 3...40, using: &generator), using: &generator, codecs: codecs)
            let end = rig.log.logEndOffset
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                rig.clock.advance(Int64.random(in: 0...700, using: &generator))
                let report = try rig.compact()
                #expect(report?.failure == nil, "seed \(seed)")
            }
            #expect(rig.log.logEndOffset == end)
            if step % 4 == 3 { try rig.reopen(step % 8 == 3 ? nil : .powerLoss) }
            try rig.check("seed \(seed), step \(step)")
        }
    }

    @Test func `a log without anything dirty is left alone, and one below the ratio too`() throws {
        let rig = try CompactionRig(["min.cleanable.dirty.ratio": "0.5"])
        var generator = SplitMix(1)
        #expect(try rig.compact() == nil)
        try rig.appendRandom(60, keys: 5, using: &generator)
        let first = try #require(try rig.compact())
        #expect(first.segmentsReplaced > 1 && first.bytesAfter < first.bytesBefore / 2)
        #expect(try rig.compact() == nil)
        // The clean part outweighs what is new.
        try rig.appendRandom(4, keys: 5, using: &generator)
        #expect(try rig.compact() == nil)
        try rig.appendRandom(60, keys: 5, using: &generator)
        #expect(try rig.compact()?.firstDirtyBefore == first.firstDirtyAfter)
        try rig.check()
    }

    @Test func `a map that is full takes several passes, each with fewer left`() throws {
        let rig = try CompactionRig(mapLimitBytes: 24 * 64)
        var generator = SplitMix(3)
        try rig.appendRandom(200, keys: 150, using: &generator)
        var passes: [CompactionReport] = []
        while let report = try rig.compact() {
            #expect(report.mapKeys <= 48 && report.mapBytes <= 24 * 64)
            #expect(report.firstDirtyAfter > report.firstDirtyBefore)
            passes.append(report)
            try rig.check("pass \(passes.count)")
        }
        #expect(passes.count > 4 && passes.dropLast().allSatisfy(\.isMapFull) && passes.last?.isMapFull == false)
    }

    @Test func `a batch of more keys than the map holds stops nothing`() throws {
        let rig = try CompactionRig(["segment.bytes": "4000"], mapLimitBytes: 24 * 8)
        for round in 0..<30 { try rig.append((0..<40).map { ("k\($0)", "\(round)") }) }
        var passes = 0
        while try rig.compact() != nil { passes += 1 }
        #expect(passes > 2)
        try rig.check(isComplete: false)
    }

    @Test func `a tombstone outlives its horizon to the millisecond, and takes its key along`() throws {
        let rig = try CompactionRig()
        try rig.append([("a", "1"), ("b", "1")])
        try rig.append([("a", nil)])
        try rig.append([("filler", String(repeating: "x", count: 1500 - 120))])
        try rig.append([("c", "1")])
        _ = try rig.compact()
        func keys() throws -> [String] { try rig.rig.readRecords().map { $0.record.key! } }
        #expect(try keys() == ["b", "a", "filler", "c"])
        rig.clock.advance(rig.deleteRetention - 1)
        try rig.append([("filler", String(repeating: "x", count: 1500 - 120))])
        try rig.append([("c", "2")])
        #expect(try rig.compact() != nil)
        #expect(try keys().contains("a"))
        rig.clock.advance(1)
        try rig.append([("filler", String(repeating: "x", count: 1500 - 120))])
        try rig.append([("c", "3")])
        #expect(try rig.compact() != nil)
        #expect(try !keys().contains("a"))
        try rig.check()
    }

    @Test func `records younger than the smallest lag stay dirty, and those older than the largest are due at any ratio`() throws {
        let young = try CompactionRig(["min.compaction.lag.ms": "100"])
        var generator = SplitMix(5)
        try young.appendRandom(10, keys: 3, using: &generator)
        young.clock.advance(10_000)
        let middle = young.log.logEndOffset
        try young.appendRandom(80, keys: 3, using: &generator)
        let report = try #require(try young.compact())
        let compacted = young.appended.filter { $0.offset < report.firstDirtyAfter }
        #expect(report.firstDirtyAfter > middle && report.firstDirtyAfter < young.log.segments.last!.baseOffset)
        #expect(compacted.allSatisfy { $0.record.timestamp <= young.clock.now - 100 })
        let old = try CompactionRig(["min.cleanable.dirty.ratio": "1", "max.compaction.lag.ms": "500"])
        try old.appendRandom(40, keys: 3, using: &generator)
        #expect(try old.compact() == nil)
        old.clock.advance(501)
        #expect(try old.compact() != nil)
        try old.check()
    }

    @Test func `the last batch of every producer stays, empty, so that a log without snapshots still knows it`() throws {
        let rig = try CompactionRig()
        for sequence in Int32(0)..<10 {
            for producer in ProducerID(7)..<10 {
                try rig.append([("k", "\(sequence)")], producer: producer, sequence: sequence)
            }
        }
        var generator = SplitMix(2)
        try rig.appendRandom(60, keys: 3, using: &generator)
        try rig.append([("k", "last")])
        #expect(try rig.compact() != nil)
        for path in rig.rig.disk.paths() where path.hasSuffix(".snapshot") { rig.rig.disk.remove(path) }
        try rig.reopen(.kill)
        let before = rig.log.logEndOffset
        for producer in ProducerID(7)..<10 {
            let staged = try rig.rig.stage(batch([KeyedRecord("k", "9")], producer: producer, epoch: 0, sequence: 9))
            #expect(staged.isDuplicate && staged.baseOffset == Offset(27 + producer - 7))
        }
        #expect(rig.log.logEndOffset == before)
        #expect(throws: StorageError.self) { try rig.rig.stage(batch([KeyedRecord("k", "9")], producer: 7, epoch: 0, sequence: 11)) }
    }

    @Test func `a reader of a replaced segment reads on what it was given`() throws {
        let rig = try CompactionRig()
        var generator = SplitMix(9)
        try rig.appendRandom(60, keys: 4, using: &generator)
        let slice = try #require(try rig.log.read(from: 0, maxBytes: 1 << 20, atLeastOneBatch: true))
        let before = try rig.rig.contents(of: slice)
        #expect(try rig.compact()?.segmentsReplaced ?? 0 > 1)
        #expect(try rig.rig.contents(of: slice) == before)
        #expect(try rig.log.read(from: 0, maxBytes: 1 << 20, atLeastOneBatch: true)?.file !== slice.file)
    }

    @Test func `the bytes of a sealed segment never change until compaction replaces the file`() throws {
        let rig = try CompactionRig()
        var generator = SplitMix(11)
        var sealed: [String: [UInt8]] = [:]
        for round in 0..<30 {
            try rig.appendRandom(6, keys: 8, using: &generator)
            for (path, bytes) in sealed { #expect(rig.rig.disk.bytes(of: path) == bytes, "round \(round): \(path)") }
            if round % 5 == 4 {
                _ = try rig.compact()
                sealed = [:]
            }
            for path in rig.rig.disk.paths().filter({ $0.hasSuffix(".log") }).dropLast() { sealed[path] = rig.rig.disk.bytes(of: path) }
        }
        #expect(!rig.rig.disk.paths().contains { $0.hasSuffix(".swap") || $0.hasSuffix(".cleaned") || $0.hasSuffix(".deleted") })
    }

    @Test func `times are found in a compacted log as a naive search finds them`() throws {
        let rig = try CompactionRig()
        var generator = SplitMix(13)
        for _ in 0..<4 {
            try rig.appendRandom(40, keys: 12, using: &generator)
            rig.clock.advance(400)
            _ = try rig.compact()
            let stored = try rig.rig.readRecords()
            for time in stride(from: Int64(1_000_000), through: rig.clock.now, by: 7) {
                let expected = stored.first { $0.record.timestamp >= time }
                #expect(try rig.log.offset(forTimestamp: time)?.offset == expected?.offset, "time \(time)")
            }
        }
    }

    @Test func `where the dirty part begins is remembered, but not for a topic made anew`() throws {
        let rig = try CompactionRig()
        var generator = SplitMix(17)
        try rig.appendRandom(60, keys: 4, using: &generator)
        let first = try #require(try rig.compact())
        try rig.reopen(nil)
        #expect(try rig.compact() == nil)
        let overrides = rig.rig.storage.topic(named: "t")!.overrides
        try rig.rig.storage.deleteTopic(named: "t")
        _ = try rig.rig.storage.createTopic(named: "t", partitionCount: 1, overrides: overrides)
        rig.rig.handleFlushes()
        for round in 0..<60 { try rig.rig.append(batch([KeyedRecord("k", "\(round) \(String(repeating: "y", count: 60))", at: rig.clock.now)])) }
        try rig.reopen(.kill)
        let again = try #require(rig.rig.storage.compactOnce().first)
        #expect(again.firstDirtyBefore == 0 && first.firstDirtyAfter > 0)
    }

    @Test func `a compacted log is in order for whoever checks its files`() throws {
        let rig = try CompactionRig()
        var generator = SplitMix(29)
        for _ in 0..<3 {
            try rig.appendRandom(40, keys: 12, using: &generator, codecs: everyCodec)
            rig.clock.advance(rig.deleteRetention)
            _ = try rig.compact()
        }
        try rig.rig.close()
        for path in ["d", "d/t-0"] {
            var found: [String] = []
            let summary = try LogInspection(path, fileSystem: rig.rig.disk).verify { found.append("\($0)") }
            #expect(summary.inconsistencies == 0, "\(path): \(found)")
        }
    }

    @Test func `a damaged segment is not copied, and its log is left alone`() throws {
        let rig = try CompactionRig()
        var generator = SplitMix(19)
        try rig.appendRandom(60, keys: 4, using: &generator)
        let path = rig.rig.path(0, ".log")
        rig.rig.disk.damage(path) { $0[100] ^= 1 }
        let report = try #require(try rig.compact())
        guard case .corrupt = report.failure else {
            Issue.record("\(report)")
            return
        }
        #expect(report.firstDirtyAfter == 0 && report.segmentsReplaced == 0)
        #expect(try rig.compact() == nil)
        rig.rig.disk.damage(path) { $0[100] ^= 1 }
        try rig.check()
    }

    @Test func `nothing is written to a disk that would be full`() throws {
        let rig = try CompactionRig()
        var generator = SplitMix(23)
        try rig.appendRandom(60, keys: 4, using: &generator)
        let before = rig.rig.disk.paths().filter { $0.contains("t-0/") }
        rig.rig.disk.freeSpace = 100
        #expect(try rig.compact()?.failure == .directoryFull("d/t-0", freeBytes: 100))
        #expect(rig.rig.disk.paths().filter { $0.contains("t-0/") } == before)
        rig.rig.disk.freeSpace = 1 << 40
        #expect(try rig.compact()?.failure == nil)
        try rig.check()
    }
}
