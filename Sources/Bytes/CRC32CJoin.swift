// Joining checksums: the CRC of two runs of bytes from the CRCs of each, so that bytes whose CRC is
// known already need not be read again.
internal import CLinux

/// Appends a run of a fixed length, whose CRC is known, to another CRC: four table look-ups.
package final class CRC32CJoin: @unchecked Sendable {
    // @unchecked: the table is written once, before `init` returns.
    private let table: UnsafeMutablePointer<UInt32>
    /// Bytes of the run that is appended.
    package let appendedByteCount: Int

    package init(appending byteCount: Int) {
        precondition(byteCount >= 0, "a run of \(byteCount) bytes")
        appendedByteCount = byteCount
        table = .allocate(capacity: 1024)
        clinux_crc32c_zeros(table, byteCount)
    }

    deinit { table.deallocate() }

    /// The CRC of A followed by B, where B has `appendedByteCount` bytes.
    package func joined(_ a: UInt32, _ b: UInt32) -> UInt32 {
        // Masked to a byte each: within the table's 4 × 256.
        table[Int(a & 255)] ^ table[256 &+ Int((a &>> 8) & 255)]
            ^ table[512 &+ Int((a &>> 16) & 255)] ^ table[768 &+ Int(a &>> 24)] ^ b
    }

    /// The tables, for loops that keep the pointer in a register; valid while this object lives.
    package var lookUp: UnsafePointer<UInt32> { UnsafePointer(table) }
}

extension CRC32C {
    /// The checksum of a few bytes, without the set-up that pays off on long runs.
    package static func short(_ bytes: UnsafeRawPointer, count: Int, continuing seed: UInt32 = 0) -> UInt32 {
        clinux_crc32c_short(seed, bytes, count)
    }
}
