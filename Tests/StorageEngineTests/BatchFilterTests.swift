import Bytes
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct BatchFilterTests {
    private let filter = BatchFilter()
    private let now: Int64 = 50_000

    /// What filtering leaves of a batch at offset 100, checked as recovery checks it.
    private func filtered(
        _ bytes: [UInt8], _ rule: BatchRule? = nil, keep: (RecordKey) -> Bool
    ) throws -> (header: [UInt8], records: [StoredRecord])? {
        let buffers = Buffers()
        let memory = buffers.hold(bytes)
        let assigned = Offset(bigEndian: bytes.withUnsafeBytes { $0.loadUnaligned(as: Offset.self) })
        MutableBatch(memory).assign(baseOffset: max(100, assigned), leaderEpoch: 3)
        let view = BatchView(unchecked: UnsafeRawBufferPointer(memory))
        let result: UnsafeRawBufferPointer
        switch try filter.filter(view, rule ?? BatchRule(newDeleteHorizon: now), keep: keep) {
        case .dropped: return nil
        case .unchanged: result = view.bytes
        case .rewritten(let bytes, let count):
            #expect(BatchView(unchecked: bytes).recordCount == count)
            result = bytes
        case .emptied(let bytes):
            #expect(bytes.count == BatchLayout.headerSize)
            result = bytes
        }
        let checked = try BatchValidation.stored(result)
        #expect(checked.size == result.count && checked.leaderEpoch == 3)
        return (Array(result), try records(of: checked))
    }

    private let five = (0..<5).map { KeyedRecord("k\($0)", "v\($0)", at: 1000 + Int64($0) * 7) }

    @Test func `a damaged batch is not walked past the damage`() throws {
        let whole = batch(five)
        for at in BatchLayout.headerSize..<whole.count {
            var bytes = whole
            bytes[at] = 0xff
            // Whatever the byte was, it is refused or read within the batch.
            _ = try? filtered(sealed(bytes)) { _ in true }
        }
        var short = whole
        short[BatchLayout.recordCount + 3] = 6
        #expect(throws: RecordWalkError.records(.walkedCount(5, headerSays: 6))) { try filtered(sealed(short)) { _ in true } }
    }

    @Test func `records that stay keep offset, time, key, value and headers, whichever go`() throws {
        for mask in 0..<32 {
            let kept = five.indices.filter { mask & 1 << $0 != 0 }
            let result = try filtered(batch(five)) { kept.contains(Int($0.offset - 100)) }
            guard !kept.isEmpty else {
                #expect(result == nil)
                continue
            }
            #expect(result?.records == kept.map { StoredRecord(offset: 100 + Offset($0), record: five[$0]) })
            try result!.header.withUnsafeBytes {
                let view = try BatchValidation.stored($0)
                #expect(view.baseOffset == 100 && view.nextOffset == 105)
                #expect(view.maxTimestamp == five[kept.last!].timestamp)
            }
        }
    }

    @Test func `the last batch of a producer stays as a header, and as the same one ever after`() throws {
        let bytes = batch(five, producer: 9, epoch: 2, sequence: 40)
        let rule = BatchRule(keepsEmpty: true, newDeleteHorizon: now)
        let first = try filtered(bytes, rule) { _ in false }!
        #expect(first.records.isEmpty)
        try first.header.withUnsafeBytes {
            let view = try BatchValidation.stored($0)
            #expect(view.producerID == 9 && view.producerEpoch == 2 && view.baseSequence == 40)
            #expect(view.lastOffsetDelta == 4 && view.maxTimestamp == 1028 && view.recordCount == 0)
        }
        #expect(try filtered(first.header, rule) { _ in false }?.header == first.header)
        #expect(try filtered(first.header) { _ in false } == nil)
    }

    @Test func `a tombstone is stamped once, and its batch's times stay`() throws {
        let records = [KeyedRecord("a", "1", at: 1000), KeyedRecord("b", nil, at: 1500), KeyedRecord("c", "3", at: 900)]
        let first = try filtered(batch(records)) { _ in true }!
        #expect(first.records.map(\.record) == records)
        let horizon = { (bytes: [UInt8]) in bytes.withUnsafeBytes { BatchView(unchecked: $0).deleteHorizon } }
        #expect(horizon(first.header) == now)
        let later = BatchRule(newDeleteHorizon: now + 999)
        let second = try filtered(first.header, later) { _ in true }!
        #expect(second.header == first.header)
        let third = try filtered(first.header, later) { $0.key?.first != UInt8(ascii: "a") }!
        #expect(horizon(third.header) == now)
        #expect(third.records.map(\.record) == [records[1], records[2]])
    }

    @Test func `a batch without tombstones gets no stamp`() throws {
        let result = try filtered(batch(five)) { $0.offset != 102 }!
        #expect(result.header.withUnsafeBytes { BatchView(unchecked: $0).deleteHorizon } == nil)
    }
}

@Suite struct CompactedTopicTests {
    @Test func `a compacted topic refuses a batch with a keyless record, and takes it whole or not at all`() throws {
        let rig = try Rig(["cleanup.policy": "compact"])
        #expect(throws: StorageError.record(.keyless(1))) {
            try rig.append(batch([KeyedRecord("a", "1"), KeyedRecord(nil, "2"), KeyedRecord("c", "3")]))
        }
        #expect(throws: StorageError.record(.keyless(0))) { try rig.append(batch(3)) }
        #expect(rig.log.logEndOffset == 0)
        try rig.append(batch([KeyedRecord("a", nil), KeyedRecord("", "empty key")]))
        #expect(rig.log.logEndOffset == 2)
    }

    @Test func `a topic that is not compacted takes keyless records`() throws {
        let rig = try Rig(["cleanup.policy": "delete"])
        try rig.append(batch([KeyedRecord(nil, "2")]))
        #expect(rig.log.logEndOffset == 1)
    }

    @Test(arguments: [("compact", true, false), ("delete", false, true), ("compact,delete", true, true), ("delete, compact", true, true)])
    func `the policy is read as Kafka writes it`(text: String, compacts: Bool, deletes: Bool) throws {
        let policy = try LogConfiguration().applying(["cleanup.policy": text]).cleanupPolicy
        #expect(policy.contains(.compact) == compacts && policy.contains(.delete) == deletes)
        #expect(CleanupPolicy(policy.description) == policy)
    }

    @Test(arguments: [("cleanup.policy", "tidy"), ("cleanup.policy", ""), ("min.cleanable.dirty.ratio", "1.1"), ("min.compaction.lag.ms", "-1"), ("max.compaction.lag.ms", "0"), ("delete.retention.ms", "x")])
    func `a setting out of its range is refused`(key: String, value: String) {
        #expect(throws: StorageError.self) { try LogConfiguration().applying([key: value]) }
    }

    @Test func `a segment is sealed in time for the longest compaction lag, by record time`() throws {
        let rig = try Rig(["cleanup.policy": "compact", "max.compaction.lag.ms": "100"])
        for time in [1000, 1100, 1101] as [Int64] { try rig.append(batch([KeyedRecord("a", "1", at: time)])) }
        #expect(rig.disk.bytes(of: rig.path(2, ".log")) != nil)
        let plain = try Rig(["max.compaction.lag.ms": "100"])
        for time in [1000, 1100, 1101] as [Int64] { try plain.append(batch([KeyedRecord("a", "1", at: time)])) }
        #expect(plain.disk.bytes(of: plain.path(2, ".log")) == nil)
    }
}
