import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// Transactions on a compacted topic.
@Suite struct CompactedTransactionTests {
    private func send(_ rig: Rig, _ producer: ProducerID, _ sequence: Int32, _ records: [(String, String?)], at time: Int64) throws {
        let keyed = records.map { KeyedRecord($0.0, $0.1, at: time) }
        let bytes = batch(keyed, producer: producer, epoch: 0, sequence: sequence, attributes: 0x10)
        _ = try rig.log.stage(rig.buffers.hold(bytes), admits: .trusted)
        _ = try rig.write()
    }

    /// A segment's worth of one key, so that what comes before is sealed.
    private func seal(_ rig: CompactionRig) throws {
        for _ in 0..<2 { try rig.rig.append(batch([KeyedRecord("filler", String(repeating: "x", count: 1300), at: rig.clock.now)])) }
    }

    private func contents(_ rig: Rig) throws -> (records: [String], markers: [Offset]) {
        var records: [String] = []
        var markers: [Offset] = []
        try forEachBatch(in: try rig.readBytes()) { view in
            if view.isControl {
                if view.recordCount > 0 { markers.append(view.baseOffset) }
            } else {
                for stored in try StorageEngineTests.records(of: view) where stored.record.key != "filler" {
                    records.append("\(stored.record.key!)=\(stored.record.value ?? "-")")
                }
            }
        }
        return (records, markers)
    }

    @Test func `aborted records go at once and replace nothing, markers go behind their horizon`() throws {
        let rig = try CompactionRig()
        let log = rig.rig
        try log.append(batch([KeyedRecord("a", "0", at: rig.clock.now), KeyedRecord("b", "0", at: rig.clock.now)]))
        try send(log, 1, 0, [("a", "aborted"), ("z", "aborted")], at: rig.clock.now)
        let firstAbort = log.log.logEndOffset
        try log.end(.abort(1))
        try send(log, 2, 0, [("b", "committed")], at: rig.clock.now)
        let commit = log.log.logEndOffset
        try log.end(.commit(2))
        try send(log, 1, 2, [("c", "aborted")], at: rig.clock.now)
        let lastAbort = log.log.logEndOffset
        try log.end(.abort(1))
        try seal(rig)
        #expect(try log.log.abortedTransactions(from: 0, upTo: log.log.lastStableOffset).count == 2)

        #expect(try rig.compact()?.failure == nil)
        var now = try contents(log)
        #expect(now.records == ["a=0", "b=committed"])
        #expect(now.markers == [firstAbort, commit, lastAbort])

        // The second pass finds the aborted ones without data and starts their time; the third finds it over.
        for pass in 2...3 {
            rig.clock.advance(rig.deleteRetention)
            try seal(rig)
            #expect(try rig.compact()?.failure == nil)
            now = try contents(log)
            #expect(now.records == ["a=0", "b=committed"])
            // The newest marker of a producer that is remembered tells its epoch: it stays.
            #expect(now.markers == (pass == 2 ? [firstAbort, commit, lastAbort] : [commit, lastAbort]), "pass \(pass)")
        }
        // The emptied last batch of a producer still belongs to its transaction.
        #expect(try log.log.abortedTransactions(from: 0, upTo: log.log.lastStableOffset).map(\.lastOffset) == [lastAbort])

        for path in log.disk.paths() where path.hasSuffix(".snapshot") { log.disk.remove(path) }
        try rig.reopen(.powerLoss)
        #expect(try contents(log).records == ["a=0", "b=committed"])
        // Sequences are known from the emptied batches.
        try send(log, 1, 3, [("c", "1")], at: rig.clock.now)
        try log.end(.commit(1))
        #expect(try contents(log).records == ["a=0", "b=committed", "c=1"])
    }

    @Test func `an open transaction holds compaction below its first record`() throws {
        let rig = try CompactionRig()
        var generator = SplitMix(31)
        try rig.appendRandom(30, keys: 4, using: &generator)
        let first = rig.log.logEndOffset
        try send(rig.rig, 1, 0, [("key-1", "open")], at: rig.clock.now)
        for _ in 0..<4 { try seal(rig) }
        while let report = try rig.compact() { #expect(report.firstDirtyAfter <= first) }
        #expect(rig.log.compactionView().stableOffset == first)
        try rig.rig.end(.commit(1))
        for _ in 0..<2 { try seal(rig) }
        #expect(try rig.compact()?.firstDirtyAfter ?? 0 > first)
        #expect(try contents(rig.rig).records.contains("key-1=open"))
    }
}
