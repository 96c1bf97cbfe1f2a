// A compacted topic, its clock, and a naive model of what must be in it.
import Codecs
import Host
import Records
@testable import StorageEngine
import Synchronization
import Testing
import Vocabulary

/// A clock that a test sets, in milliseconds.
final class TestClock: Sendable {
    private let time = Mutex<Int64>(1_000_000)
    var now: Int64 { time.withLock { $0 } }
    func advance(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}

/// The topic "t" with every record that was ever appended to it.
final class CompactionRig {
    let rig: Rig
    let clock = TestClock()
    let deleteRetention: Int64 = 1000
    private(set) var appended: [StoredRecord] = []
    /// When the first pass that saw it ended, by a tombstone's offset.
    private var seenAt: [Offset: Int64] = [:]
    private(set) var firstDirty: Offset = 0
    /// Passes may end early: what they did until then is not known, only what they may not do.
    private let isInterrupted: Bool

    init(_ overrides: [String: String] = [:], mapLimitBytes: Int = 1 << 20, bufferBytes: Int = 4096, isInterrupted: Bool = false) throws {
        self.isInterrupted = isInterrupted
        let base = [
            "cleanup.policy": "compact", "segment.bytes": "1500", "index.interval.bytes": "200", "min.cleanable.dirty.ratio": "0",
            "delete.retention.ms": "\(deleteRetention)", "flush.messages": "1",
        ]
        let clock = clock
        rig = try Rig(base.merging(overrides) { $1 }) {
            $0.cleaner.mapLimitBytes = mapLimitBytes
            $0.cleaner.bufferBytes = bufferBytes
            $0.now = { clock.now }
        }
        rig.handleFlushes()
    }

    var log: PartitionLog { rig.log }

    /// Appends one batch, timed by the clock.
    func append(
        _ records: [(String, String?)], _ codec: Codec = .none, producer: ProducerID = -1, epoch: ProducerEpoch = 0, sequence: Int32 = -1
    ) throws {
        let timed = records.map { KeyedRecord($0.0, $0.1, at: clock.now) }
        let plain = batch(timed, producer: producer, epoch: epoch, sequence: sequence)
        let staged = try rig.stage(compressed(plain, codec))
        _ = try rig.write()
        guard !staged.isDuplicate else { return }
        for (index, record) in timed.enumerated() {
            appended.append(StoredRecord(offset: staged.baseOffset + Offset(index), record: record))
        }
    }

    /// Random batches of random keys, one in ten records a tombstone.
    func appendRandom(_ count: Int, keys: Int, using generator: inout SplitMix, codecs: [Codec] = [.none]) throws {
        for _ in 0..<count {
            clock.advance(Int64.random(in: 0...20, using: &generator))
            let records = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                let key = "key-\(Int.random(in: 0..<keys, using: &generator))"
                let value = "value \(generator.next() % 1_000_000_007) \(String(repeating: "x", count: Int.random(in: 0...30, using: &generator)))"
                return (key, Int.random(in: 0..<10, using: &generator) == 0 ? nil : value)
            }
            try append(records, codecs.randomElement(using: &generator)!)
        }
    }

    /// One round of the cleaner, on this thread.
    @discardableResult func compact() throws -> CompactionReport? {
        if isInterrupted { see(below: .max) }
        let report = rig.storage.compactOnce().first
        if let report {
            firstDirty = report.firstDirtyAfter
            see(below: firstDirty)
        }
        return report
    }

    private func see(below offset: Offset) {
        for record in appended where record.offset < offset && record.record.value == nil {
            seenAt[record.offset] = seenAt[record.offset] ?? clock.now
        }
    }

    func reopen(_ how: SimulatedFileSystem.Reboot?) throws {
        if let how { try rig.crash(how) } else { try rig.reopen() }
        rig.handleFlushes()
    }

    /// What is in the log is what was appended, as it was, in order; of every key the newest record is there.
    func check(_ context: @autoclosure () -> String = "", isComplete: Bool = true) throws {
        let stored = try rig.readRecords()
        let byOffset = Dictionary(uniqueKeysWithValues: appended.map { ($0.offset, $0.record) })
        let offsets = stored.map(\.offset)
        #expect(offsets == offsets.sorted() && Set(offsets).count == offsets.count, "\(context()): offsets \(offsets)")
        for record in stored {
            try #require(byOffset[record.offset] == record.record, "\(context()): \(record) was never appended there")
        }
        let present = Set(offsets)
        var newest: [String: StoredRecord] = [:]
        for record in appended { newest[record.record.key!] = record }
        for record in appended where record.offset >= firstDirty && !isInterrupted {
            try #require(present.contains(record.offset), "\(context()): offset \(record.offset) is dirty, and gone")
        }
        for (key, record) in newest where !present.contains(record.offset) {
            let horizon = seenAt[record.offset].map { $0 + deleteRetention }
            try #require(
                record.record.value == nil && horizon.map { clock.now >= $0 } ?? false,
                "\(context()): the newest of \(key) at \(record.offset) is gone")
        }
        if isComplete, !isInterrupted { try checkCompacted(stored, context()) }
        #expect(log.logEndOffset == Offset(appended.count), "\(context())")
        for offset in log.logStartOffset..<log.logEndOffset {
            let slice = try log.read(from: offset, maxBytes: 1, atLeastOneBatch: true)
            try #require((slice?.nextOffset ?? -1) > offset, "\(context()): nothing behind offset \(offset)")
        }
    }

    private func checkCompacted(_ stored: [StoredRecord], _ context: String) throws {
        var newest: [String: Offset] = [:]
        for record in appended where record.offset < firstDirty { newest[record.record.key!] = record.offset }
        for record in stored where record.offset < firstDirty {
            try #require(newest[record.record.key!] == record.offset, "\(context): offset \(record.offset) has a newer one below \(firstDirty)")
        }
    }
}
