// What a partition's log should hold and show, kept the slow way: a list of everything written, asked again each time.
import Records
@testable import StorageEngine
import Testing
import Vocabulary

struct TransactionModel {
    struct Entry: Equatable {
        var base: Offset
        var count: Int32 = 1
        var producer: ProducerID
        var epoch: ProducerEpoch
        var sequence: Int32 = -1
        var isTransactional = false
        /// Of a marker.
        var outcome: EndTransactionMarker.Outcome?

        var end: Offset { base + Offset(count) }
    }

    var entries: [Entry] = []

    var end: Offset { entries.last?.end ?? 0 }

    /// The log is as if nothing from `end` on had been written.
    mutating func cut(to end: Offset) {
        entries.removeAll { $0.end > end }
    }

    // MARK: What follows from the list

    /// First offset of each producer's open transaction among the entries below `end`.
    func open(below end: Offset = .max) -> [ProducerID: Offset] {
        var open: [ProducerID: Offset] = [:]
        for entry in entries where entry.end <= end {
            if entry.outcome != nil { open[entry.producer] = nil } else if entry.isTransactional, open[entry.producer] == nil {
                open[entry.producer] = entry.base
            }
        }
        return open
    }

    func lastStableOffset(highWatermark: Offset) -> Offset {
        min(highWatermark, open(below: highWatermark).values.min() ?? .max)
    }

    func aborted(from: Offset = 0, upTo: Offset = .max) -> [AbortedTransaction] {
        var result: [AbortedTransaction] = []
        for (index, entry) in entries.enumerated() where entry.outcome == .abort {
            let before = TransactionModel(entries: Array(entries[..<index])).open()
            guard let first = before[entry.producer] else { continue }
            let others = before.filter { $0.key != entry.producer }.values.min()
            guard entry.base >= from, first < upTo else { continue }
            result.append(
                AbortedTransaction(
                    producerID: entry.producer, firstOffset: first, lastOffset: entry.base, lastStableOffset: others ?? entry.end))
        }
        return result
    }

    /// The data below the last stable offset that was not taken back.
    func committed(highWatermark: Offset) -> [CommittedBatch] {
        let stable = lastStableOffset(highWatermark: highWatermark)
        let aborted = aborted()
        return entries.filter { entry in
            guard entry.outcome == nil, entry.end <= stable else { return false }
            return !aborted.contains {
                entry.isTransactional && $0.producerID == entry.producer && ($0.firstOffset...$0.lastOffset).contains(entry.base)
            }
        }.map { CommittedBatch(baseOffset: $0.base, producer: $0.producer, count: $0.count) }
    }

    /// The epoch and sequence that a producer goes on with.
    func next(_ producer: ProducerID) -> (epoch: ProducerEpoch, sequence: Int32) {
        guard let last = entries.last(where: { $0.producer == producer }) else { return (0, 0) }
        let data = entries.last { $0.producer == producer && $0.outcome == nil }
        guard let data, data.epoch == last.epoch else { return (last.epoch, 0) }
        return (last.epoch, data.sequence + data.count)
    }
}

// MARK: - The log beside it

/// A log that is written at random, and the model of what it should be.
struct TransactionRun {
    let rig: Rig
    var model = TransactionModel()
    /// Staged and not written.
    private var staged: [TransactionModel.Entry] = []
    private(set) var acknowledged: Offset = 0
    private var generator: SplitMix

    /// Transactional producers, from 0; two more are idempotent only.
    private static let transactional: Range<ProducerID> = 0..<4
    private static let idempotent: Range<ProducerID> = 4..<6

    init(_ rig: Rig, seed: UInt64) {
        self.rig = rig
        generator = SplitMix(seed)
    }

    /// Everything staged as well as written.
    private var all: TransactionModel { TransactionModel(entries: model.entries + staged) }

