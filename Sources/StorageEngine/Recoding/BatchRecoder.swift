// A produced batch in another codec: the same records, offsets, timestamps, headers, producer and sequence.
internal import Bytes
internal import Codecs
package import Records
internal import Vocabulary

/// A batch in memory of its own.
package final class RecodedBatch {
    package let bytes: UnsafeMutableRawBufferPointer

    init(byteCount: Int) { bytes = .allocate(byteCount: byteCount, alignment: 16) }

    deinit { bytes.deallocate() }
}

/// Re-compresses batches. Belongs to one thread, which it may keep busy: `StorageLimits.decompressedBatchBytes` says for
/// how long. Memory: the decompressor's and the compressor's, each as large as the largest batch so far (8 MiB of it for
/// long), and the batch that is handed out.
package final class BatchRecoder {
    private let compressor = Compressor()

    package init() {}

    /// Checks a batch as the door does, and every record of it, and compresses the records with `codec`.
    ///
    /// - Parameter limitBytes: the most that the batch may have before and after.
    /// - Throws: `.messageTooLarge`, `.record`.
    package func recode(
        _ bytes: UnsafeRawBufferPointer, to codec: CompressionCodec, limitBytes: Int
    ) throws(StorageError) -> RecodedBatch {
        guard bytes.count <= limitBytes else { throw .messageTooLarge(bytes: bytes.count, limit: limitBytes) }
        let view: BatchView
        // Whether it may belong to a transaction is asked at the door.
        do { view = try BatchValidation.produced(bytes, admitsTransactions: true) } catch {
            // The last thing that is looked at, and written anew below.
            guard case .timestamps = error else { throw .record(error) }
            view = BatchView(unchecked: bytes)
        }
        let block: UnsafeRawBufferPointer
        let maxTimestamp: Int64
        do throws(RecordWalkError) {
            block = try RecordKeys().block(of: view)
            maxTimestamp = try Self.largestTimestamp(of: block, in: view)
        } catch { throw .record(error.recordError) }
        let records: UnsafeRawBufferPointer
        do throws(CodecError) { records = try compressor.compress(block, codec) } catch {
            throw .record(RecordWalkError.compression(error).recordError)
        }
        let size = BatchLayout.headerSize + records.count
        guard size <= limitBytes else { throw .messageTooLarge(bytes: size, limit: limitBytes) }
        let batch = RecodedBatch(byteCount: size)
        batch.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<BatchLayout.headerSize]))
        UnsafeMutableRawBufferPointer(rebasing: batch.bytes[BatchLayout.headerSize...]).copyMemory(from: records)
        Self.seal(batch.bytes, attributes: view.attributes & ~7 | codec.rawValue, maxTimestamp: maxTimestamp)
        return batch
    }

    /// The records' own: a compressed batch's header may say something else, which no door has looked into.
    private static func largestTimestamp(of block: UnsafeRawBufferPointer, in view: BatchView) throws(RecordWalkError) -> Int64 {
        var checks = RecordChecks(view)
        var records = RecordWalk(block)
        var largest = Int64.min
        do throws(RecordError) {
            while let record = try records.next() {
                try checks.check(record)
                largest = max(largest, view.baseTimestamp &+ record.timestampDelta)
            }
            try checks.finish()
        } catch { throw .records(error) }
        return view.usesLogAppendTime ? view.maxTimestamp : largest
    }

    private static func seal(_ bytes: UnsafeMutableRawBufferPointer, attributes: Int16, maxTimestamp: Int64) {
        let length = Int32(bytes.count - BatchLayout.lengthOverhead)
        bytes.storeBytes(of: length.bigEndian, toByteOffset: BatchLayout.batchLength, as: Int32.self)
        bytes.storeBytes(of: attributes.bigEndian, toByteOffset: BatchLayout.attributes, as: Int16.self)
        MutableBatch(bytes).correct(maxTimestamp: maxTimestamp)
    }
}
