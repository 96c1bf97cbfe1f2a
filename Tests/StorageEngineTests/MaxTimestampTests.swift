import Codecs
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// The record with the largest timestamp, where the batch that has it has no record to answer with.
@Suite struct MaxTimestampTests {
    private let filler = String(repeating: "x", count: 1300)

    /// A compacted log whose first segment ends with an emptied batch that keeps the largest time.
    private func emptied() throws -> CompactionRig {
        let rig = try CompactionRig()
        for (key, time) in [("a", 9000), ("b", 5000), ("a", 2000), ("c", 1000)] as [(String, Int64)] {
            try rig.rig.append(batch([KeyedRecord(key, filler, at: time)]))
        }
        while let report = try rig.compact() { #expect(report.failure == nil) }
        return rig
    }

    @Test func `an emptied batch with the largest time answers for no record`() throws {
        let rig = try emptied()
        for _ in 0..<2 {
            #expect(rig.log.segments[0].largestTimestamp == 9000)
            #expect(try rig.log.offset(forTimestamp: 9000) == nil)
            #expect(try rig.log.offsetOfMaxTimestamp() == TimestampedOffset(offset: 1, timestamp: 5000))
            try rig.reopen(.kill)
        }
    }

    @Test func `a log of emptied batches only has no largest time`() throws {
        let rig = try CompactionRig(["cleanup.policy": "compact,delete", "retention.bytes": "1"])
        for time: Int64 in [9000, 2000, 1000] { try rig.rig.append(batch([KeyedRecord("a", filler, at: time)])) }
        while try rig.compact() != nil {}
        _ = try rig.log.deleteRecords(before: 2) { _ in }
        #expect(try rig.log.offsetOfMaxTimestamp() == TimestampedOffset(offset: 2, timestamp: 1000))
        _ = try rig.log.deleteRecords(before: 3) { _ in }
        #expect(try rig.log.offsetOfMaxTimestamp() == nil)
    }

    @Test func `the largest time is that of an acknowledged record`() throws {
        let rig = try Rig(["flush.messages": "1"])
        rig.handleFlushes()
        for timestamp: Int64 in [300, 700, 500] { try rig.append(batch(1, timestamp: timestamp)) }
        _ = try rig.stage(batch(1, timestamp: 900))
        _ = try rig.log.writeStaged()
        #expect(rig.log.logEndOffset == 4 && rig.log.highWatermark == 3)
        #expect(try rig.log.offsetOfMaxTimestamp() == TimestampedOffset(offset: 1, timestamp: 700))
        rig.deliverFlushes()
        #expect(try rig.log.offsetOfMaxTimestamp() == TimestampedOffset(offset: 3, timestamp: 900))
    }

    @Test(arguments: everyCodec)
    func `a log that begins within a batch has the largest time of what is left of it`(codec: CompressionCodec) throws {
        let rig = try Rig()
        let records = [("a", 900), ("b", 100), ("c", 300)].map { KeyedRecord($0.0, "v", at: Int64($0.1)) }
        try rig.append(compressed(batch(records), codec))
        try rig.append(batch(1, timestamp: 200))
        _ = try rig.log.deleteRecords(before: 1) { _ in }
        #expect(try rig.log.offsetOfMaxTimestamp() == TimestampedOffset(offset: 2, timestamp: 300))
        _ = try rig.log.deleteRecords(before: 3) { _ in }
        #expect(try rig.log.offsetOfMaxTimestamp() == TimestampedOffset(offset: 3, timestamp: 200))
    }
}
