import Glibc
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct TruncateTests {
    private let policy = ["segment.bytes": "1500", "index.interval.bytes": "300"]

    /// Batches of one to three records; record n has the timestamp 10 n, and every third batch an idempotent producer.
    private func append(_ rig: Rig, to end: Offset, epoch: LeaderEpoch = 0, valueBytes: Int = 100) throws {
        rig.log.leaderEpoch = epoch
        while rig.log.logEndOffset < end {
            let base = rig.log.logEndOffset
            try rig.append(batch(1 + Int(base % 3), timestamp: 10 * base, valueBytes: valueBytes))
        }
    }

    private func files(_ rig: Rig) -> [String: [UInt8]] {
        let kinds = [".log", ".index", ".timeindex", ".snapshot", LeaderEpochCheckpoint.name]
        let paths = rig.disk.paths().filter { path in path.hasPrefix("d/t-0/") && kinds.contains { path.hasSuffix($0) } }
        return Dictionary(uniqueKeysWithValues: paths.map { ($0, rig.disk.bytes(of: $0)!) })
    }

    @Test func `a log that was cut and goes on is byte for byte one that never had more`() throws {
        for cut in Offset(0)...40 {
            let rig = try Rig(policy)
            try append(rig, to: 40)
            let end = try rig.log.truncate(to: cut)
            let boundary = try rig.readAll().last.map { $0.baseOffset + Offset($0.count) } ?? 0
            #expect(end == boundary && end <= cut && cut - end < 3 && rig.log.highWatermark == end, "\(cut)")
            let model = try Rig(policy)
            try append(model, to: end)
            #expect(model.log.logEndOffset == end)
            for log in [rig, model] { try append(log, to: 40, epoch: 1, valueBytes: 90) }
            #expect(try rig.readAll() == model.readAll(), "\(cut)")
            for time in stride(from: Int64(0), to: 10 * rig.log.logEndOffset, by: 5) {
                #expect(try rig.log.offset(forTimestamp: time) == model.log.offset(forTimestamp: time), "\(cut) at \(time)")
            }
            for log in [rig, model] { try log.close() }
            #expect(files(rig) == files(model), "\(cut)")
        }
    }

    @Test func `at or behind the end nothing is cut`() throws {
        let rig = try Rig(policy)
        try append(rig, to: 10)
        let (end, operations) = (rig.log.logEndOffset, rig.disk.operations)
        #expect(try rig.log.truncate(to: end) == end)
        #expect(try rig.log.truncate(to: .max) == end)
        #expect(rig.disk.operations == operations)
    }

    @Test func `what was cut stays cut through kills and lost power`() throws {
        for how: SimulatedFileSystem.Reboot? in [.kill, .powerLoss, .partialPowerLoss(seed: 1), .partialPowerLoss(seed: 2), nil] {
            let rig = try Rig(policy.merging(["flush.messages": "1"]) { $1 })
            rig.handleFlushes()
            try append(rig, to: 30)
            let end = try rig.log.truncate(to: 11)
            if let how { try rig.crash(how) } else { try rig.reopen() }
            #expect(rig.log.logEndOffset == end)
            #expect(rig.report.bytesDropped == 0)
            try append(rig, to: 20)
            #expect(rig.log.fault == nil)
        }
    }

    @Test func `a flush of records that were cut acknowledges none of the new ones`() throws {
        let rig = try Rig(policy.merging(["flush.messages": "1"]) { $1 })
        let completions = Completions()
        rig.log.setFlushHandler { completions.add($0) }
        for _ in 0..<6 { try rig.append(batch(1)) }
        let late = completions.take()
        #expect(late.last?.durableOffset == 6)
        _ = try rig.log.truncate(to: 2)
        rig.disk.failsSynchronizing = true
        // Written, and never on the disk.
        for _ in 0..<5 { _ = try? rig.append(batch(5)) }
        #expect(rig.log.logEndOffset > 2)
        for completion in late { rig.log.flushCompleted(completion) }
        #expect(rig.log.highWatermark <= 2)
    }

    @Test func `sealed segments that wait for their turn are forced where they were kept`() throws {
        let rig = try Rig(policy)
        try append(rig, to: 30)
        _ = try rig.log.truncate(to: 12)
        rig.forceSealed()
        try append(rig, to: 30)
        rig.forceSealed()
        #expect(rig.log.fault == nil)
        try rig.crash(.kill)
        #expect(try rig.readAll().map { Offset($0.count) }.reduce(0, +) == rig.log.logEndOffset)
    }

    @Test func `producers go back to what the log says`() throws {
        let rig = try Rig(policy)
        for sequence in Int32(0)..<12 { try rig.append(batch(1, producer: 9, epoch: 0, sequence: sequence, valueBytes: 300)) }
        for end in [Offset(7), 3, 0] {
            _ = try rig.log.truncate(to: end)
            if end > 0 { #expect(try rig.stage(batch(1, producer: 9, epoch: 0, sequence: Int32(end) - 1, valueBytes: 300)).isDuplicate) }
            if end > 0 {
                #expect(throws: StorageError.outOfOrderSequence(producer: 9, got: Int32(end) + 1, expected: Int32(end))) {
                    try rig.stage(batch(1, producer: 9, epoch: 0, sequence: Int32(end) + 1, valueBytes: 300))
                }
            }
        }
        #expect(rig.log.producerCount == 0)
    }

    @Test func `epochs are cut with their records`() throws {
        let rig = try Rig(policy.merging(["flush.messages": "1"]) { $1 })
        for (epoch, end) in [(1, 6), (4, 12), (5, 18)] as [(LeaderEpoch, Offset)] { try append(rig, to: end, epoch: epoch) }
        let starts = rig.log.epochs.entries.map(\.startOffset)
        _ = try rig.log.truncate(to: starts[2] + 1)
        #expect(rig.log.epochs.entries.map(\.epoch) == (rig.log.logEndOffset > starts[2] ? [1, 4, 5] : [1, 4]))
        _ = try rig.log.truncate(to: starts[2])
        #expect(rig.log.endOffset(forEpoch: 4) == EpochEnd(epoch: 4, endOffset: starts[2]))
        #expect(rig.log.endOffset(forEpoch: 5) == nil)
        try append(rig, to: starts[2] + 3, epoch: 7)
        try rig.crash(.powerLoss)
        #expect(rig.log.epochs.entries.map(\.epoch) == [1, 4, 7])
        try rig.log.truncateFully(startingAt: 100)
        #expect(rig.log.epochs.entries.isEmpty)
        try append(rig, to: 103, epoch: 8)
        try rig.reopen()
        #expect(rig.log.epochs.entries == [.init(epoch: 8, startOffset: 100)])
    }

    @Test(arguments: [Offset(0), 2, 9, 17, 30, 1000]) func `a log begins anew wherever it is told to`(start: Offset) throws {
        for how: SimulatedFileSystem.Reboot? in [nil, .kill, .powerLoss] {
            let rig = try Rig(policy)
            try append(rig, to: 30)
            _ = try rig.log.deleteRecords(before: 7) { _ in }
            try rig.log.truncateFully(startingAt: start)
            for round in 0..<2 {
                let log = rig.log
                #expect(log.logStartOffset == start && log.logEndOffset == start && log.highWatermark == start, "\(start) \(round)")
                #expect(log.producerCount == 0 && log.epochs.entries.isEmpty)
                if let how { try rig.crash(how) } else { try rig.reopen() }
            }
            try append(rig, to: start + 12)
            #expect(try rig.readAll(from: start).first?.baseOffset == start)
            try rig.reopen()
            #expect(rig.log.logStartOffset == start && rig.log.logEndOffset >= start + 12)
        }
    }

    @Test func `below the log's start the log begins anew there`() throws {
        let rig = try Rig(policy)
        try append(rig, to: 30)
        _ = try rig.log.deleteRecords(before: 13) { _ in }
        #expect(try rig.log.truncate(to: 4) == 4)
        #expect(rig.log.logStartOffset == 4)
        try append(rig, to: 8)
        #expect(try rig.readAll(from: 4).map(\.baseOffset).first == 4)
    }

    @Test func `a start inside the batch that goes moves back with the end`() throws {
        let rig = try Rig(policy)
        try rig.append(batch(3), batch(3), batch(3))
        _ = try rig.log.deleteRecords(before: 4) { _ in }
        #expect(try rig.log.truncate(to: 5) == 3)
        #expect(rig.log.logStartOffset == 3)
        try rig.crash(.powerLoss)
        #expect(rig.log.logStartOffset == 3 && rig.log.logEndOffset == 3)
    }
}
