// Snappy's two framings on the wire.
//
// Block: one raw Snappy block, its decompressed length in front of it as a varint.
//
// Xerial, as snappy-java writes it and so Kafka's Java clients do; integers big-endian:
//
//   position  bytes  field
//          0      8  magic       82 53 4e 41 50 50 59 00
//          8      4  version     1
//         12      4  compatible  1
//         16      …  blocks, each: length i32 · raw Snappy block; at most 32 KiB of data in each as it is written
//
// There is no end mark. A second header where a block's length would stand is skipped: streams may follow one another.
// Source: org.xerial.snappy.SnappyInputStream, SnappyCodec.

/// How Snappy's blocks are laid into a batch.
package enum SnappyFraming: Sendable {
    /// What Kafka's Java clients write; every client reads it.
    case xerial
    /// One raw block, as librdkafka writes it.
    case block
}

enum XerialHeader {
    static let size = 16
    static let magic: UInt64 = 0x8253_4e41_5050_5900
    static let magicSize = 8
    static let version: Int32 = 1
    static let lengthSize = 4
    /// Data bytes per block, snappy-java's default.
    static let blockSize = 32 << 10

    /// Whether `bytes` begin with the magic.
    static func begins(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) -> Bool {
        bytes.count - position >= magicSize
            && UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)) == magic
    }

    static func write(to memory: UnsafeMutableRawPointer) {
        memory.storeBytes(of: magic.bigEndian, as: UInt64.self)
        memory.storeBytes(of: version.bigEndian, toByteOffset: 8, as: Int32.self)
        memory.storeBytes(of: version.bigEndian, toByteOffset: 12, as: Int32.self)
    }
}
