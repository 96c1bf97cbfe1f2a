internal import CLinux

/// CRC-32C (Castagnoli), the checksum of record batches and of our own files.
package enum CRC32C {
    /// The checksum of `bytes`, continuing from `seed` (0 to start).
    package static func checksum(_ bytes: UnsafeRawBufferPointer, continuing seed: UInt32 = 0) -> UInt32 {
        clinux_crc32c(seed, bytes.baseAddress, bytes.count)
    }

    /// Whether the CPU's instruction computes it.
    package static var isHardware: Bool { clinux_crc32c_is_hardware() }
}
