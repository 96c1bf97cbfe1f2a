// Payload bytes for measured records: seeded, incompressible, and more of them than the last-level
// cache holds, so that a generator reads its payloads from memory as an application would. What
// never changes is checksummed once: only the stamp of a record is new at each send.
internal import Bytes

/// Random bytes cut into slots of one value size. Immutable, so lanes share one and keep a cursor each.
package final class PayloadPool: @unchecked Sendable {
    // @unchecked: all memory is written before `init` returns and only read afterwards.

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
    package init(valueSize: Int, seed: UInt64, byteCount: Int = defaultByteCount) {
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
        for slot in 0..<slotCount { bodyChecksums[slot] = CRC32C.checksum(body(slot)) }
    }
}
