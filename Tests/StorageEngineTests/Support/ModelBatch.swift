// A batch as a value, and what a compaction makes of it, written down as plainly as can be: the model that the filter is held to.
import Bytes
import Codecs
import Records
@testable import StorageEngine
import Testing
import Vocabulary

struct ModelRecord: Equatable {
    var offset: Offset
    /// What a consumer sees.
    var timestamp: Int64
    var attributes: Int8
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [UInt8]
}

struct ModelBatch: Equatable {
    var baseOffset: Offset
    var nextOffset: Offset
    var leaderEpoch: LeaderEpoch
    var codec: CompressionCodec
    var usesLogAppendTime: Bool
    var isTransactional: Bool
    var isControl: Bool
    var deleteHorizon: Int64?
    var maxTimestamp: Int64
    var producer: [Int64]
    var records: [ModelRecord]

    /// nil: the batch goes.
    func filtered(_ rule: BatchRule, keep: (ModelRecord) -> Bool) -> ModelBatch? {
        var result = self
        result.records = records.filter(keep)
        if result.records.isEmpty {
            (result.codec, result.deleteHorizon) = (.none, nil)
            return rule.keepsEmpty ? result : nil
        }
        let keepsTombstone = !isControl && result.records.contains { $0.value == nil }
        if deleteHorizon == nil, keepsTombstone || rule.stampsMarkers { result.deleteHorizon = rule.newDeleteHorizon }
        if !usesLogAppendTime { result.maxTimestamp = result.records.map(\.timestamp).max()! }
        return result
    }

    /// - Parameter baseTimestamp: what the deltas count from, where there is no horizon.
    func encoded(baseTimestamp: Int64, _ framing: SnappyFraming) -> [UInt8] {
        var writer = ByteWriter()
        let attributes = (usesLogAppendTime ? 8 : 0) | (isTransactional ? 16 : 0) | (isControl ? 32 : 0) | (deleteHorizon == nil ? 0 : 64)
        let base = deleteHorizon ?? baseTimestamp
        writer.int64(baseOffset)
        writer.int32(0)
        writer.int32(leaderEpoch)
        writer.int8(2)
        writer.uint32(0)
        writer.int16(Int16(attributes))
        writer.int32(Int32(nextOffset - baseOffset - 1))
        writer.int64(base)
        writer.int64(maxTimestamp)
        writer.int64(producer[0])
        writer.int16(Int16(producer[1]))
        writer.int32(Int32(producer[2]))
        writer.int32(Int32(records.count))
        for record in records { write(record, base, to: &writer) }
        writer.patch(Int32(writer.count - BatchLayout.lengthOverhead), at: BatchLayout.batchLength)
        return compressed(sealed(Array(writer.bytes)), codec, framing)
    }

    private func write(_ record: ModelRecord, _ base: Int64, to writer: inout ByteWriter) {
        var body = ByteWriter()
        body.int8(record.attributes)
        body.varlong(record.timestamp - base)
        body.varint(Int32(record.offset - baseOffset))
        for field in [record.key, record.value] {
            body.varint(Int32(field?.count ?? -1))
            body.write(field ?? [])
        }
        body.write(record.headers)
        writer.varint(Int32(body.count))
        writer.write(Array(body.bytes))
    }

    init(_ bytes: UnsafeRawBufferPointer) throws {
        let stored = try BatchValidation.stored(bytes)
        try #require(stored.size == bytes.count)
        (baseOffset, nextOffset, leaderEpoch, codec) = (stored.baseOffset, stored.nextOffset, stored.leaderEpoch, try #require(stored.codec))
        (usesLogAppendTime, isTransactional, isControl) = (stored.usesLogAppendTime, stored.isTransactional, stored.isControl)
        (deleteHorizon, maxTimestamp) = (stored.deleteHorizon, stored.maxTimestamp)
        producer = [stored.producerID, Int64(stored.producerEpoch), Int64(stored.baseSequence)]
        records = []
        let memory = stored.recordCount == 0 ? Array(bytes) : try plain(stored)
        try memory.withUnsafeBytes { memory in
            let view = BatchView(unchecked: memory)
            var iterator = RecordIterator(view.records)
            while let record = try iterator.next() {
                let time = view.usesLogAppendTime ? view.maxTimestamp : view.baseTimestamp + record.timestampDelta
                records.append(
                    ModelRecord(
                        offset: view.baseOffset + Offset(record.offsetDelta), timestamp: time, attributes: record.attributes,
                        key: record.key.map { Array($0) }, value: record.value.map { Array($0) }, headers: Array(record.headers)))
            }
        }
        try #require(records.count == stored.recordCount)
    }
}

extension ModelBatch {
    /// Any batch that a compacted log may hold: gaps between offsets, times that go back, all codecs.
    init(random: inout SplitMix) {
        let (count, base) = (1 + random.below(12), Offset(random.below(1 << 40)))
        let isControl = random.below(8) == 0
        let appendTime = random.below(4) == 0 ? Int64(2000 + random.below(1000)) : nil
        var offset = base
        records = (0..<count).map { _ in
            offset += random.below(3) == 0 ? Offset(random.below(200)) : 0
            defer { offset += 1 }
            return ModelRecord(
                offset: offset, timestamp: appendTime ?? Int64(random.below(1 << random.below(40))), attributes: 0,
                key: random.below(6) == 0 ? nil : random.bytes(random.below(20)),
                value: random.below(4) == 0 ? nil : random.bytes(random.below(1 << random.below(9))),
                headers: random.below(3) == 0 ? [4, 2, 0x68, 2, 0x76, 2, 0x69, 1] : [0])
        }
        (baseOffset, nextOffset) = (base, offset + Offset(random.below(3)))
        leaderEpoch = LeaderEpoch(random.below(100))
        codec = everyCodec[random.below(everyCodec.count)]
        usesLogAppendTime = appendTime != nil
        (self.isControl, isTransactional) = (isControl, isControl || random.below(4) == 0)
        deleteHorizon = random.below(4) == 0 ? Int64(random.below(100_000)) : nil
        maxTimestamp = appendTime ?? records.map(\.timestamp).max()!
        producer = random.below(2) == 0 ? [-1, -1, -1] : [Int64(random.below(1000)), Int64(random.below(10)), Int64(random.below(1 << 31))]
    }
}

extension SplitMix {
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}
