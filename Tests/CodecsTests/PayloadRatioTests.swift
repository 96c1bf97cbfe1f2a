// Payload made for a ratio: does every codec reach it, and does none where there is none to reach?
import Codecs
import Records
import Testing

@Suite struct PayloadRatioTests {
    /// Bytes of a whole batch before over after.
    private func ratio(valueSize: Int, target: Double, codec: Codec) throws -> Double {
        let pool = PayloadPool(valueSize: valueSize, seed: 7, byteCount: 1 << 20, compressionRatio: target)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { memory.deallocate() }
        let compressor = Compressor()
        var (before, after, cursor) = (0, 0, 0)
        for batch in 0..<4 {
            var builder = BatchBuilder(into: memory)
            builder.begin(timestampMilliseconds: 1_700_000_000_000)
            let first = PayloadStamp(producer: 1, sequence: UInt64(batch) * 1000, intendedNanoseconds: 99_123_456_789, partition: 0)
            _ = builder.appendRun(10_000, first: first, from: pool, cursor: &cursor, timestampMilliseconds: 1_700_000_000_000)
            after += builder.finish(codec: codec) { try? compressor.compress($0, codec) }.count
            before += builder.uncompressedByteCount
            #expect(builder.byteCount <= builder.uncompressedByteCount)
        }
        return Double(before) / Double(after)
    }

    @Test(arguments: [Codec.gzip, .snappy, .lz4, .zstd])
    func `random payload is sent as it is`(codec: Codec) throws {
        // Stamps and frames are alike from record to record: a few per cent of a record.
        #expect((1...1.06).contains(try ratio(valueSize: 1024, target: 1, codec: codec)))
    }

    @Test(arguments: [Codec.gzip, .snappy, .lz4, .zstd], [1.5, 2, 4])
    func `a target is reached within a tenth, far ones within a fifth`(codec: Codec, target: Double) throws {
        let reached = try ratio(valueSize: 1024, target: target, codec: codec)
        // Where little is left, what gzip and zstd make of the stamps counts.
        #expect(abs(reached / target - 1) <= (target > 2 ? 0.2 : 0.1), "\(codec): \(reached) for \(target)")
    }

    @Test(arguments: [Codec.gzip, .snappy, .lz4, .zstd], [1.5, 2])
    func `values of many sizes reach a target within a fifth`(codec: Codec, target: Double) throws {
        let pool = PayloadPool(valueSizes: 100...2000, mean: 1050, seed: 7, byteCount: 1 << 20, compressionRatio: target)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { memory.deallocate() }
        let compressor = Compressor()
        var (before, after, position) = (0, 0, 0)
        for batch in 0..<4 {
            var builder = BatchBuilder(into: memory)
            builder.begin(timestampMilliseconds: 1_700_000_000_000)
            for n in 0..<200 {
                let stamp = PayloadStamp(producer: 1, sequence: UInt64(batch * 200 + n), intendedNanoseconds: 99_123_456_789, partition: 0)
                let isTaken = builder.append(
                    stamp, valueSize: 100 + n * 7919 % 1901, from: pool, position: &position, key: nil, headers: nil,
                    timestampMilliseconds: 1_700_000_000_000)
                #expect(isTaken)
            }
            after += builder.finish(codec: codec) { try? compressor.compress($0, codec) }.count
            before += builder.uncompressedByteCount
        }
        let reached = Double(before) / Double(after)
        #expect(abs(reached / target - 1) <= 0.2, "\(codec): \(reached) for \(target)")
    }
}