    mutating func step() throws {
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<45: try produce(ProducerID.random(in: Self.transactional, using: &generator), inTransaction: true)
        case 45..<55: try produce(ProducerID.random(in: Self.idempotent, using: &generator), inTransaction: false)
        case 55..<60: try produceAnonymously()
        case 60..<72: try end(.commit)
        case 72..<85: try end(.abort)
        default: try write()
        }
    }

    private mutating func produce(_ producer: ProducerID, inTransaction: Bool) throws {
        let (epoch, sequence) = all.next(producer)
        let count = Int.random(in: 1...3, using: &generator)
        let bytes = batch(
            count, producer: producer, epoch: epoch, sequence: sequence, valueBytes: Int.random(in: 1...150, using: &generator),
            isTransactional: inTransaction)
        let told = try rig.log.stage(rig.buffers.hold(bytes), admits: .trusted)
        try #require(!told.isDuplicate && told.baseOffset == all.end)
        staged.append(
            .init(base: told.baseOffset, count: Int32(count), producer: producer, epoch: epoch, sequence: sequence, isTransactional: inTransaction))
    }

    private mutating func produceAnonymously() throws {
        let told = try rig.stage(batch(2))
        staged.append(.init(base: told.baseOffset, count: 2, producer: -1, epoch: -1))
    }

    /// Ends a transaction, or none; now and then with the newer epoch of a coordinator that fences.
    private mutating func end(_ outcome: EndTransactionMarker.Outcome) throws {
        let producer = ProducerID.random(in: Self.transactional, using: &generator)
        var epoch = all.next(producer).epoch
        if Int.random(in: 0..<4, using: &generator) == 0 { epoch += 1 }
        let marker = EndTransactionMarker(producerID: producer, producerEpoch: epoch, outcome: outcome, coordinatorEpoch: 1)
        let told = try rig.stage(marker)
        staged.append(.init(base: told.baseOffset, producer: producer, epoch: epoch, outcome: outcome))
    }

    mutating func write() throws {
        // A failed write leaves open what is in the log: the model has all of it, to be cut when the log is found again.
        model.entries += staged
        staged = []
        _ = try rig.write()
        acknowledged = rig.log.highWatermark
    }

    mutating func reopen() throws {
        staged = []
        rig.log.adopt()
        try rig.reopen()
        rig.handleFlushes()
    }

    /// The log after a crash: a whole prefix of what was written, with all that was acknowledged where it must be.
    mutating func crash(_ how: SimulatedFileSystem.Reboot, keeps: Bool = true, _ context: String = "") throws {
        staged = []
        try rig.crash(how)
        rig.handleFlushes()
        let end = rig.log.logEndOffset
        if keeps { try #require(end >= acknowledged, "\(context)") }
        model.cut(to: end)
        try #require(model.end == end, "\(context): the log ends inside a batch")
        acknowledged = end
    }

    /// Compares everything a reader, a producer or a coordinator can see of the log with the model.
    mutating func check(_ context: String) throws {
        let log = rig.log
        let highWatermark = log.highWatermark
        #expect(log.logEndOffset == model.end, "\(context)")
        let stable = model.lastStableOffset(highWatermark: highWatermark)
        #expect(log.lastStableOffset == stable, "\(context)")
        #expect(try rig.readCommitted(maxBytes: 400) == model.committed(highWatermark: highWatermark), "\(context)")
        var ranges = [0..<model.end]
        for _ in 0..<12 where model.end > 0 {
            let from = Offset.random(in: 0..<model.end, using: &generator)
            ranges.append(from..<Offset.random(in: from...model.end, using: &generator))
        }
        for range in ranges {
            let expected = range.isEmpty ? [] : model.aborted(from: range.lowerBound, upTo: range.upperBound)
            let found = try log.abortedTransactions(from: range.lowerBound, upTo: range.upperBound)
            #expect(found == expected, "\(context): \(range)")
        }
        let open = all.open()
        for producer in Self.transactional {
            #expect(log.ongoingTransaction(of: producer)?.firstOffset == open[producer], "\(context): producer \(producer)")
            let (epoch, sequence) = all.next(producer)
            guard epoch > 0 else { continue }
            let fenced = batch(1, producer: producer, epoch: epoch - 1, sequence: sequence, isTransactional: true)
            #expect(throws: StorageError.producerFenced(producer: producer, got: epoch - 1, current: epoch), "\(context)") {
                try log.stage(rig.buffers.hold(fenced), admits: .trusted)
            }
        }
    }
}
