// Compactions that meet one fault each: at the first operation, the second, the third … until the run survives.
import Glibc
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct CompactionFaultTests {
    /// A log of many small segments of few keys, of which the first are compacted already: the next pass has groups of
    /// one and of several segments to replace.
    private func rig(_ seed: UInt64) throws -> CompactionRig {
        let rig = try CompactionRig(["segment.bytes": "1300"], mapLimitBytes: 24 * 60, isInterrupted: true)
        var generator = SplitMix(seed)
        try rig.appendRandom(18, keys: 25, using: &generator)
        _ = try rig.compact()
        rig.clock.advance(rig.deleteRetention)
        try rig.appendRandom(22, keys: 25, using: &generator)
        return rig
    }

    private let reboots: [@Sendable (Int) -> SimulatedFileSystem.Reboot] = [
        { _ in .kill }, { _ in .powerLoss }, { .partialPowerLoss(seed: UInt64($0)) }, { .partialPowerLoss(seed: UInt64($0) + 1 << 32) },
    ]

    @Test(arguments: 0..<4)
    func `a crash at any operation of a compaction costs no record and moves no offset`(how: Int) throws {
        var (completed, undone) = (0, 0)
        for n in FaultPlaces(UInt64(how)) {
            let rig = try rig(UInt64(n % 3 + 1))
            rig.rig.disk.plan(.crash(torn: n * 37 % 500), at: n)
            while try rig.compact() != nil, !rig.rig.disk.isCrashed {}
            let survived = !rig.rig.disk.isCrashed
            try rig.reopen(reboots[how](n))
            completed += rig.rig.report.swapsCompleted
            undone += rig.rig.report.swapsUndone
            #expect(rig.rig.report.bytesDropped == 0, "n = \(n): \(rig.rig.report)")
            #expect(rig.rig.disk.paths().allSatisfy { SegmentNaming.parseSuffixed(String($0.split(separator: "/").last!)) == nil }, "n = \(n)")
            try rig.check("n = \(n)")
            // It goes on where it was, and ends as it would have.
            while try rig.compact() != nil {}
            try rig.check("n = \(n), compacted again")
            if survived { break }
        }
        // Both ends of a swap were met. (What was not forced is gone with the power: nothing to undo.)
        #expect(completed > 0 && (undone > 0 || how == 1), "\(completed) completed, \(undone) undone")
    }

    @Test func `a crash while a start finishes a swap is harmless wherever it falls`() throws {
        var (finished, found) = (0, 0)
        for at in 1... {
            let rig = try rig(2)
            rig.rig.disk.plan(.crash(torn: 0), at: at)
            while try rig.compact() != nil, !rig.rig.disk.isCrashed {}
            guard rig.rig.disk.isCrashed else { break }
            rig.rig.disk.reboot(.kill)
            guard rig.rig.disk.paths().contains(where: { $0.hasSuffix(".log.swap") }) else { continue }
            found += 1
            // One swap's places are enough: named, in the list, its sources going, its indexes gone.
            guard found % 3 == 1 else { continue }
            if found > 12 { break }
            for n in FaultPlaces(UInt64(at), dense: 12) {
                let copy = try self.rig(2)
                copy.rig.disk.plan(.crash(torn: 0), at: at)
                while try copy.compact() != nil, !copy.rig.disk.isCrashed {}
                copy.rig.disk.reboot(.kill)
                copy.rig.disk.plan(.crash(torn: n), at: n)
                _ = try? copy.rig.open()
                let survived = !copy.rig.disk.isCrashed
                try copy.reopen(n % 2 == 0 ? .kill : .partialPowerLoss(seed: UInt64(n)))
                try copy.check("swap at \(at), n = \(n)")
                finished += 1
                if survived { break }
            }
        }
        #expect(finished > 20)
    }

    @Test(arguments: [EIO, ENOSPC])
    func `a call that fails ends the pass, and the log serves what it served`(errno: Int32) throws {
        var failures = 0
        for n in FaultPlaces(UInt64(errno)) {
            let rig = try rig(UInt64(n % 3 + 1))
            rig.rig.disk.plan(.fails(errno), at: n)
            var failure: StorageError?
            while let report = try rig.compact() {
                failure = report.failure
                if failure != nil { break }
            }
            guard rig.rig.disk.isFaultMet else { break }
            if failure != nil { failures += 1 }
            try rig.check("n = \(n)")
            // A full disk is tried again; another failure not before the next start.
            if errno == ENOSPC, failure != nil, rig.rig.disk.paths().allSatisfy({ !$0.hasSuffix(".swap") }) {
                #expect(try rig.compact()?.failure == nil, "n = \(n)")
            }
            try rig.append([("key-1", "after")])
            try rig.reopen(n % 2 == 0 ? .kill : .powerLoss)
            while try rig.compact() != nil {}
            try rig.check("n = \(n), after a restart")
        }
        #expect(failures > 10)
    }

    @Test func `a topic deleted under a compaction ends it quietly`() throws {
        let rig = try rig(1)
        let disk = rig.rig.disk
        let storage = rig.rig.storage!
        // The owner deletes the topic when it is asked to swap.
        var asked = 0
        storage.setOwnerRunner { [unowned storage] partition, work in
            if let log = storage.log(of: partition) { work(log) }
        }
        _ = rig.log.compactionView()
        asked += 1
        try storage.deleteTopic(named: "t")
        #expect(storage.compactOnce().isEmpty)
        #expect(asked == 1 && !disk.paths().contains { $0.contains("t-0/") })
    }

    @Test func `retention between copy and swap wins: the swap is given up and leaves nothing behind`() throws {
        let rig = try rig(3)
        let views = rig.log.compactionView()
        let group = Array(views.sealed[0..<2])
        let io = CompactionIO(bufferBytes: 4096, bytesPerSecond: nil, stop: StopFlag())
        let writer = try ReplacementWriter(group[0].base, in: rig.log.directory, rig.log.configuration, io)
        rig.log.segments.removeFirst()
        #expect(!rig.log.replace(group, with: writer.segment, asOf: views.cuts))
        writer.abandon()
        #expect(!rig.rig.disk.paths().contains { $0.hasSuffix(".cleaned") || $0.hasSuffix(".swap") })
    }
}
