// The identity that a measured record carries in the first 32 bytes of its value, big-endian:
//
//   position  bytes  field
//          0      4  magic        "TMRK"
//          4      4  producer     number of the producer within the run
//          8      8  sequence     per producer and partition, from 0
//         16      8  intended     send time the schedule asked for, CLOCK_MONOTONIC nanoseconds
//         24      4  partition
//         28      4  crc          CRC-32C of bytes 0..<28 followed by everything from byte 32 on
internal import Bytes

/// Who sent a record, which one it is, and when it should have been sent.
package struct PayloadStamp: Equatable, Sendable {
    package static let size = 32
    package static let magic: UInt32 = 0x544d_524b
    static let crcPosition = 28

    package var producer: UInt32
    package var sequence: UInt64
    package var intendedNanoseconds: UInt64
    package var partition: UInt32

    package init(producer: UInt32, sequence: UInt64, intendedNanoseconds: UInt64, partition: UInt32) {
        self.producer = producer
        self.sequence = sequence
        self.intendedNanoseconds = intendedNanoseconds
        self.partition = partition
    }

    /// The stamp of a value; nil when the value is too short for one or does not begin with the magic.
    /// Says nothing about the checksum: see `verify`.
    package init?(reading value: UnsafeRawBufferPointer) {
        guard value.count >= Self.size, Self.load(value, 0) == Self.magic else { return nil }
        producer = Self.load(value, 4)
        sequence = Self.load(value, 8)
        intendedNanoseconds = Self.load(value, 16)
        partition = Self.load(value, 24)
    }

    /// Whether the checksum in the stamp is the value's own. False for values too short for a stamp.
    package static func verify(_ value: UnsafeRawBufferPointer) -> Bool {
        guard value.count >= size, let base = value.baseAddress else { return false }
        let head = CRC32C.short(base, count: crcPosition)
        let body = UnsafeRawBufferPointer(start: base + size, count: value.count &- size)
        return CRC32C.checksum(body, continuing: head) == load(value, crcPosition)
    }

    /// Stamps a value in place, checksum included.
    package func write(into value: UnsafeMutableRawBufferPointer) {
        precondition(value.count >= Self.size, "a stamp takes \(Self.size) bytes, not \(value.count)")
        let base = value.baseAddress!
        let head = writeFields(base)
        let body = UnsafeRawBufferPointer(start: base + Self.size, count: value.count &- Self.size)
        base.storeBytes(of: CRC32C.checksum(body, continuing: head).bigEndian, toByteOffset: Self.crcPosition, as: UInt32.self)
    }

    /// Writes bytes 0..<28 and returns their checksum.
    @inline(__always) func writeFields(_ base: UnsafeMutableRawPointer) -> UInt32 {
        base.storeBytes(of: Self.magic.bigEndian, as: UInt32.self)
        base.storeBytes(of: producer.bigEndian, toByteOffset: 4, as: UInt32.self)
        base.storeBytes(of: sequence.bigEndian, toByteOffset: 8, as: UInt64.self)
        base.storeBytes(of: intendedNanoseconds.bigEndian, toByteOffset: 16, as: UInt64.self)
        base.storeBytes(of: partition.bigEndian, toByteOffset: 24, as: UInt32.self)
        return CRC32C.short(base, count: Self.crcPosition)
    }

    @inline(__always) private static func load<T: FixedWidthInteger>(_ value: UnsafeRawBufferPointer, _ position: Int) -> T {
        T(bigEndian: value.loadUnaligned(fromByteOffset: position, as: T.self))
    }
}
