// Retention, DeleteRecords and truncation meet one fault each, at an operation, a later one, and so on until the run
// survives.
import Glibc
import Host
import Records
@testable import StorageEngine
import Synchronization
import Testing
import Vocabulary

@Suite struct RetentionFaultTests {
    /// What a run was told.
    private final class Told: Sendable {
        private struct State: Sendable {
            var acknowledged: Offset = 0
            var start: Offset = 0
            var highestStart: Offset = 0
        }

        private let state = Mutex(State())
        /// Behind the last acknowledged record.
        var acknowledged: Offset { state.withLock { $0.acknowledged } }
        /// The last start that was said to be durable.
        var start: Offset { state.withLock { $0.start } }
        /// The highest start that was ever seen.
        var highestStart: Offset { state.withLock { $0.highestStart } }

        func acknowledge(_ end: Offset) { state.withLock { $0.acknowledged = max($0.acknowledged, end) } }
        func deleted(before offset: Offset) { state.withLock { $0.start = max($0.start, offset) } }
        func saw(_ start: Offset) { state.withLock { $0.highestStart = max($0.highestStart, start) } }
    }

    private func rig(_ policy: [String: String]) throws -> Rig {
        let rig = try Rig(
            policy.merging(["segment.bytes": "1100", "index.interval.bytes": "300", "retention.bytes": "2500", "retention.ms": "-1"]) { a, _ in a })
        rig.handleFlushes()
        return rig
    }

    private func run(_ rig: Rig, _ told: Told) throws {
        for tick in 0..<14 {
            if tick == 8 {
                try rig.close()
                try rig.open()
                rig.handleFlushes()
            }
            for _ in 0...(tick % 3) {
                let sequence = Int32(rig.log.logEndOffset) + Int32(rig.log.stagedCount)
                _ = try rig.stage(batch(1, producer: 3, epoch: 0, sequence: sequence, timestamp: Int64(sequence), valueBytes: 200))
            }
            _ = try rig.write()
            told.acknowledge(rig.log.highWatermark)
            if tick % 4 == 2 { _ = try rig.log.enforceRetention(now: 0) }
            if tick == 5 || tick == 12 { try delete(rig, told) }
            told.saw(rig.log.logStartOffset)
            // The delays pass: what was renamed is unlinked, what was sealed is forced.
            if tick % 5 == 4 { rig.forceSealed() }
        }
    }

    private func delete(_ rig: Rig, _ told: Told) throws {
        let target = max(rig.log.highWatermark - 2, rig.log.logStartOffset)
        told.saw(target)
        _ = try rig.log.deleteRecords(before: target) { error in if error == nil { told.deleted(before: target) } }
    }

