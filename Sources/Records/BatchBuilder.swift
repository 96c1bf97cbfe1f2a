// Builds one record batch v2 in memory of the caller, with no allocation and no intermediate copy.
internal import Bytes
package import Vocabulary

/// Writes records behind the place of the header, then the header and its checksum.
package struct BatchBuilder {
    let memory: UnsafeMutableRawPointer
    let capacity: Int
    /// Bytes of the batch so far, header included.
    package private(set) var byteCount: Int
    /// What `byteCount` was before the records were compressed; of a finished batch.
    package private(set) var uncompressedByteCount = 0
    package private(set) var recordCount: Int32 = 0
    private var baseTimestamp: Int64 = 0
    private var maxTimestamp: Int64 = 0

    /// Room that one store of eight bytes may use beyond the record that it begins.
    static let storeSlack = 8

    /// - Parameter memory: room for a header and a record at least; must outlive the builder.
    package init(into memory: UnsafeMutableRawBufferPointer) {
        precondition(memory.count > BatchLayout.headerSize + BatchLayout.smallestRecord, "a batch in \(memory.count) bytes")
        self.memory = memory.baseAddress!
        capacity = memory.count
        byteCount = BatchLayout.headerSize
    }

    /// Starts an empty batch; what was there before is forgotten.
    package mutating func begin(timestampMilliseconds: Int64) {
        byteCount = BatchLayout.headerSize
        recordCount = 0
        baseTimestamp = timestampMilliseconds
        maxTimestamp = .min
    }

    /// Appends any record without headers.
    ///
    /// - Returns: false, with nothing written, when it does not fit.
    package mutating func append(
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, timestampMilliseconds: Int64
    ) -> Bool {
        guard let place = place(key: key, valueSize: value?.count, timestampMilliseconds) else { return false }
        if let value, let source = value.baseAddress, value.count > 0 { place.copyMemory(from: source, byteCount: value.count) }
        return true
    }

    /// Appends one record of the pool's value size: stamp, then the slot at `cursor`, which moves on.
    /// A pool of values too small for a stamp gives the bare slot.
    ///
    /// - Returns: false, with nothing written, when it does not fit.
    package mutating func append(
        _ stamp: PayloadStamp, from pool: PayloadPool, cursor: inout Int, key: UnsafeRawBufferPointer?,
        timestampMilliseconds: Int64
    ) -> Bool {
        guard let place = place(key: key, valueSize: pool.valueSize, timestampMilliseconds) else { return false }
        StampedBody(pool).write(stamp, slot: cursor, to: place)
        cursor = cursor &+ 1 == pool.slotCount ? 0 : cursor &+ 1
        return true
    }

    /// Appends up to `count` keyless records with one intended time and consecutive sequences: the path of
    /// loads that run as fast as they can, where everything but stamp and body is written as three words.
    ///
    /// - Returns: how many fitted.
    package mutating func appendRun(
        _ count: Int, first: PayloadStamp, from pool: PayloadPool, cursor: inout Int, timestampMilliseconds: Int64
    ) -> Int {
        let body = StampedBody(pool)
        let slotCount = pool.slotCount
        var stamp = first
        var slot = cursor
        var delta = recordCount
        var end = byteCount
        var appended = 0
        var frame = RunFrame(timestampDelta: timestampMilliseconds &- baseTimestamp, firstDelta: delta, valueSize: pool.valueSize)
        while appended < count {
            if delta >= frame.nextWidthAt {
                frame = RunFrame(timestampDelta: timestampMilliseconds &- baseTimestamp, firstDelta: delta, valueSize: pool.valueSize)
            }
            guard capacity &- end >= frame.recordSize &+ Self.storeSlack else { break }
            let record = memory + end
            frame.write(delta, to: record)
            body.write(stamp, slot: slot, to: record + frame.prefixSize)
            // Header count 0, the record's last byte.
            record.storeBytes(of: 0, toByteOffset: frame.recordSize &- 1, as: UInt8.self)
            stamp.sequence &+= 1
            slot = slot &+ 1 == slotCount ? 0 : slot &+ 1
            delta &+= 1
            end &+= frame.recordSize
            appended &+= 1
        }
        // Only what was written counts: a maximum above every record's is refused by the broker.
        if appended > 0 { maxTimestamp = max(maxTimestamp, timestampMilliseconds) }
        cursor = slot
        recordCount = delta
        byteCount = end
        return appended
    }

    /// Writes header and checksum.
    ///
    /// - Parameters:
    ///   - codec: what `compress` writes.
    ///   - compress: the records' bytes made smaller, in memory that is not the builder's; where they are not smaller, or it gives
    ///     nil, the batch goes uncompressed.
    /// - Precondition: at least one record.
    /// - Returns: the whole batch, at the front of the builder's memory.
    package mutating func finish(
        producerID: ProducerID = -1, producerEpoch: ProducerEpoch = -1, baseSequence: Int32 = -1, isTransactional: Bool = false,
        codec: CompressionCodec = .none, compress: (UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? = { _ in nil }
    ) -> UnsafeMutableRawBufferPointer {
        precondition(recordCount > 0, "a batch without records")
        uncompressedByteCount = byteCount
        var attributes = isTransactional ? BatchLayout.transactionalAttribute : 0
        if codec != .none {
            let records = UnsafeRawBufferPointer(start: memory + BatchLayout.headerSize, count: byteCount - BatchLayout.headerSize)
            if let smaller = compress(records), smaller.count < records.count {
                UnsafeMutableRawPointer(mutating: records.baseAddress!).copyMemory(from: smaller.baseAddress!, byteCount: smaller.count)
                byteCount = BatchLayout.headerSize + smaller.count
                attributes |= codec.rawValue
            }
        }
        put(Offset(0), BatchLayout.baseOffset)
        put(Int32(byteCount - BatchLayout.lengthOverhead), BatchLayout.batchLength)
        put(LeaderEpoch(0), BatchLayout.partitionLeaderEpoch)
        put(BatchLayout.currentMagic, BatchLayout.magic)
        put(attributes, BatchLayout.attributes)
        put(recordCount &- 1, BatchLayout.lastOffsetDelta)
        put(baseTimestamp, BatchLayout.baseTimestamp)
        put(maxTimestamp, BatchLayout.maxTimestamp)
        put(recordCount, BatchLayout.recordCount)
        let batch = UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
        Self.reseal(batch, producerID: producerID, producerEpoch: producerEpoch, baseSequence: baseSequence)
        return batch
    }

    /// Sets the producer fields of a finished batch and computes its checksum anew.
    package static func reseal(
        _ batch: UnsafeMutableRawBufferPointer, producerID: ProducerID, producerEpoch: ProducerEpoch, baseSequence: Int32
    ) {
        batch.storeBytes(of: producerID.bigEndian, toByteOffset: BatchLayout.producerID, as: ProducerID.self)
        batch.storeBytes(of: producerEpoch.bigEndian, toByteOffset: BatchLayout.producerEpoch, as: ProducerEpoch.self)
        batch.storeBytes(of: baseSequence.bigEndian, toByteOffset: BatchLayout.baseSequence, as: Int32.self)
        let crc = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: batch[BatchLayout.checksummed...]))
        batch.storeBytes(of: crc.bigEndian, toByteOffset: BatchLayout.crc, as: UInt32.self)
    }

    /// Writes everything of a record but its value, if it fits; returns where the value belongs.
    ///
    /// - Parameter headersSize: bytes behind the value, of which the first is written as 0: no headers.
    mutating func place(
        key: UnsafeRawBufferPointer?, valueSize: Int?, headersSize: Int = 1, _ timestamp: Int64
    ) -> UnsafeMutableRawPointer? {
        let timestampDelta = Varint.zigzag(timestamp &- baseTimestamp)
        let offsetDelta = Varint.zigzag(Int64(recordCount))
        let keyLength = Varint.zigzag(Int64(key?.count ?? -1))
        let valueLength = Varint.zigzag(Int64(valueSize ?? -1))
        let keySize = key?.count ?? 0
        let body = 1 &+ Varint.size(timestampDelta) &+ Varint.size(offsetDelta) &+ Varint.size(keyLength) &+ keySize
            &+ Varint.size(valueLength) &+ (valueSize ?? 0) &+ headersSize
        let length = Varint.zigzag(Int64(body))
        guard capacity &- byteCount >= Varint.size(length) &+ body else { return nil }
        var next = memory + byteCount
        Varint.write(length, &next)
        next.storeBytes(of: 0, as: UInt8.self)
        next += 1
        Varint.write(timestampDelta, &next)
        Varint.write(offsetDelta, &next)
        Varint.write(keyLength, &next)
        if let source = key?.baseAddress, keySize > 0 { next.copyMemory(from: source, byteCount: keySize) }
        next += keySize
        Varint.write(valueLength, &next)
        let end = next + (valueSize ?? 0)
        end.storeBytes(of: 0, as: UInt8.self)
        byteCount = memory.distance(to: end) &+ headersSize
        recordCount &+= 1
        maxTimestamp = max(maxTimestamp, timestamp)
        return next
    }

    private func put<T: FixedWidthInteger>(_ value: T, _ position: Int) {
        memory.storeBytes(of: value.bigEndian, toByteOffset: position, as: T.self)
    }
}
