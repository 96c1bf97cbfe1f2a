// Prebuilt batches in one stretch of memory, as a receive buffer holds them.
internal import Records

/// Valid batches of one size. The engine stamps them in place, and may be given them again.
final class BatchRing {
    let batchBytes: Int
    let recordsPerBatch: Int
    let count: Int
    let memory: UnsafeMutableRawBufferPointer
    private let stride: Int

    /// - Parameters:
    ///   - batchBytes: the most bytes of a batch; what a batch really has is `batchBytes` of the ring.
    ///   - totalBytes: of the ring; at least one batch.
    init(recordBytes: Int, batchBytes most: Int, totalBytes: Int, seed: UInt64 = 7) {
        // Room for the builder's eight bytes of store slack.
        stride = (most + 64 + 63) / 64 * 64
        count = max(1, totalBytes / most)
        memory = .allocate(byteCount: stride * count, alignment: 4096)
        let pool = PayloadPool(valueSize: recordBytes, seed: seed, byteCount: max(1 << 16, totalBytes))
        var cursor = 0
        var sizes = (bytes: 0, records: 0)
        for n in 0..<count {
            let place = UnsafeMutableRawBufferPointer(rebasing: memory[(n * stride)..<(n * stride + most + 8)])
            var builder = BatchBuilder(into: place)
            builder.begin(timestampMilliseconds: 1_700_000_000_000 + Int64(n))
            let stamp = PayloadStamp(producer: 1, sequence: UInt64(n * sizes.records), intendedNanoseconds: 0, partition: 0)
            sizes.records = builder.appendRun(
                most / max(1, recordBytes) + 1, first: stamp, from: pool, cursor: &cursor, timestampMilliseconds: 1_700_000_000_000 + Int64(n))
            sizes.bytes = builder.finish().count
        }
        batchBytes = sizes.bytes
        recordsPerBatch = sizes.records
    }

    deinit { memory.deallocate() }

    subscript(index: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: memory.baseAddress! + (index % count) * stride, count: batchBytes)
    }
}
