// One seeded run: three logs on a simulated disk, everything that can be done to them, and crashes of copies of the disk
// at operations all along the way.
import Host
import Records
@testable import StorageEngine
import Synchronization
import Testing
import Vocabulary

final class CampaignRun {
    enum Operation: String, CaseIterable {
        case append, roll, flush, passTime, retention, deleteRecords, compaction, truncation, look, reopen, crash
    }

    struct Outcome {
        var runs = 0
        var crashPoints = 0
        var flips = 0
        /// Starts that refused a disk with a flipped bit, and readers that met one.
        var detections = 0
        var rows: [RecoveryTable.Row: Int] = [:]
        var operations: [Operation: Int] = [:]
        var failures: [String] = []

        mutating func add(_ other: Outcome) {
            runs += other.runs
            crashPoints += other.crashPoints
            flips += other.flips
            detections += other.detections
            rows.merge(other.rows, uniquingKeysWith: +)
            operations.merge(other.operations, uniquingKeysWith: +)
            failures += other.failures
        }
    }

    static let segmentBytes = 3000
    static let startTime: Int64 = 1_700_000_000_000

    let seed: UInt64
    private(set) var outcome = Outcome()
    private var generator: SplitMix
    /// Of the crashes: a run goes the same way wherever it is crashed.
    private var crashGenerator: SplitMix
    private let disk = SimulatedFileSystem()
    private var storage: Storage!
    private var models = CampaignLog.Kind.allCases.map(CampaignLog.init)
    private let completions = CampaignLog.Kind.allCases.map { _ in Completions() }
    private let clock = TestClock()
    private var time: Int64 { clock.now }
    private let crashOdds: Double
    /// The leader epoch of what is appended.
    private var term: LeaderEpoch = 0

    /// - Parameter crashOdds: how likely a copy of the disk crashes at each operation of the file system.
    init(seed: UInt64, crashOdds: Double) {
        self.seed = seed
        self.crashOdds = crashOdds
        generator = SplitMix(seed)
        crashGenerator = SplitMix(seed ^ 0xc0ff_ee00)
        clock.advance(Self.startTime - clock.now)
    }

    static func configuration(_ clock: TestClock) -> StorageConfiguration {
        var configuration = StorageConfiguration()
        configuration.runsInline = true
        configuration.minimumFreeBytes = 0
        configuration.cleaner.mapLimitBytes = 1 << 12
        configuration.cleaner.bufferBytes = 4096
        configuration.now = { clock.now }
        return configuration
    }

    func run(operations count: Int) throws -> Outcome {
        try open()
        for model in models {
            var overrides = ["segment.bytes": "\(Self.segmentBytes)", "index.interval.bytes": "200"]
            if model.kind != .lazy { overrides["flush.messages"] = "1" }
            overrides["file.delete.delay.ms"] = "0"
            if model.kind != .compacted { overrides["retention.bytes"] = "9000" }
            if model.kind == .compacted {
                overrides.merge(["cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0", "delete.retention.ms": "500"]) { $1 }
            }
            _ = try storage.createTopic(named: model.kind.rawValue, partitionCount: 1, overrides: overrides)
        }
        handleFlushes()
        disk.observer = { [unowned self] in observe() }
        defer { disk.observer = nil }
        for number in 0..<count where outcome.failures.isEmpty {
            try step(number)
        }
        try storage.close()
        return outcome
    }

    private func open() throws {
        storage = try Storage.open(directories: ["d"], configuration: Self.configuration(clock), fileSystem: disk)
        count(storage.recoveryReports)
    }

    private func count(_ reports: [RecoveryReport]) {
        for report in reports { outcome.rows.merge(report.rows, uniquingKeysWith: +) }
    }

    private func handleFlushes() {
        for (index, model) in models.enumerated() {
            _ = completions[index].take()
            storage.log(of: model.partition)!.setFlushHandler { [completions] completion in completions[index].add(completion) }
        }
    }

    // MARK: Operations

