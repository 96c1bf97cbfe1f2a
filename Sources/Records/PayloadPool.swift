// Payload bytes for measured records: seeded, incompressible unless asked for, and more of them than the last-level
// cache holds, so that a generator reads its payloads from memory as an application would. What
// never changes is checksummed once: only the stamp of a record is new at each send.
internal import Bytes

/// Random bytes cut into slots of one value size, or, for values of many sizes, one text from which each takes a stretch.
/// Immutable, so lanes share one and keep a cursor each.
package final class PayloadPool: @unchecked Sendable {
    // @unchecked: all memory is written before `init` returns and only read afterwards.

    /// Further down the stamps, which nothing compresses, decide.
    package static let largestCompressionRatio = 10.0
    /// Twice a last-level cache of 32 MiB.
    package static let defaultByteCount = 64 << 20

    /// Bytes of every value; of the largest where they differ.
    package let valueSize: Int
    package let smallestValueSize: Int
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
    package convenience init(valueSize: Int, seed: UInt64, byteCount: Int = defaultByteCount, compressionRatio: Double = 1) {
        self.init(valueSizes: valueSize...valueSize, mean: Double(valueSize), seed: seed, byteCount: byteCount, compressionRatio: compressionRatio)
    }

    /// - Parameters:
    ///   - valueSizes: of the smallest and the largest value.
    ///   - mean: of all values' sizes, for which a compression ratio is reached.
    package init(valueSizes: ClosedRange<Int>, mean: Double, seed: UInt64, byteCount: Int = defaultByteCount, compressionRatio: Double = 1) {
        precondition((1...Self.largestCompressionRatio).contains(compressionRatio), "a compression ratio of \(compressionRatio)")
        precondition(valueSizes.lowerBound > 0 && byteCount > 0, "values of \(valueSizes.lowerBound) bytes from a pool of \(byteCount)")
        valueSize = valueSizes.upperBound
        smallestValueSize = valueSizes.lowerBound
        self.seed = seed
        bodySize = valueSize >= PayloadStamp.size ? valueSize - PayloadStamp.size : valueSize
        slotCount = bodySize == 0 ? 1 : max(1, byteCount / bodySize)
        self.byteCount = (slotCount * bodySize + 7) / 8 * 8 + 8
        bodies = .allocate(byteCount: self.byteCount, alignment: 4096)
        bodyChecksums = .allocate(capacity: slotCount)
        join = CRC32CJoin(appending: bodySize)
        SeededBytes.fill(UnsafeMutableRawBufferPointer(start: bodies, count: self.byteCount), seed: seed)
        if compressionRatio > 1 {
            // Stretches begin anywhere, so their text is one; each slot's begins with it.
            if isVaried {
                repeatText(ratio: compressionRatio, body: mean - Double(PayloadStamp.size), span: slotCount * bodySize)
            } else {
                repeatText(ratio: compressionRatio, body: Double(bodySize), span: bodySize)
            }
        }
        for slot in 0..<slotCount { bodyChecksums[slot] = CRC32C.checksum(body(slot)) }
    }

    deinit {
        bodies.deallocate()
        bodyChecksums.deallocate()
    }

    /// Whether values carry a `PayloadStamp`. Smaller ones are measured by throughput only.
    package var isStamped: Bool { smallestValueSize >= PayloadStamp.size }
    /// Whether values differ in size.
    package var isVaried: Bool { smallestValueSize < valueSize }

    /// The bytes of slot `index` in `0..<slotCount`, without a stamp.
    package func body(_ index: Int) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < slotCount, "slot \(index) of \(slotCount)")
        return UnsafeRawBufferPointer(start: bodies + index * bodySize, count: bodySize)
    }

    /// `count` bytes from `position` on, which moves behind them; where so many are not left, from the front.
    ///
    /// - Parameter count: at most those of the largest value.
    @inline(__always) func stretch(_ count: Int, at position: inout Int) -> UnsafeRawPointer {
        if count > slotCount &* bodySize &- position { position = 0 }
        let start = UnsafeRawPointer(bodies + position)
        position &+= count
        return start
    }

    /// A reference to text that was there before, and the lengths around it: about so much to every codec.
    private static let referenceBytes = 4.0
    /// Chunks so long that what a reference costs hardly counts.
    private static let largestChunkBytes = 256
    /// What a record is besides its body, and hardly gets smaller: stamp, lengths and deltas.
    private static let incompressibleBytes = Double(PayloadStamp.size + 7)

    /// Makes the end of every chunk of the text the same, so much of it that codecs that find repeated text reach the ratio.
    ///
    /// - Parameters:
    ///   - body: bytes of a value behind its stamp.
    ///   - span: bytes after which chunks begin anew.
    private func repeatText(ratio: Double, body: Double, span: Int) {
        guard body >= 1 else { return }
        let chunks = (body / Double(Self.largestChunkBytes)).rounded(.up)
        let chunkBytes = Int((body / chunks).rounded(.up))
        let compressed = (body + Self.incompressibleBytes) / ratio - Self.incompressibleBytes
        let fresh = Int((compressed / chunks - Self.referenceBytes).rounded())
        let first = min(max(fresh, 0), chunkBytes)
        let text = Array(UnsafeRawBufferPointer(start: bodies, count: chunkBytes))
        for slot in 0..<slotCount * bodySize / span {
            let start = bodies + slot * span
            for chunk in stride(from: 0, to: span, by: chunkBytes) {
                for place in first..<max(first, min(chunkBytes, span - chunk)) {
                    start.storeBytes(of: text[place], toByteOffset: chunk + place, as: UInt8.self)
                }
            }
        }
    }
}
