// A log's end is cut while somebody else is at work on its segments: the thread that forces sealed ones, and the cleaner.
import Host
import Records
@testable import StorageEngine
import Synchronization
import Testing
import Vocabulary

@Suite struct CutWhileSealedTests {
    private let policy = ["segment.bytes": "1500", "index.interval.bytes": "300"]

    private func append(_ rig: Rig, to end: Offset, fill: UInt8 = 7) throws {
        while rig.log.logEndOffset < end {
            let base = rig.log.logEndOffset
            try rig.append(batch(2, producer: 5, epoch: 0, sequence: Int32(base), timestamp: 10 * base, valueBytes: 150, fill: fill))
        }
    }

    @Test(arguments: [nil, 0, 4, 8, 11, 30] as [Offset?]) func `a sealed segment that is about to be forced may be cut away`(cut: Offset?) throws {
        for how in [SimulatedFileSystem.Reboot.kill, .powerLoss, .partialPowerLoss(seed: 3)] {
            let rig = try Rig(policy)
            try append(rig, to: 30)
            // As the background thread does between its lock and its fsyncs.
            let taken = rig.storage.directories[0].takeWaiting()
            #expect(taken.count > 3)
            let snapshots = rig.disk.paths().filter { $0.hasSuffix(".snapshot") }
            if let cut { _ = try rig.log.truncate(to: cut) } else { try rig.log.truncateFully(startingAt: 12) }
            #expect(cut == 30 || rig.disk.paths().filter { $0.hasSuffix(".snapshot") } != snapshots)
            let end = rig.log.logEndOffset
            for sealed in taken { sealed.job.force(sealed.durability) }
            #expect(rig.log.durability.failure == nil && rig.log.durability.recoveryPoint <= end, "\(String(describing: cut))")
            try append(rig, to: end + 14, fill: 9)
            for sealed in taken { sealed.job.force(sealed.durability) }
            #expect(rig.log.durability.failure == nil)
            rig.forceSealed()
            let forced = rig.log.durability.recoveryPoint
            try rig.crash(how)
            #expect(rig.log.logEndOffset >= forced, "\(rig.report)")
            try append(rig, to: end + 30, fill: 9)
            #expect(rig.log.fault == nil)
        }
    }

    @Test func `what still waits when the log begins anew is not looked for`() throws {
        // Threads of their own: here a sealed segment waits half a minute.
        let rig = try Rig(policy) { $0.runsInline = false }
        try append(rig, to: 30)
        let directory = rig.storage.directories[0]
        directory.background.drain()
        let start = rig.log.segments[2].baseOffset
        _ = try rig.log.deleteRecords(before: start) { _ in }
        directory.background.drain()
        // Its snapshot is the one at the new start.
        try rig.log.truncateFully(startingAt: start)
        for sealed in directory.takeWaiting() { sealed.job.force(sealed.durability) }
        #expect(rig.log.durability.failure == nil)
        try append(rig, to: start + 10)
        #expect(rig.log.fault == nil && rig.log.logStartOffset == start)
        try rig.close()
    }

    @Test func `cuts beside threads that seal and force fence nothing`() throws {
        let rig = try Rig(policy) { $0.runsInline = false }
        var generator = SplitMix(5)
        for round in 0..<150 {
            try append(rig, to: rig.log.logEndOffset + 12)
            let directory = rig.storage.directories[0]
            let forcing = WorkerThread(name: "forcing") {
                for sealed in directory.takeWaiting() { sealed.job.force(sealed.durability) }
            }
            let end = try rig.log.truncate(to: rig.log.logEndOffset - Offset.random(in: 1...12, using: &generator))
            forcing.join()
            #expect(rig.log.durability.failure == nil && rig.log.fault == nil && rig.log.logEndOffset == end, "round \(round)")
            guard rig.log.durability.failure == nil else { return }
        }
        try rig.close()
    }
}

