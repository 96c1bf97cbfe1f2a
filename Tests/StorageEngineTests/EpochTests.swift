import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct EpochTests {
    private func epochs(_ pairs: [(LeaderEpoch, Offset)]) -> LeaderEpochs {
        LeaderEpochs(pairs.map { LeaderEpochs.Entry(epoch: $0.0, startOffset: $0.1) })!
    }

    private func pairs(_ epochs: LeaderEpochs) -> [[Int64]] { epochs.entries.map { [Int64($0.epoch), $0.startOffset] } }

    /// A log of five batches under each of the epochs 2, 3 and 7, in several segments.
    private func rig(_ overrides: [String: String] = [:]) throws -> Rig {
        let rig = try Rig(["segment.bytes": "1100", "flush.messages": "1"].merging(overrides) { $1 })
        rig.handleFlushes()
        for epoch: LeaderEpoch in [2, 3, 7] {
            rig.log.leaderEpoch = epoch
            for _ in 0..<5 { try rig.append(batch(1, valueBytes: 300)) }
        }
        return rig
    }

    @Test func `the end of an epoch is where the next one begins`() {
        let epochs = epochs([(2, 10), (5, 20), (6, 30)])
        let cases: [(LeaderEpoch, EpochEnd?)] = [
            (-1, nil), (0, EpochEnd(epoch: 0, endOffset: 10)), (1, EpochEnd(epoch: 1, endOffset: 10)),
            (2, EpochEnd(epoch: 2, endOffset: 20)), (3, EpochEnd(epoch: 2, endOffset: 20)),
            (4, EpochEnd(epoch: 2, endOffset: 20)), (5, EpochEnd(epoch: 5, endOffset: 30)),
            (6, EpochEnd(epoch: 6, endOffset: 99)), (7, nil),
        ]
        for (epoch, end) in cases { #expect(epochs.end(of: epoch, logEnd: 99) == end, "\(epoch)") }
        #expect(LeaderEpochs().end(of: 0, logEnd: 0) == nil)
    }

    @Test func `an epoch is taken up once, and what contradicts it goes`() {
        var epochs = epochs([(2, 10), (5, 20)])
        for (epoch, offset) in [(2, 10), (2, 19), (5, 20), (5, 1000)] as [(LeaderEpoch, Offset)] {
            let changed = epochs.assign(epoch, at: offset)
            #expect(!changed, "\(epoch) at \(offset)")
        }
        _ = epochs.assign(7, at: 20)
        #expect(pairs(epochs) == [[2, 10], [7, 20]] && epochs.latest == 7)
        _ = epochs.assign(6, at: 15)
        #expect(pairs(epochs) == [[2, 10], [6, 15]] && epochs.latest == 6)
    }

    @Test func `both ends are cut at an entry, between two, and beyond`() {
        let all = epochs([(2, 10), (5, 20), (6, 30)])
        let ends: [(Offset, [[Int64]])] = [(31, [[2, 10], [5, 20], [6, 30]]), (30, [[2, 10], [5, 20]]), (11, [[2, 10]]), (10, []), (0, [])]
        for (offset, expected) in ends {
            var cut = all
            _ = cut.truncateEnd(to: offset)
            #expect(pairs(cut) == expected && cut.latest == LeaderEpoch(expected.last?[0] ?? -1), "\(offset)")
        }
        let starts: [(Offset, [[Int64]])] = [
            (5, [[2, 10], [5, 20], [6, 30]]), (10, [[2, 10], [5, 20], [6, 30]]), (11, [[2, 11], [5, 20], [6, 30]]),
            (20, [[5, 20], [6, 30]]), (25, [[5, 25], [6, 30]]), (90, [[6, 90]]),
        ]
        for (offset, expected) in starts {
            var cut = all
            _ = cut.truncateStart(to: offset)
            #expect(pairs(cut) == expected, "\(offset)")
        }
    }

    @Test func `any changed byte of the file is noticed`() {
        let good = LeaderEpochCheckpoint.encode(epochs([(2, 10), (5, 20)]))
        #expect(String(decoding: good, as: UTF8.self).hasPrefix("1\n2\n2 10\n5 20\ncrc "))
        #expect(LeaderEpochCheckpoint.decode(good) == epochs([(2, 10), (5, 20)]))
        for index in good.indices {
            var bytes = good
            bytes[index] ^= 1
            #expect(LeaderEpochCheckpoint.decode(bytes) == nil, "byte \(index)")
            #expect(LeaderEpochCheckpoint.decode(Array(good[..<index])) == nil)
        }
        // Numbers that don't ascend, under a right checksum.
        #expect(LeaderEpochCheckpoint.decode(CheckpointText.encode(version: 1, ["5 20", "2 30"])) == nil)
        #expect(LeaderEpochCheckpoint.decode(CheckpointText.encode(version: 1, ["2 20", "5 20"])) == nil)
    }

    @Test func `a log knows its epochs after a close, a crash, and without the file`() throws {
        let expected = epochs([(2, 0), (3, 5), (7, 10)])
        for damage in [nil, "remove", "flip"] {
            for how: SimulatedFileSystem.Reboot? in [nil, .kill, .powerLoss, .partialPowerLoss(seed: 5)] {
                let rig = try rig()
                #expect(rig.log.epochs == expected)
                #expect(rig.log.endOffset(forEpoch: 3) == EpochEnd(epoch: 3, endOffset: 10))
                if how == nil { try rig.close() } else { rig.disk.reboot(how!) }
                let path = "d/t-0/\(LeaderEpochCheckpoint.name)"
                #expect(rig.disk.bytes(of: path) != nil)
                if damage == "remove" { rig.disk.remove(path) }
                if damage == "flip" { rig.disk.damage(path) { $0[4] ^= 1 } }
                try rig.open()
                #expect(rig.log.epochs == expected, "\(damage ?? "whole") \(String(describing: how))")
                try rig.reopen()
                #expect(LeaderEpochCheckpoint.decode(rig.disk.bytes(of: path)!) == expected)
            }
        }
    }

    @Test func `an epoch whose batches a crash took is forgotten`() throws {
        let rig = try rig(["flush.messages": "9223372036854775807"])
        rig.forceSealed()
        rig.log.leaderEpoch = 9
        rig.disk.plan(.crash(torn: 10), at: 1)
        #expect(throws: StorageError.self) { try rig.append(batch(1, valueBytes: 300)) }
        try rig.crash(.kill)
        #expect(rig.log.epochs == epochs([(2, 0), (3, 5), (7, 10)]))
        // One that was written is there, though nothing was flushed since.
        rig.log.leaderEpoch = 9
        try rig.append(batch(1, valueBytes: 300))
        try rig.crash(.kill)
        #expect(rig.log.epochs == epochs([(2, 0), (3, 5), (7, 10), (9, 15)]))
    }

    @Test func `an epoch that a start found outlives a second crash, after the recovery point has passed it`() throws {
        for how: SimulatedFileSystem.Reboot in [.powerLoss, .partialPowerLoss(seed: 3)] {
            let rig = try rig(["flush.messages": "9223372036854775807"])
            rig.forceSealed()
            rig.log.leaderEpoch = 9
            for _ in 0..<20 { try rig.append(batch(1, valueBytes: 300)) }
            try rig.crash(.kill)
            // Nothing below it is read at the next start, but for the last segment.
            #expect(rig.log.durability.recoveryPoint == 35)
            try rig.log.dataDirectory.writeCheckpoint()
            try rig.crash(how)
            #expect(rig.log.epochs == epochs([(2, 0), (3, 5), (7, 10), (9, 15)]))
        }
    }

    @Test func `the history begins where the log does`() throws {
        let rig = try rig(["retention.ms": "0"])
        _ = try rig.log.deleteRecords(before: 7) { _ in }
        #expect(rig.log.epochs == epochs([(3, 7), (7, 10)]))
        try rig.crash(.kill)
        #expect(rig.log.epochs == epochs([(3, 7), (7, 10)]))
        _ = try rig.log.enforceRetention(now: .max)
        #expect(rig.log.endOffset(forEpoch: 7) == EpochEnd(epoch: 7, endOffset: 15))
        try rig.append(batch(1))
        #expect(pairs(rig.log.epochs).map { $0[1] >= 15 } == [true])
    }

    @Test func `every line of the table is met, counted and told`() throws {
        let path = "d/t-0/\(LeaderEpochCheckpoint.name)"
        typealias Case = (what: String, rows: Set<RecoveryTable.Row>, isTold: Bool, change: (Rig) throws -> Void)
        let all = epochs([(2, 0), (3, 5), (7, 10)])
        let cases: [Case] = [
            ("good", [.epochsLoaded], false, { _ in }),
            ("missing", [.epochsReadFromLog], false, { $0.disk.remove(path) }),
            ("damaged", [.epochsDamaged], true, { $0.disk.damage(path) { $0[4] ^= 1 } }),
            ("short of an epoch", [.epochsLoaded, .epochsCompleted], false, { [self] in $0.disk.put(LeaderEpochCheckpoint.encode(epochs([(2, 0), (3, 5)])), at: path) }),
            ("one that the log never reached", [.epochsLoaded, .epochsAboveEnd], false, { [self] in $0.disk.put(LeaderEpochCheckpoint.encode(epochs([(2, 0), (3, 5), (7, 10), (9, 15)])), at: path) }),
        ]
        for (what, rows, isTold, change) in cases {
            let rig = try rig()
            rig.storage.abandon()
            rig.disk.reboot(.kill)
            // What is scanned is everything: no recovery point.
            rig.disk.remove("d/\(RecoveryCheckpoint.name)")
            try change(rig)
            try rig.open()
            #expect(Self.epochRows(rig) == rows, "\(what)")
            #expect(rig.report.complaints.contains { $0.hasPrefix(LeaderEpochCheckpoint.name) } == isTold, "\(what): \(rig.report.complaints)")
            #expect(rig.log.epochs == all, "\(what)")
            try rig.reopen()
            #expect(Self.epochRows(rig) == [.epochsLoaded] && rig.log.epochs == all, "\(what), once more")
        }
        // The start moved and the file did not hear of it.
        let begun = try rig()
        let old = try #require(begun.disk.bytes(of: path))
        _ = try begun.log.deleteRecords(before: 7) { _ in }
        begun.storage.abandon()
        begun.disk.reboot(.kill)
        begun.disk.put(old, at: path)
        try begun.open()
        #expect(Self.epochRows(begun).contains(.epochsBelowStart) && begun.log.epochs == epochs([(3, 7), (7, 10)]))
        // An empty log.
        let empty = try Rig()
        try empty.reopen()
        #expect(Self.epochRows(empty) == [.noEpochs])
        try empty.close()
        empty.disk.put([1, 2, 3], at: path)
        try empty.open()
        #expect(Self.epochRows(empty) == [.epochsDamaged] && empty.report.complaints.count == 1)
    }

    private static func epochRows(_ rig: Rig) -> Set<RecoveryTable.Row> {
        Set(rig.report.rows.keys).intersection([
            .epochsLoaded, .noEpochs, .epochsReadFromLog, .epochsDamaged, .epochsCompleted, .epochsAboveEnd, .epochsBelowStart,
        ])
    }

    @Test func `a single node's log has one entry`() throws {
        let rig = try Rig()
        #expect(rig.log.endOffset(forEpoch: 0) == nil)
        for _ in 0..<5 { try rig.append(batch(2)) }
        #expect(rig.log.endOffset(forEpoch: 0) == EpochEnd(epoch: 0, endOffset: 10))
        #expect(rig.disk.bytes(of: "d/t-0/\(LeaderEpochCheckpoint.name)") == nil)
        try rig.reopen()
        #expect(rig.disk.bytes(of: "d/t-0/\(LeaderEpochCheckpoint.name)")!.starts(with: Array("1\n1\n0 0\n".utf8)))
    }
}
