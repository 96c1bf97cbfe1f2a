import Glibc
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// A bit flipped anywhere in a small data directory that has every kind of file: `log verify` names it.
@Suite struct EveryFlipTests {
    /// Bytes that may say something else unnoticed, and why. Of a directory that was closed there are none.
    private struct Unnoticed {
        var folder: String
        var field: Range<Int>
        var why: String
    }

    /// Of the active segment of a log that was not closed, which has no seal yet: fields of a batch.
    private static let unnoticed = [
        Unnoticed(
            folder: "t-0/", field: 12..<16,
            why: "an epoch above the newest in the checkpoint: after a crash the newest may not be there yet; a batch behind it tells"),
        Unnoticed(folder: "c-0/", field: 12..<16, why: "the same"),
        Unnoticed(
            folder: "c-0/", field: 0..<8,
            why: "a base offset further on in a compacted log, which may have gaps: a cut makes a compacted segment the active one"),
    ]

    /// One bit of each byte; all eight with TIDEMARK_CAMPAIGN.
    private static func bits(_ byte: Int) -> [Int] {
        getenv("TIDEMARK_CAMPAIGN") == nil ? [(byte * 5 + 3) % 8] : Array(0..<8)
    }

    /// "t" with transactions, producers, two leader epochs and a start behind its first record; "c", compacted.
    private func directory(closed: Bool = true) throws -> Rig {
        let rig = try Rig(["segment.index.bytes": "64", "index.interval.bytes": "0"]) { $0.cleaner.bufferBytes = 4096 }
        try rig.append(batch(2, producer: 9, epoch: 0, sequence: 0, valueBytes: 4))
        try rig.stageInTransaction(7, 0)
        try rig.end(.abort(7))
        rig.log.leaderEpoch = 1
        for index in 0..<5 { try rig.append(batch(1, timestamp: 2000 + Int64(index), valueBytes: 4)) }
        try rig.stageInTransaction(8, 0)
        try rig.end(.commit(8))
        _ = try rig.log.deleteRecords(before: 1) { _ in }

        let name = "c"
        _ = try rig.storage.createTopic(
            named: name, partitionCount: 1,
            overrides: [
                "cleanup.policy": "compact", "segment.ms": "4", "min.cleanable.dirty.ratio": "0",
            ])
        let log = try #require(rig.storage.log(of: TopicPartition(topic: name, partition: 0)))
        for (index, key) in ["a", "b", "a", "c", "a", "b", "a", "d", "a", "e", "b", "a"].enumerated() {
            _ = try log.stage(rig.buffers.hold(batch([KeyedRecord(key, "v", at: 3000 + Int64(index))])))
            _ = try log.writeStaged()
        }
        rig.forceSealed()
        while !rig.storage.compactOnce().isEmpty {}
        try rig.storage.writeSettings(.clientQuotas, ["a line"])
        if closed { try rig.close() } else { rig.disk.reboot(.kill) }
        return rig
    }

    /// Base offsets of the batches in a segment.
    private func offsets(_ bytes: [UInt8]) -> [Offset] {
        bytes.withUnsafeBytes { bytes in
            var (found, position) = ([Offset](), 0)
            while position < bytes.count {
                let batch = BatchView(unchecked: UnsafeRawBufferPointer(rebasing: bytes[position...]))
                found.append(batch.baseOffset)
                position += batch.size
            }
            return found
        }
    }

    /// Where a byte of a segment lies in its batch.
    private func place(of byte: Int, in bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { bytes in
            var start = 0
            while true {
                let size = BatchView(unchecked: UnsafeRawBufferPointer(rebasing: bytes[start...])).size
                if byte < start + size { return byte - start }
                start += size
            }
        }
    }

    /// A partition's directory by itself first: that is less to look at.
    private func isFound(_ disk: SimulatedFileSystem, in folder: String = "") -> Bool {
        for path in folder.isEmpty ? ["d"] : ["d/\(folder)", "d"] {
            do {
                if try LogInspection(path, fileSystem: disk).verify({ _ in }).inconsistencies > 0 { return true }
            } catch { return true }
        }
        return false
    }

    @Test func `the directory has every kind of file, and a compacted log with gaps`() throws {
        let rig = try directory()
        let names = rig.disk.paths().map { String($0.split(separator: "/").last!) }
        for kind in SegmentNaming.Kind.allCases { #expect(names.contains { $0.hasSuffix(kind.rawValue) }, "\(kind)") }
        for name in DataDirectoryVerifier.knownNames { #expect(names.contains(name), "\(name)") }
        #expect(names.contains(LeaderEpochCheckpoint.name))
        let compacted = rig.disk.paths().filter { $0.hasPrefix("d/c-0/") && $0.hasSuffix(".log") }.map { offsets(rig.disk.bytes(of: $0)!) }
        #expect(compacted.contains { zip($0, $0.dropFirst()).contains { $1 > $0 + 1 } }, "\(compacted)")
        let (found, summary) = try verify(rig)
        #expect(found == [] && summary.partitions == 2)
    }

    @Test(arguments: ["", "t-0/", "c-0/"], [true, false])
    func `a flip of any byte is found, but for what a crash leaves open`(folder: String, closed: Bool) throws {
        let disk = try directory(closed: closed).disk
        let active = disk.paths().last { $0.hasPrefix("d/\(folder)") && $0.hasSuffix(".log") }
        var missed: [String] = []
        var excused: Set<Int> = []
        for path in disk.paths() where path.hasPrefix("d/\(folder)") && !path.dropFirst(2 + folder.count).contains("/") {
            let good = disk.bytes(of: path)!
            for byte in good.indices {
                for bit in Self.bits(byte) {
                    disk.damage(path) { $0[byte] ^= 1 << UInt8(bit) }
                    if !isFound(disk, in: folder) {
                        let row = closed || path != active ? nil : Self.unnoticed.firstIndex {
                            $0.folder == folder && $0.field.contains(place(of: byte, in: good))
                        }
                        if let row {
                            excused.insert(row)
                        } else {
                            missed.append("bit \(bit) of byte \(byte) of \(path)")
                        }
                    }
                    disk.damage(path) { $0 = good }
                }
            }
        }
        #expect(missed == [])
        // Every row is needed.
        #expect(excused == Set(Self.unnoticed.indices.filter { !closed && Self.unnoticed[$0].folder == folder }))
        #expect(!isFound(disk))
    }
}