@Suite struct CutUnderCompactionTests {
    /// A compacted log of segments of few keys, all of whose values begin with "old", and what a cut would bring.
    private func rig() throws -> CompactionRig {
        let rig = try CompactionRig(["segment.bytes": "1300"])
        for number in 0..<40 {
            rig.clock.advance(1)
            try rig.append([("key-\(number % 7)", value("old", number))])
        }
        return rig
    }

    private func value(_ word: String, _ number: Int) -> String { "\(word)-\(1000 + number)-\(String(repeating: "x", count: 80))" }

    /// When the cleaner asks the owner for something and `isTime`, does `act` once, before the owner answers.
    private func interrupt(
        _ rig: CompactionRig, when isTime: @escaping @Sendable (SimulatedFileSystem) -> Bool,
        _ act: @escaping @Sendable (PartitionLog, Interruption) throws -> Void
    ) -> Interruption {
        let interruption = Interruption()
        let disk = rig.rig.disk
        rig.rig.storage.setOwnerRunner { [unowned storage = rig.rig.storage!] partition, work in
            guard let log = storage.log(of: partition) else { return }
            if isTime(disk), interruption.begin() {
                do { try act(log, interruption) } catch { interruption.note("\(error)") }
            }
            work(log)
        }
        return interruption
    }

    private final class Interruption: Sendable {
        private let state = Mutex<(isDone: Bool, errors: [String], end: Offset)>((false, [], 0))
        var isDone: Bool { state.withLock { $0.isDone } }
        var errors: [String] { state.withLock { $0.errors } }
        /// Where the cut log ended.
        var end: Offset {
            get { state.withLock { $0.end } }
            set { state.withLock { $0.end = newValue } }
        }
        func begin() -> Bool {
            state.withLock { state in
                defer { state.isDone = true }
                return !state.isDone
            }
        }
        func note(_ error: String) { state.withLock { $0.errors.append(error) } }
    }

    private static let isSwapPrepared: @Sendable (SimulatedFileSystem) -> Bool = { disk in
        disk.paths().contains { $0.hasSuffix(".log.swap") }
    }

    /// Cuts the log and appends to it what makes segments of the same size at the same places.
    private func cutAndRegrow(_ log: PartitionLog, to cut: Offset, _ interruption: Interruption) throws {
        interruption.end = try log.truncate(to: cut)
        while log.logEndOffset < 40 {
            let number = Int(log.logEndOffset)
            let bytes = batch([KeyedRecord("key-\(number % 7)", value("new", number), at: 1_000_001 + Int64(number))])
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
            defer { memory.deallocate() }
            memory.copyBytes(from: bytes)
            _ = try log.stage(memory)
            _ = try log.writeStaged()
        }
    }

    private static func hasOld(_ disk: SimulatedFileSystem, behind cut: Int) -> [Int] {
        disk.paths().filter { $0.contains(".log") && !$0.hasSuffix(".deleted") }.flatMap { path -> [Int] in
            let text = String(decoding: disk.bytes(of: path)!, as: UTF8.self)
            return (cut..<40).filter { text.contains("old-\(1000 + $0)-") }
        }
    }

