// What a null broker remembers: topics, next offsets and, where it keeps records, a bounded log in memory.
internal import Bytes
internal import Records
internal import Vocabulary

/// One stored batch.
final class KeptBatch {
    let bytes: UnsafeMutableRawBufferPointer
    let nextOffset: Offset

    init(copying batch: UnsafeRawBufferPointer, at baseOffset: Offset) {
        bytes = .allocate(byteCount: batch.count, alignment: 16)
        bytes.copyMemory(from: batch)
        let stored = MutableBatch(bytes)
        stored.assign(baseOffset: baseOffset, leaderEpoch: 0)
        nextOffset = stored.view.nextOffset
    }

    deinit { bytes.deallocate() }

    /// As the batch itself says it; `bytes` stay what they are.
    func overwriteLength(with length: Int32) {
        let place = BatchLayout.batchLength
        withUnsafeBytes(of: length.bigEndian) { bytes[place..<place + 4].copyBytes(from: $0) }
    }

    /// Flips a bit in the last payload byte and makes the checksum fit again.
    func flipBit() {
        // The last byte of a batch is the last record's header count; the payload ends before it.
        bytes[bytes.count - 2] ^= 0x10
        let view = BatchView(unchecked: UnsafeRawBufferPointer(bytes))
        BatchBuilder.reseal(
            bytes, producerID: view.producerID, producerEpoch: view.producerEpoch, baseSequence: view.baseSequence)
    }
}

/// One partition: its next offset, and its batches where records are kept.
final class NullPartition {
    private(set) var nextOffset: Offset = 0
    private(set) var kept: [KeptBatch] = []
    /// A batch that is stored behind the next one.
    private var heldBack: KeptBatch?
    /// The sequence that each producer's next batch must have.
    private var expected: [ProducerID: Int32] = [:]
    /// Base sequence → base offset of each producer's last batches, so that a retry is answered, not stored again.
    private var answered: [ProducerID: [(sequence: Int32, offset: Offset)]] = [:]

    /// The offset that an earlier copy of this batch was given.
    func earlierOffset(of batch: BatchView) -> Offset? {
        guard batch.hasProducer else { return nil }
        return answered[batch.producerID]?.last { $0.sequence == batch.baseSequence }?.offset
    }

    /// Whether a producer's batch leaves no gap in its sequences.
    func isNext(_ batch: BatchView) -> Bool {
        !batch.hasProducer || batch.baseSequence == expected[batch.producerID] ?? 0
    }

    func remember(_ batch: BatchView, at offset: Offset) {
        guard batch.hasProducer else { return }
        expected[batch.producerID] = (batch.baseSequence &+ batch.recordCount) & Int32.max
        answered[batch.producerID, default: []].append((batch.baseSequence, offset))
        if answered[batch.producerID]!.count > 5 { answered[batch.producerID]!.removeFirst() }
    }

    /// Counts a batch whose records are not kept.
    func count(_ batch: BatchView) -> Offset {
        defer { nextOffset += Offset(batch.lastOffsetDelta) + 1 }
        return nextOffset
    }

    func store(_ bytes: UnsafeRawBufferPointer) -> (offset: Offset, batch: KeptBatch) {
        let batch = KeptBatch(copying: bytes, at: nextOffset)
        let offset = nextOffset
        kept.append(batch)
        nextOffset = batch.nextOffset
        if let late = heldBack {
            heldBack = nil
            _ = store(UnsafeRawBufferPointer(late.bytes))
        }
        return (offset, batch)
    }

    /// Stores a batch behind the next one. Its answer names the offset it would have had.
    func holdBack(_ bytes: UnsafeRawBufferPointer) -> Offset {
        if heldBack != nil { return store(bytes).offset }
        heldBack = KeptBatch(copying: bytes, at: nextOffset)
        return nextOffset
    }

    /// Kept batches from the one that holds `offset` on, `maxBytes` at most but at least one.
    func read(from offset: Offset, maxBytes: Int) -> ArraySlice<KeptBatch> {
        var low = 0
        var high = kept.count
        while low < high {
            let middle = (low + high) / 2
            if kept[middle].nextOffset <= offset { low = middle + 1 } else { high = middle }
        }
        var end = low
        var bytes = 0
        while end < kept.count, end == low || bytes + kept[end].bytes.count <= maxBytes {
            bytes += kept[end].bytes.count
            end += 1
        }
        return kept[low..<end]
    }
}

/// Topics by name; any name that is asked for exists.
final class NullTopics {
    private let partitionCount: Int32
    /// 0: records are not kept.
    private let keptBytes: Int
    private var usedBytes = 0
    private var topics: [String: [NullPartition]] = [:]

    /// More partitions than that are refused, as is a topic beyond as many topics.
    static let maximum: Int32 = 10_000

    init(partitionCount: Int32, keptBytes: Int) {
        self.partitionCount = partitionCount
        self.keptBytes = keptBytes
    }

    var keepsRecords: Bool { keptBytes > 0 }
    var names: [String] { topics.keys.sorted() }

    /// The topic's partitions, made on first sight; nil when there are too many topics.
    func partitions(of name: String) -> [NullPartition]? {
        if let known = topics[name] { return known }
        return create(name, partitionCount)
    }

    /// nil when it exists or the count is out of range.
    func create(_ name: String, _ count: Int32) -> [NullPartition]? {
        guard topics[name] == nil, (1...Self.maximum).contains(count), topics.count < Self.maximum else { return nil }
        let made = (0..<count).map { _ in NullPartition() }
        topics[name] = made
        return made
    }

    func delete(_ name: String) -> Bool { topics.removeValue(forKey: name) != nil }

    func partition(_ name: UnsafeRawBufferPointer, _ index: Int32) -> NullPartition? {
        guard let partitions = partitions(of: String(decoding: name, as: UTF8.self)),
            partitions.indices.contains(Int(index))
        else { return nil }
        return partitions[Int(index)]
    }

    /// Whether `bytes` more may be kept.
    func reserve(_ bytes: Int) -> Bool {
        guard usedBytes + bytes <= keptBytes else { return false }
        usedBytes += bytes
        return true
    }
}