    private func check(_ rig: Rig, _ told: Told, _ context: String) throws {
        let (start, end) = (rig.log.logStartOffset, rig.log.logEndOffset)
        #expect(start >= told.start && start <= told.highestStart && start <= end, "\(context): begins at \(start), ends at \(end)")
        #expect(end >= told.acknowledged, "\(context): \(told.acknowledged) was acknowledged")
        try #require(try rig.readAll(from: start).map(\.baseOffset) == Array(start..<end), "\(context)")
        for offset in start..<end {
            #expect(try rig.log.read(from: offset, maxBytes: 1, atLeastOneBatch: true)?.nextOffset == offset + 1, "\(context)")
        }
        for time in 0..<end { #expect(try rig.log.offset(forTimestamp: time)?.offset == max(time, start), "\(context): time \(time)") }
        if start > 0 { #expect(throws: StorageError.self) { try rig.log.read(from: start - 1, maxBytes: 1, atLeastOneBatch: true) } }
        #expect(rig.disk.paths().filter { $0.hasSuffix(".deleted") } == [], "\(context)")
        let next = Int32(end)
        if rig.log.segments.contains(where: { $0.size > 0 }) {
            #expect(try rig.stage(batch(1, producer: 3, epoch: 0, sequence: next - 1, valueBytes: 200)).isDuplicate, "\(context)")
        }
        try rig.append(batch(1, producer: 3, epoch: 0, sequence: next, timestamp: Int64(next), valueBytes: 200))
        _ = try rig.log.enforceRetention(now: 0)
        let newStart = rig.log.logStartOffset
        try rig.reopen()
        #expect(rig.log.logStartOffset == newStart && rig.log.logEndOffset == end + 1, "\(context)")
        #expect(rig.report.bytesDropped == 0)
    }

    @Test(arguments: [[:], ["flush.messages": "1"]])
    func `a kill at any operation loses nothing above the start and brings nothing back below it`(policy: [String: String]) throws {
        for n in FaultPlaces(UInt64(policy.count)) {
            let rig = try rig(policy)
            let told = Told()
            rig.disk.plan(.crash(torn: Int(SplitMix.value(UInt64(n)) % 400)), at: n)
            try? run(rig, told)
            let survived = !rig.disk.isCrashed
            try rig.crash(.kill)
            try check(rig, told, "n = \(n)")
            if survived {
                #expect(told.start > 10 && told.highestStart > told.start - 3)
                return
            }
        }
    }

    @Test func `the power gone at any operation loses nothing that was forced and no start that was durable`() throws {
        for seed in UInt64(0)..<2 {
            for n in FaultPlaces(seed + 10) {
                let rig = try rig(["flush.messages": "1"])
                let told = Told()
                rig.disk.plan(.crash(torn: n % 300), at: n)
                try? run(rig, told)
                let survived = !rig.disk.isCrashed
                let how: SimulatedFileSystem.Reboot = seed == 0 ? .powerLoss : .partialPowerLoss(seed: UInt64(n) &* 31 &+ seed)
                try rig.crash(how)
                try check(rig, told, "n = \(n), \(how)")
                if survived { break }
            }
        }
    }

    @Test func `the power gone without a flush policy leaves a log that is whole above its start`() throws {
        for n in FaultPlaces(20) {
            let rig = try rig([:])
            let told = Told()
            rig.disk.plan(.crash(torn: n % 300), at: n)
            try? run(rig, told)
            let survived = !rig.disk.isCrashed
            try rig.crash(.partialPowerLoss(seed: UInt64(n)))
            let (start, end) = (rig.log.logStartOffset, rig.log.logEndOffset)
            #expect(told.start...max(told.start, told.highestStart) ~= start && start <= end, "n = \(n)")
            #expect(try rig.readAll(from: start).map(\.baseOffset) == Array(start..<end), "n = \(n)")
            if survived { return }
        }
    }

    @Test(arguments: [EIO, ENOSPC]) func `a call that fails leaves what was promised`(errno: Int32) throws {
        for n in FaultPlaces(UInt64(errno)) {
            let rig = try rig(["flush.messages": "1"])
            let told = Told()
            rig.disk.plan(.fails(errno), at: n)
            try? run(rig, told)
            let survived = !rig.disk.isFaultMet
            rig.storage.abandon()
            try rig.crash(.kill)
            try check(rig, told, "n = \(n)")
            if survived { return }
        }
    }

    // MARK: Truncation

    /// The bytes of each record's batch: each round writes another size, so that a record that came back shows.
    private struct Model {
        var start: Offset = 0
        var sizes: [Int] = []
        /// How many of `sizes` must be there; the others may.
        var sure = 0
        /// A full truncation was under way: nothing has to be there, and an empty log may be where it was going.
        var restart: Offset?
    }

    private func truncationRun(_ rig: Rig, _ model: inout Model) throws {
        let plans: [(appends: Int, cut: Offset?, restart: Offset?)] = [
            (9, 5, nil), (4, 9, nil), (8, 12, nil), (3, 3, nil), (7, nil, 40), (6, 43, nil), (5, nil, 20), (4, 21, nil),
        ]
        for (round, plan) in plans.enumerated() {
            for _ in 0..<plan.appends {
                let bytes = batch(1, timestamp: rig.log.logEndOffset, valueBytes: 200 + round)
                model.sizes.append(bytes.count)
                try rig.append(bytes)
                model.sure = Int(rig.log.highWatermark - model.start)
            }
            if round == 3 { rig.forceSealed() }
            if let cut = plan.cut {
                model.sure = min(model.sure, Int(cut - model.start))
                _ = try rig.log.truncate(to: cut)
                model.sizes.removeLast(max(0, model.sizes.count - Int(cut - model.start)))
            }
            if let restart = plan.restart {
                (model.sure, model.restart) = (0, restart)
                try rig.log.truncateFully(startingAt: restart)
                model = Model(start: restart)
            }
        }
    }

    private func checkTruncation(_ rig: Rig, _ model: Model, _ context: String) throws {
        let (start, end) = (rig.log.logStartOffset, rig.log.logEndOffset)
        let found = try rig.readAll(from: start)
        try #require(found.map(\.baseOffset) == Array(start..<end), "\(context)")
        if start == end, let restart = model.restart {
            #expect([model.start, restart].contains(start) || start < model.start + Offset(model.sizes.count), "\(context): \(start)")
        } else {
            #expect(start == model.start || model.restart != nil, "\(context): begins at \(start)")
            #expect(end - model.start >= model.sure && end - model.start <= model.sizes.count, "\(context): \(start)..<\(end), \(model)")
            for batch in found { #expect(batch.bytes == model.sizes[Int(batch.baseOffset - model.start)], "\(context): \(batch)") }
        }
        try rig.append(batch(1, timestamp: end, valueBytes: 50))
        try rig.reopen()
        #expect(rig.log.logEndOffset == end + 1 && rig.report.bytesDropped == 0, "\(context)")
        #expect(try rig.log.offset(forTimestamp: end)?.offset == end)
    }

    @Test func `a kill or lost power at any operation of a truncation brings back nothing that was cut for good`() throws {
        for how in [SimulatedFileSystem.Reboot.kill, .powerLoss, .partialPowerLoss(seed: 7)] {
            for n in FaultPlaces(30) {
                let rig = try rig(["flush.messages": "1", "retention.bytes": "-1"])
                var model = Model()
                rig.disk.plan(.crash(torn: n % 300), at: n)
                try? truncationRun(rig, &model)
                let survived = !rig.disk.isCrashed
                if case .partialPowerLoss = how { try rig.crash(.partialPowerLoss(seed: UInt64(n))) } else { try rig.crash(how) }
                rig.handleFlushes()
                try checkTruncation(rig, model, "n = \(n), \(how)")
                if survived { break }
            }
        }
    }

    @Test func `a call that fails during a truncation fences the log, and the next start finds a whole one`() throws {
        for n in FaultPlaces(40) {
            let rig = try rig(["flush.messages": "1", "retention.bytes": "-1"])
            var model = Model()
            rig.disk.plan(.fails(EIO), at: n)
            try? truncationRun(rig, &model)
            let survived = !rig.disk.isFaultMet
            rig.storage.abandon()
            try rig.crash(.kill)
            rig.handleFlushes()
            try checkTruncation(rig, model, "n = \(n)")
            if survived { return }
        }
    }
}