    @Test(arguments: [Offset(0), 3, 12, 20, 31]) func `a swap that was prepared before a cut is refused, though every segment looks as it did`(
        cut: Offset
    ) throws {
        let rig = try rig()
        let facts = rig.log.compactionView().sealed
        let interruption = interrupt(rig, when: Self.isSwapPrepared) { try cutAndRegrow($0, to: cut, $1) }
        let report = try #require(rig.rig.storage.compactOnce().first)
        #expect(interruption.isDone && interruption.errors.isEmpty && interruption.end == cut, "\(interruption.errors)")
        rig.rig.deliverFlushes()
        #expect(report.failure == nil && report.firstDirtyAfter == report.firstDirtyBefore, "\(report)")
        #expect(report.segmentsReplaced == 0)
        let view = rig.log.compactionView()
        #expect(view.sealed == facts && view.cuts > 0)
        #expect(rig.rig.disk.paths().allSatisfy { !$0.hasSuffix(".swap") && !$0.hasSuffix(".cleaned") })
        #expect(Self.hasOld(rig.rig.disk, behind: Int(cut)).isEmpty)
        // And is compacted by what it holds now, not left alone as a log that failed.
        #expect(try #require(rig.rig.storage.compactOnce().first).segmentsReplaced > 0)
        let values = try rig.rig.readRecords().map { $0.record.value! }
        #expect(Set(try rig.rig.readRecords().map { $0.record.key! }).count == 7)
        for number in 33..<40 { #expect(values.contains { $0.hasPrefix(number < cut ? "old-\(1000 + number)" : "new-\(1000 + number)") }) }
    }

    @Test(arguments: [Offset(0), 3, 12, 20, 31]) func `a crash behind the cut does not bring the replacement back`(cut: Offset) throws {
        for seed in UInt64(0)..<6 {
            let rig = try rig()
            let how: SimulatedFileSystem.Reboot = seed == 0 ? .kill : seed == 1 ? .powerLoss : .partialPowerLoss(seed: seed)
            let copies = Mutex<[SimulatedFileSystem]>([])
            let disk = rig.rig.disk
            let interruption = interrupt(rig, when: Self.isSwapPrepared) { log, _ in
                _ = try log.truncate(to: cut)
                let copy = disk.fork()
                copies.withLock { $0.append(copy) }
            }
            _ = rig.rig.storage.compactOnce()
            #expect(interruption.errors.isEmpty)
            let copy = try #require(copies.withLock { $0.first })
            copy.reboot(how)
            let storage = try Storage.open(directories: ["d"], configuration: rig.rig.configuration, fileSystem: copy)
            defer { storage.abandon() }
            let log = try #require(storage.log(of: TopicPartition(topic: "t", partition: 0)))
            #expect(log.logEndOffset == cut, "\(how)")
            #expect(Self.hasOld(copy, behind: Int(cut)).isEmpty, "\(how)")
        }
    }

    @Test func `a cut at any question of the cleaner leaves what it left, and the cleaner goes on`() throws {
        for question in 1... {
            let rig = try rig()
            let asked = Mutex(0)
            let isTime: @Sendable (SimulatedFileSystem) -> Bool = { _ in
                asked.withLock { asked in
                    asked += 1
                    return asked == question
                }
            }
            let interruption = interrupt(rig, when: isTime) { try cutAndRegrow($0, to: 9, $1) }
            var (rounds, goesOn) = (0, true)
            while goesOn {
                let wasDone = interruption.isDone
                let reports = rig.rig.storage.compactOnce()
                #expect(reports.allSatisfy { $0.failure == nil }, "question \(question): \(reports)")
                rig.rig.deliverFlushes()
                goesOn = reports.contains { $0.segmentsReplaced > 0 } || wasDone != interruption.isDone
                rounds += 1
                try #require(rounds < 20, "question \(question)")
            }
            #expect(interruption.errors.isEmpty, "question \(question): \(interruption.errors)")
            guard interruption.isDone else { return #expect(question > 5) }
            let end = interruption.end
            #expect(end <= 9 && Self.hasOld(rig.rig.disk, behind: Int(end)).isEmpty, "question \(question)")
            let records = try rig.rig.readRecords()
            #expect(records.allSatisfy { $0.record.value!.hasPrefix($0.offset < end ? "old" : "new") }, "question \(question)")
            #expect(Set(records.map { $0.record.key! }).count == 7 && records.last?.offset == 39)
            #expect(rig.log.fault == nil && rig.log.logEndOffset == 40)
            try rig.reopen(.kill)
            #expect(try rig.rig.readRecords() == records, "question \(question)")
        }
    }
}
