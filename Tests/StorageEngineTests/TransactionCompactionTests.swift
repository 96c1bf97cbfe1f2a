import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// Transactions in a compacted log: what is taken out of it changes no answer.
@Suite struct TransactionCompactionTests {
    /// A compacted topic, what was written to it, and the records of each batch.
    private struct Run {
        let rig: CompactionRig
        var model = TransactionModel()
        var records: [Offset: KeyedRecord] = [:]
        var generator: SplitMix

        init(seed: UInt64) throws {
            rig = try CompactionRig(["segment.bytes": "1200"])
            generator = SplitMix(seed)
        }

        mutating func step() throws {
            rig.clock.advance(10)
            let producer = ProducerID.random(in: 0..<4, using: &generator)
            let (epoch, sequence) = model.next(producer)
            let ends = Int.random(in: 0..<10, using: &generator)
            guard ends < 6 else {
                let bumps = Int.random(in: 0..<5, using: &generator) == 0
                let marker = EndTransactionMarker(
                    producerID: producer, producerEpoch: epoch + (bumps ? 1 : 0), outcome: ends < 8 ? .commit : .abort, coordinatorEpoch: 0)
                let told = try rig.log.stage(marker, timestampMilliseconds: rig.clock.now)
                _ = try rig.rig.write()
                return model.entries.append(
                    .init(base: told.baseOffset, producer: producer, epoch: marker.producerEpoch, outcome: marker.outcome))
            }
            let keyed = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                KeyedRecord("key-\(Int.random(in: 0..<5, using: &generator))", "value \(generator.next())", at: rig.clock.now)
            }
            let bytes = batch(keyed, producer: producer, epoch: epoch, sequence: sequence, attributes: 0x10)
            let told = try rig.log.stage(rig.rig.buffers.hold(bytes), admits: .trusted)
            _ = try rig.rig.write()
            for (index, record) in keyed.enumerated() { records[told.baseOffset + Offset(index)] = record }
            model.entries.append(
                .init(
                    base: told.baseOffset, count: Int32(keyed.count), producer: producer, epoch: epoch, sequence: sequence,
                    isTransactional: true))
        }

        /// Ends what is open, so that everything may be compacted.
        mutating func settle() throws {
            for producer in model.open().keys.sorted() {
                let epoch = model.next(producer).epoch
                let told = try rig.log.stage(.commit(producer, epoch: epoch), timestampMilliseconds: rig.clock.now)
                _ = try rig.rig.write()
                model.entries.append(.init(base: told.baseOffset, producer: producer, epoch: epoch, outcome: .commit))
            }
        }

        func check(_ context: String) throws {
            let log = rig.log
            #expect(log.logEndOffset == model.end, "\(context)")
            #expect(log.lastStableOffset == model.lastStableOffset(highWatermark: log.highWatermark), "\(context)")
            var visible: [StoredRecord] = []
            try rig.rig.forEachCommitted { view in
                if view.recordCount > 0 { visible += try StorageEngineTests.records(of: view) }
            }
            var newest: [String: Offset] = [:]
            var committed: Set<Offset> = []
            for batch in model.committed(highWatermark: log.highWatermark) {
                for offset in batch.baseOffset..<(batch.baseOffset + Offset(batch.count)) {
                    committed.insert(offset)
                    newest[records[offset]!.key!] = offset
                }
            }
            for record in visible {
                try #require(committed.contains(record.offset), "\(context): \(record) is not committed")
                #expect(record.record == records[record.offset], "\(context)")
            }
            let present = Set(visible.map(\.offset))
            for (key, offset) in newest { try #require(present.contains(offset), "\(context): the newest of \(key), at \(offset), is gone") }
            let open = model.open()
            for producer in ProducerID(0)..<4 {
                #expect(log.ongoingTransaction(of: producer)?.firstOffset == open[producer], "\(context): producer \(producer)")
                let (epoch, sequence) = model.next(producer)
                guard model.entries.contains(where: { $0.producer == producer }) else { continue }
                let gap = batch([KeyedRecord("k", "v")], producer: producer, epoch: epoch, sequence: sequence + 1, attributes: 0x10)
                #expect(throws: StorageError.outOfOrderSequence(producer: producer, got: sequence + 1, expected: sequence), "\(context)") {
                    try log.stage(rig.rig.buffers.hold(gap), admits: .trusted)
                }
            }
        }
    }

    @Test(arguments: UInt64(1)...6)
    func `compaction shows no aborted record, hides no committed one and forgets no producer`(seed: UInt64) throws {
        var run = try Run(seed: seed)
        var compacted = 0
        for round in 0..<5 {
            for _ in 0..<30 { try run.step() }
            if round % 2 == 0 { try run.settle() }
            try run.check("seed \(seed), round \(round)")
            for pass in 0..<3 {
                run.rig.clock.advance(600)
                compacted += try run.rig.compact()?.segmentsReplaced ?? 0
                try run.check("seed \(seed), round \(round), pass \(pass)")
            }
            try run.rig.reopen([nil, .kill, .powerLoss][round % 3])
            try run.check("seed \(seed), round \(round), opened again")
            // Without what was remembered beside it, the log alone has to say the same.
            run.rig.rig.disk.reboot(.kill)
            for path in run.rig.rig.disk.paths() where path.hasSuffix(".snapshot") || path.hasSuffix(".txnindex") {
                run.rig.rig.disk.remove(path)
            }
            run.rig.rig.disk.remove("d/\(RecoveryCheckpoint.name)")
            try run.rig.reopen(.kill)
            try run.check("seed \(seed), round \(round), from the log alone")
        }
        #expect(compacted > 0)
    }
}
