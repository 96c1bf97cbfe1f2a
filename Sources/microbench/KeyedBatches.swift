// Batches whose records have keys that come again: what compaction is measured on.
internal import Records

/// As many batches as a log has, each in its place in memory. The engine stamps them in place.
final class KeyedBatches {
    private let memory: UnsafeMutableRawBufferPointer
    private var ranges: [Range<Int>] = []
    private(set) var recordCount = 0
    private(set) var byteCount = 0

    /// - Parameters:
    ///   - valueBytes: of each record, the same random bytes for all.
    ///   - repeats: how often a key stands in the log, on average.
    init(logBytes: Int, batchBytes: Int, valueBytes: Int, repeats: Int) {
        let count = max(2, logBytes / batchBytes)
        memory = .allocate(byteCount: count * batchBytes, alignment: 4096)
        var state: UInt64 = 88_172_645_463_325_252
        func random() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        let value = (0..<valueBytes).map { _ in UInt8(truncatingIfNeeded: random() >> 20) }
        let keys = UInt64(max(1, count * (batchBytes / (valueBytes + 32)) / repeats))
        for number in 0..<count {
            let start = number * batchBytes
            var builder = BatchBuilder(into: UnsafeMutableRawBufferPointer(rebasing: memory[start..<(start + batchBytes)]))
            builder.begin(timestampMilliseconds: 1_700_000_000_000 + Int64(number))
            while true {
                let fits = withUnsafeBytes(of: (random() % keys, UInt64(0x6b65_795f_6b65_795f))) { key in
                    value.withUnsafeBytes { builder.append(key: key, value: $0, timestampMilliseconds: 1_700_000_000_000 + Int64(number)) }
                }
                guard fits else { break }
            }
            recordCount += Int(builder.recordCount)
            let size = builder.finish().count
            byteCount += size
            ranges.append(start..<(start + size))
        }
    }

    deinit { memory.deallocate() }

    var count: Int { ranges.count }

    subscript(index: Int) -> UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: memory[ranges[index]]) }
}
