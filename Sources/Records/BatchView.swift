internal import Bytes
package import Vocabulary

/// A record batch where it lies: reads header fields in place, copies nothing. The memory must outlive it.
package struct BatchView {
    /// From `baseOffset` to the last byte of the last record.
    package let bytes: UnsafeRawBufferPointer

    /// - Precondition: at least a header's worth of bytes.
    package init(unchecked bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= BatchLayout.headerSize, "a batch header takes 61 bytes, not \(bytes.count)")
        self.bytes = bytes
    }

    @inline(__always) private func load<T: FixedWidthInteger>(_ position: Int) -> T {
        T(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
    }

    package var baseOffset: Offset { load(BatchLayout.baseOffset) }
    package var batchLength: Int32 { load(BatchLayout.batchLength) }
    /// Bytes of the whole batch by its own length field.
    package var size: Int { Int(batchLength) &+ BatchLayout.lengthOverhead }
    package var leaderEpoch: LeaderEpoch { load(BatchLayout.partitionLeaderEpoch) }
    package var magic: Int8 { load(BatchLayout.magic) }
    package var crc: UInt32 { load(BatchLayout.crc) }
    package var attributes: Int16 { load(BatchLayout.attributes) }
    package var lastOffsetDelta: Int32 { load(BatchLayout.lastOffsetDelta) }
    package var baseTimestamp: Int64 { load(BatchLayout.baseTimestamp) }
    package var maxTimestamp: Int64 { load(BatchLayout.maxTimestamp) }
    package var producerID: ProducerID { load(BatchLayout.producerID) }
    package var producerEpoch: ProducerEpoch { load(BatchLayout.producerEpoch) }
    package var baseSequence: Int32 { load(BatchLayout.baseSequence) }
    package var recordCount: Int32 { load(BatchLayout.recordCount) }

    /// The offset behind the batch's last record.
    package var nextOffset: Offset { baseOffset &+ Offset(lastOffsetDelta) &+ 1 }
    package var hasProducer: Bool { producerID >= 0 }
    package var isTransactional: Bool { attributes & 0x10 != 0 }
    package var isControl: Bool { attributes & 0x20 != 0 }
    package var usesLogAppendTime: Bool { attributes & 0x08 != 0 }
    /// nil for a codec that does not exist.
    package var codec: CompressionCodec? { CompressionCodec(rawValue: attributes & 0x07) }

    /// The bytes the checksum covers.
    package var checksummed: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[BatchLayout.checksummed...])
    }

    /// The records, still compressed where the codec says so.
    package var records: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[BatchLayout.headerSize...])
    }
}

/// A record batch that the broker may stamp with what it assigns.
package struct MutableBatch {
    package let bytes: UnsafeMutableRawBufferPointer

    package init(_ bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count >= BatchLayout.headerSize, "a batch header takes 61 bytes, not \(bytes.count)")
        self.bytes = bytes
    }

    package var view: BatchView { BatchView(unchecked: UnsafeRawBufferPointer(bytes)) }

    /// Makes the time of all records the broker's, in milliseconds since 1970. The checksum is made anew.
    package func stamp(logAppendTime: Int64) {
        let attributes = view.attributes | 0x08
        bytes.storeBytes(of: attributes.bigEndian, toByteOffset: BatchLayout.attributes, as: Int16.self)
        correct(maxTimestamp: logAppendTime)
    }

    /// Makes the header's largest time, in milliseconds since 1970, what it has to be. The checksum is made anew.
    package func correct(maxTimestamp: Int64) {
        bytes.storeBytes(of: maxTimestamp.bigEndian, toByteOffset: BatchLayout.maxTimestamp, as: Int64.self)
        let crc = CRC32C.checksum(view.checksummed)
        bytes.storeBytes(of: crc.bigEndian, toByteOffset: BatchLayout.crc, as: UInt32.self)
    }

    /// Sets the offset and the leader epoch that the partition assigned. The checksum does not cover them.
    package func assign(baseOffset: Offset, leaderEpoch: LeaderEpoch) {
        bytes.storeBytes(of: baseOffset.bigEndian, toByteOffset: BatchLayout.baseOffset, as: Offset.self)
        bytes.storeBytes(of: leaderEpoch.bigEndian, toByteOffset: BatchLayout.partitionLeaderEpoch, as: LeaderEpoch.self)
    }
}
