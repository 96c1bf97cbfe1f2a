// Payload bytes for measured records: seeded, incompressible unless asked for, and more of them than the last-level
// cache holds, so that a generator reads its payloads from memory as an application would. What
// never changes is checksummed once: only the stamp of a record is new at each send.
internal import Bytes

/// Random bytes cut into slots of one value size. Immutable, so lanes share one and keep a cursor each.
package final class PayloadPool: @unchecked Sendable {
    // @unchecked: all memory is written before `init` returns and only read afterwards.

    /// Further down the stamps, which nothing compresses, decide.
    package static let largestCompressionRatio = 10.0
    /// Twice a last-level cache of 32 MiB.
    package static let defaultByteCount = 64 << 20

    package let valueSize: Int
    package let seed: UInt64
    package let slotCount: Int
    /// Bytes of a slot: the value behind its stamp, or the whole of a value that is too small for one.
    let bodySize: Int
    let bodies: UnsafeMutableRawPointer
    let bodyChecksums: UnsafeMutablePointer<UInt32>
    let join: CRC32CJoin
    private let byteCount: Int

    /// - Parameters:
    ///   - valueSize: bytes of every value; from 32 on values are stamped.
    ///   - seed: the same seed gives the same bytes.
    ///   - byteCount: size of the pool; more than the last-level cache for any figure that is quoted.
    ///   - compressionRatio: how many times smaller batches of the values become, about; 1: no codec makes them smaller.
    package init(valueSize: Int, seed: UInt64, byteCount: Int = defaultByteCount, compressionRatio: Double = 1) {
        precondition((1...Self.largestCompressionRatio).contains(compressionRatio), "a compression ratio of \(compressionRatio)")
        precondition(valueSize > 0 && byteCount > 0, "values of \(valueSize) bytes from a pool of \(byteCount)")
        self.valueSize = valueSize
        self.seed = seed
        bodySize = valueSize >= PayloadStamp.size ? valueSize - PayloadStamp.size : valueSize
        slotCount = bodySize == 0 ? 1 : max(1, byteCount / bodySize)
        self.byteCount = (slotCount * bodySize + 7) / 8 * 8 + 8
        bodies = .allocate(byteCount: self.byteCount, alignment: 4096)
        bodyChecksums = .allocate(capacity: slotCount)
        join = CRC32CJoin(appending: bodySize)
        fill()
        if compressionRatio > 1 { repeatText(ratio: compressionRatio) }
        for slot in 0..<slotCount { bodyChecksums[slot] = CRC32C.checksum(body(slot)) }
    }

    deinit {
        bodies.deallocate()
        bodyChecksums.deallocate()
    }

    /// Whether values carry a `PayloadStamp`. Smaller ones are measured by throughput only.
    package var isStamped: Bool { valueSize >= PayloadStamp.size }

    /// The bytes of slot `index` in `0..<slotCount`, without a stamp.
    package func body(_ index: Int) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < slotCount, "slot \(index) of \(slotCount)")
        return UnsafeRawBufferPointer(start: bodies + index * bodySize, count: bodySize)
    }

    private func fill() {
        var state = seed
        let words = bodies.bindMemory(to: UInt64.self, capacity: byteCount / 8)
        for n in 0..<byteCount / 8 {
            // SplitMix64: every seed gives a full-period, well-mixed stream.
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
            words[n] = z ^ (z &>> 31)
        }
    }

    /// A reference to text that was there before, and the lengths around it: about so much to every codec.
    private static let referenceBytes = 4.0
    /// Chunks so long that what a reference costs hardly counts.
    private static let largestChunkBytes = 256
    /// What a record is besides its body, and hardly gets smaller: stamp, lengths and deltas.
    private static let incompressibleBytes = Double(PayloadStamp.size + 7)

    /// Makes the end of every chunk of every body the same text, so much of it that codecs that find repeated text reach the ratio.
    private func repeatText(ratio: Double) {
        guard bodySize > 0 else { return }
        let chunks = (bodySize + Self.largestChunkBytes - 1) / Self.largestChunkBytes
        let chunkBytes = (bodySize + chunks - 1) / chunks
        let compressed = (Double(bodySize) + Self.incompressibleBytes) / ratio - Self.incompressibleBytes
        let fresh = Int((compressed / Double(chunks) - Self.referenceBytes).rounded())
        let first = min(max(fresh, 0), chunkBytes)
        let text = Array(UnsafeRawBufferPointer(start: bodies, count: chunkBytes))
        for slot in 0..<slotCount {
            let start = bodies + slot * bodySize
            for chunk in stride(from: 0, to: bodySize, by: chunkBytes) {
                for place in first..<max(first, min(chunkBytes, bodySize - chunk)) {
                    start.storeBytes(of: text[place], toByteOffset: chunk + place, as: UInt8.self)
                }
            }
        }
    }
}
