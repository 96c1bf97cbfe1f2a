// The bytes that every fetch is answered with where nothing is kept: valid batches, made once.
internal import Records

/// About 1 MiB of whole batches of incompressible records, at offsets 0, 1, 2 ….
final class ConstantRecords {
    let bytes: UnsafeMutableRawBufferPointer
    /// Positions behind each batch.
    private var ends: [Int] = []

    private static let batchBytes = 65_536
    private static let batches = 16
    private static let recordBytes = 1_000

    init() {
        bytes = .allocate(byteCount: Self.batchBytes * Self.batches, alignment: 4096)
        var value = [UInt8](repeating: 0, count: Self.recordBytes)
        var random: UInt64 = 88_172_645_463_325_252
        var filled = 0
        var offset: Int64 = 0
        for _ in 0..<Self.batches {
            var builder = BatchBuilder(into: UnsafeMutableRawBufferPointer(rebasing: bytes[filled..<filled + Self.batchBytes]))
            builder.begin(timestampMilliseconds: 0)
            var fits = true
            while fits {
                for index in value.indices {
                    random ^= random << 13
                    random ^= random >> 7
                    random ^= random << 17
                    value[index] = UInt8(truncatingIfNeeded: random)
                }
                fits = value.withUnsafeBytes { builder.append(key: nil, value: $0, timestampMilliseconds: 0) }
            }
            let batch = builder.finish()
            MutableBatch(batch).assign(baseOffset: offset, leaderEpoch: 0)
            offset = MutableBatch(batch).view.nextOffset
            filled += batch.count
            ends.append(filled)
        }
    }

    deinit { bytes.deallocate() }

    /// The whole batches that fit into `maxBytes`, at least one.
    func prefix(_ maxBytes: Int) -> UnsafeRawBufferPointer {
        let end = ends.last { $0 <= maxBytes } ?? ends[0]
        return UnsafeRawBufferPointer(rebasing: bytes[..<end])
    }
}