    private func step(_ number: Int) throws {
        let index = Int.random(in: 0..<models.count, using: &generator)
        let operation: Operation
        switch Int.random(in: 0..<100, using: &generator) {
        case ..<70: operation = .append
        case ..<76: operation = .flush
        case ..<82: operation = .passTime
        case ..<86: operation = .compaction
        case ..<89: operation = .retention
        case ..<91: operation = .deleteRecords
        case ..<93: operation = .truncation
        case ..<97: operation = .look
        case ..<98: operation = .reopen
        default: operation = number % 3 == 0 ? .crash : .append
        }
        outcome.operations[operation, default: 0] += 1
        switch operation {
        case .append, .roll: try append(index)
        case .flush: flush(index)
        case .passTime: passTime()
        case .compaction:
            for report in storage.compactOnce() { if let failure = report.failure { fail("compaction: \(failure)") } }
            for index in models.indices { settle(index) }
        case .retention:
            _ = try log(index).enforceRetention(now: time)
            settle(index)
        case .deleteRecords: try deleteRecords(index)
        case .truncation: try truncate(index)
        case .look: try look(index)
        case .reopen:
            try storage.close()
            try open()
            for index in models.indices { settle(index) }
            handleFlushes()
        case .crash: try crash()
        }
    }

    /// Takes the last few batches back, as a follower does. While it lasts they may be there or not, then never again.
    private func truncate(_ index: Int) throws {
        let log = log(index)
        guard models[index].kind != .compacted, log.logEndOffset - log.logStartOffset > 20 else { return }
        let target = log.logEndOffset - Offset.random(in: 1...10, using: &generator)
        let base = models[index].batches[models[index].index(of: target)].base
        models[index].promisedEnd = min(models[index].promisedEnd, base)
        models[index].forcedStart = min(models[index].forcedStart, base)
        let end = try log.truncate(to: target)
        if end > target || end < base { fail("\(models[index].kind) cut to \(target) ends at \(end)") }
        models[index].cut(to: end)
        settle(index)
    }

    private func deleteRecords(_ index: Int) throws {
        let log = log(index)
        let told = Atomic(false)
        guard models[index].kind != .compacted, log.logStartOffset < log.highWatermark else { return }
        // Of the lazy log all may go: then its start may outlive its records.
        let span = (log.highWatermark - log.logStartOffset) / (models[index].kind == .lazy ? 1 : 4)
        let target = log.logStartOffset + Offset.random(in: 0...span, using: &generator)
        _ = try log.deleteRecords(before: target) { error in told.store(error == nil, ordering: .relaxed) }
        settle(index)
        if told.load(ordering: .relaxed) { models[index].forcedStart = max(models[index].forcedStart, target) }
    }

    private func log(_ index: Int) -> PartitionLog { storage.log(of: models[index].partition)! }

