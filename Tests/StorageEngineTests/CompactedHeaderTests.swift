import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// What compaction makes of headers that changed on the disk.
@Suite struct CompactedHeaderTests {
    @Test func `a base offset that changed is not sealed anew by a compaction`() throws {
        let rig = try CompactionRig(["segment.bytes": "1024", "segment.ms": "4"])
        for key in ["a", "b", "a", "c", "a", "b", "a", "d", "a"] {
            rig.clock.advance(1)
            try rig.append([(key, "v")])
        }
        rig.clock.advance(10)
        try rig.append([("z", "v")])
        while try rig.compact() != nil {}
        let log = rig.rig
        let good = try #require(log.disk.bytes(of: log.path(0, ".log")))
        log.changeHeader(0, batch: 0) { $0.assign(baseOffset: 0, leaderEpoch: 0) }
        let changed = try #require(log.disk.bytes(of: log.path(0, ".log")))
        #expect(changed != good)
        // Newer records of the same keys, so that the segment is to be copied again.
        for key in ["b", "c", "z", "y"] {
            rig.clock.advance(10)
            try rig.append([(key, "w")])
        }
        let failure = try #require(try rig.compact()?.failure)
        guard case .corrupt(_, _, .checksum) = failure else { return #expect(Bool(false), "\(failure)") }
        #expect(log.disk.bytes(of: log.path(0, ".log")) == changed)
    }
}
