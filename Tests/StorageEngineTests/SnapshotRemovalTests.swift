import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// Which producer snapshots there are once compaction merged segments and starts came and went.
@Suite struct SnapshotRemovalTests {
    private func snapshots(_ rig: CompactionRig) -> [Offset] {
        rig.rig.disk.paths().compactMap { path -> Offset? in
            let parsed = path.split(separator: "/").last.flatMap { SegmentNaming.parse(String($0)) }
            return parsed.flatMap { $0.kind == .snapshot ? $0.base : nil }
        }.sorted()
    }

    /// Twelve segments of one key in turn of two, from one producer.
    private func rig() throws -> CompactionRig {
        let rig = try CompactionRig(["segment.bytes": "1500"])
        for n in 0..<24 {
            try rig.append([("key-\(n % 2)", String(repeating: "x", count: 600))], producer: 7, sequence: Int32(n))
        }
        return rig
    }

    private func findings(_ rig: CompactionRig) throws -> Int {
        try LogInspection("d", fileSystem: rig.rig.disk).verify { _ in }.inconsistencies
    }

    @Test func `segments that were merged keep the snapshots at both ends only`() throws {
        let rig = try rig()
        #expect(snapshots(rig).count == 11)
        while try rig.compact() != nil {}
        // What the first pass emptied is merged by the next one.
        try rig.append([("key-0", String(repeating: "x", count: 600))], producer: 7, sequence: 24)
        try rig.append([("key-1", String(repeating: "x", count: 600))], producer: 7, sequence: 25)
        while try rig.compact() != nil {}
        let bases = rig.log.segments.map(\.baseOffset)
        #expect(bases.count < 8 && snapshots(rig).allSatisfy(bases.contains), "\(snapshots(rig)), segments \(bases)")
        #expect(snapshots(rig).last == bases.last)
        #expect(rig.rig.disk.paths().allSatisfy { !$0.hasSuffix(".deleted") })
        try rig.reopen(.kill)
        #expect(try findings(rig) == 0)
        // The producer is known, whichever snapshots are left.
        for path in rig.rig.disk.paths() where path.hasSuffix(".snapshot") && path != rig.rig.path(bases[1], ".snapshot") {
            rig.rig.disk.remove(path)
        }
        try rig.reopen(.kill)
        #expect(try rig.rig.stage(batch([KeyedRecord("key-1", "x", at: rig.clock.now)], producer: 7, epoch: 0, sequence: 25)).isDuplicate)
    }

    @Test func `a merge that has no later snapshot keeps those it has`() throws {
        let rig = try rig()
        for _ in 0..<2 {
            for base in snapshots(rig).dropFirst(3) { rig.rig.disk.remove(rig.rig.path(base, ".snapshot")) }
            while try rig.compact() != nil {}
            try rig.append([("key-0", String(repeating: "x", count: 1200))])
            try rig.append([("key-1", String(repeating: "x", count: 1200))])
        }
        #expect(snapshots(rig).prefix(3).count == 3)
        try rig.check()
    }

    @Test func `snapshots that closes left go with the next start that has a newer one`() throws {
        let rig = try rig()
        let before = snapshots(rig).count
        for n in 0..<5 {
            try rig.append([("key-0", "\(n)")], producer: 7, sequence: Int32(24 + n))
            try rig.reopen(nil)
        }
        #expect(snapshots(rig).count <= before + 2, "\(snapshots(rig))")
        #expect(snapshots(rig).last == rig.log.logEndOffset && rig.rig.report.batchesReplayed == 0)
        #expect(try rig.rig.stage(batch([KeyedRecord("key-0", "4", at: rig.clock.now)], producer: 7, epoch: 0, sequence: 28)).isDuplicate)
    }
}