    private func append(_ index: Int) throws {
        let log = log(index)
        if Int.random(in: 0..<15, using: &generator) == 0 { term += 1 }
        log.leaderEpoch = term
        var memory: [UnsafeMutableRawBufferPointer] = []
        defer { for buffer in memory { buffer.deallocate() } }
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            clock.advance(Int64.random(in: 0...20, using: &generator))
            if models[index].kind == .transactional, Int.random(in: 0..<4, using: &generator) == 0, try end(index) { continue }
            var written = makeBatch(for: models[index])
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: written.bytes.count, alignment: 16)
            buffer.copyBytes(from: written.bytes)
            memory.append(buffer)
            let staged = try log.stage(buffer, admits: .trusted)
            (written.base, written.next, written.bytes) = (staged.baseOffset, staged.nextOffset, Array(buffer))
            guard !staged.isDuplicate, staged.baseOffset == models[index].end else {
                return fail("\(models[index].kind) takes \(staged), the model ends at \(models[index].end)")
            }
            models[index].add(written)
        }
        let report = try log.writeStaged()
        outcome.operations[.roll, default: 0] += report.rolled
        settle(index)
    }

    /// Ends an open transaction. False when there is none.
    private func end(_ index: Int) throws -> Bool {
        let open = models[index].transactions(below: .max).open
        guard let producer = open.keys.sorted().randomElement(using: &generator) else { return false }
        let outcome: EndTransactionMarker.Outcome = generator.next() & 1 == 0 ? .abort : .commit
        let marker = EndTransactionMarker(producerID: producer, producerEpoch: 0, outcome: outcome, coordinatorEpoch: 0)
        let staged = try log(index).stage(marker, timestampMilliseconds: time)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: ControlBatch.size, alignment: 16)
        defer { memory.deallocate() }
        ControlBatch.write(marker, timestampMilliseconds: time, into: memory)
        MutableBatch(memory).assign(baseOffset: staged.baseOffset, leaderEpoch: term)
        models[index].add(
            WrittenBatch(
                base: staged.baseOffset, next: staged.nextOffset, bytes: Array(memory), timestamps: [time], producer: producer,
                sequence: -1, keys: [nil], values: [nil], outcome: outcome))
        return true
    }

    private func makeBatch(for model: CampaignLog) -> WrittenBatch {
        let producer = ProducerID.random(in: 1...2, using: &generator)
        let sequence = model.sequences[producer] ?? 0
        let records = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
            // Timestamps go back now and then: producers' clocks do.
            KeyedRecord(
                "k\(Int.random(in: 0..<8, using: &generator))",
                Int.random(in: 0..<10, using: &generator) == 0 ? nil
                    : String(repeating: "v", count: Int.random(in: 0...150, using: &generator)),
                at: time + Int64.random(in: -30...30, using: &generator))
        }
        return WrittenBatch(
            base: 0, next: 0, bytes: batch(
                records, producer: producer, epoch: 0, sequence: sequence, attributes: model.kind == .transactional ? 0x10 : 0),
            timestamps: records.map(\.timestamp), producer: producer, sequence: sequence, keys: records.map(\.key), values: records.map(\.value))
    }

    /// What the loop gets told, and what that promises.
    private func settle(_ index: Int) {
        let log = log(index)
        for completion in completions[index].take() { log.flushCompleted(completion) }
        models[index].start = log.logStartOffset
        models[index].promisedEnd = models[index].kind == .lazy ? log.durability.recoveryPoint : log.highWatermark
    }

    private func flush(_ index: Int) {
        log(index).durability.flush()
        settle(index)
    }

    private func passTime() {
        for _ in 0..<2 { storage.directories[0].background.drain() }
        for index in models.indices { settle(index) }
    }

    /// Reads and searches the log as it runs.
    private func look(_ index: Int) throws {
        var check = CampaignCheck(models[index], generator.next())
        outcome.failures += check.faults(of: log(index)).map { "seed \(seed), running: \($0)" }
    }

    /// The run itself loses its power, or its process, and goes on with what is left.
    private func crash() throws {
        let how: SimulatedFileSystem.Reboot =
            generator.next() & 1 == 0 ? .kill : .partialPowerLoss(seed: generator.next())
        storage.abandon()
        disk.reboot(how)
        try open()
        for index in models.indices {
            var check = CampaignCheck(models[index], generator.next())
            outcome.failures += check.faults(of: log(index)).map { "seed \(seed), \(how): \($0)" }
            models[index].cut(to: log(index).logEndOffset)
            settle(index)
        }
        handleFlushes()
    }

    // MARK: Crashes of copies

    private func observe() {
        guard Double.random(in: 0..<1, using: &crashGenerator) < crashOdds, outcome.failures.isEmpty,
            disk.hasPendingWrite
        else { return }
        var promised = models
        for index in promised.indices {
            guard let log = storage?.log(of: promised[index].partition) else { continue }
            promised[index].start = max(promised[index].start, log.logStartOffset)
        }
        for index in promised.indices where promised[index].kind == .lazy {
            guard let log = storage?.log(of: promised[index].partition) else { return }
            promised[index].promisedEnd = max(promised[index].promisedEnd, min(log.durability.recoveryPoint, promised[index].end))
        }
        var crash = CampaignCrash(seed: crashGenerator.next(), of: disk.fork(), clock: clock)
        crash.run(promised)
        outcome.crashPoints += 1
        outcome.flips += crash.isFlipped ? 1 : 0
        outcome.detections += crash.detections
        count(crash.reports)
        outcome.failures += crash.failures.map { "seed \(seed), operation \(disk.operations), crash seed \(crash.seed): \($0)" }
    }

    private func fail(_ text: String) { outcome.failures.append("seed \(seed): \(text)") }
}
