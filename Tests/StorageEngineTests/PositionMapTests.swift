import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// Lookups with an index in memory answer what lookups without one do. One at a time: the maps' bound is the process's.
@Suite(.serialized) struct PositionMapTests {
    /// Where every batch starts, by the bytes on disk.
    private func starts(_ rig: Rig, _ segments: [Offset]) throws -> [(base: Offset, next: Offset, segment: Offset, position: Int64)] {
        try segments.flatMap { base in
            let bytes = try #require(rig.disk.bytes(of: rig.path(base, ".log")))
            var position: Int64 = 0
            var found: [(Offset, Offset, Offset, Int64)] = []
            try forEachBatch(in: bytes) { batch in
                found.append((batch.baseOffset, batch.nextOffset, base, position))
                position += Int64(batch.size)
            }
            return found
        }
    }

    private func check(_ rig: Rig, seed: UInt64, lookups: Int) throws {
        let bases = rig.log.segments.map(\.baseOffset)
        let batches = try starts(rig, bases)
        var generator = SplitMix(seed)
        for _ in 0..<lookups {
            let offset = Offset.random(in: 0..<rig.log.logEndOffset, using: &generator)
            let batch = try #require(batches.first { $0.next > offset })
            let slice = try #require(try rig.log.read(from: offset, maxBytes: .max, atLeastOneBatch: true))
            #expect(slice.position == batch.position && slice.file.path.hasSuffix(rig.path(batch.segment, ".log")), "seed \(seed), offset \(offset)")
        }
    }

    @Test(arguments: [0, 700, 4096], [UInt64(1), 2, 3])
    func `a random lookup finds the batch, whatever the batches' sizes and the index interval are`(interval: Int, seed: UInt64) throws {
        let rig = try Rig(["segment.bytes": "6000", "index.interval.bytes": "\(interval)"])
        var generator = SplitMix(seed)
        func append(_ count: Int) throws {
            for _ in 0..<count {
                let records = Int.random(in: 1...4, using: &generator)
                try rig.append(batch(records, valueBytes: Int.random(in: 1...300, using: &generator)))
            }
        }
        try append(60)
        try check(rig, seed: seed, lookups: 300)
        #expect(rig.log.segments.contains { $0.isReadAtManyPlaces })
        // The active segment's map grows with it, and the next ones have their own.
        try append(60)
        try check(rig, seed: seed + 10, lookups: 300)
        try rig.reopen()
        #expect(!rig.log.segments.contains { $0.isReadAtManyPlaces })
        try check(rig, seed: seed + 20, lookups: 300)
    }

    @Test func `once every batch was looked up, no lookup reads`() throws {
        let rig = try Rig(["segment.bytes": "\(10 * batch(2, valueBytes: 300).count)", "index.interval.bytes": "0"])
        for _ in 0..<95 { try rig.append(batch(2, valueBytes: 300)) }
        try rig.reopen()
        func lookUpAll() throws {
            for offset in 0..<rig.log.logEndOffset { _ = try rig.log.read(from: offset, maxBytes: .max, atLeastOneBatch: true) }
        }
        try lookUpAll()
        try lookUpAll()
        let reads = rig.disk.reads
        try lookUpAll()
        #expect(rig.disk.reads == reads)
    }

    @Test func `maps are bounded in bytes, and one that finds no room is none`() {
        var maps: [PositionMap] = []
        let entries = (StorageLimits.positionMapBytes / 9) / 4
        while let map = PositionMap(entries: entries, firstBatchLastOffset: 0) { maps.append(map) }
        #expect(maps.count <= 4)
        let one = maps.removeLast()
        var added = 0
        while one.append(.init(key: Int64(added + 1), value: Int32(added + 1)), follows: true), added < StorageLimits.positionMapBytes { added += 1 }
        #expect(added < StorageLimits.positionMapBytes)
    }
}
