// What every record of a run has in common. Records of one value size and one timestamp differ, outside
// their value, only in the offset delta; its varint keeps one width for 64, then 8,192, then 2²⁰ records.
internal import Bytes

/// Everything of a keyless record in front of its value, as words to be stored one over the end of the other.
struct RunFrame {
    /// length · attributes
    private let head: UInt64
    private let headSize: Int
    private let timestampDelta: UInt64
    private let timestampSize: Int
    private let offsetSize: Int
    /// key length −1 · value length
    private let tail: UInt64
    /// Bytes in front of the value.
    let prefixSize: Int
    let recordSize: Int
    /// The first offset delta whose varint is wider.
    let nextWidthAt: Int32

    init(timestampDelta delta: Int64, firstDelta: Int32, valueSize: Int) {
        timestampDelta = Varint.zigzag(delta)
        timestampSize = Varint.size(timestampDelta)
        offsetSize = Varint.size(Varint.zigzag(Int64(firstDelta)))
        nextWidthAt = offsetSize >= 5 ? Int32.max : Int32(1) << Int32(7 * offsetSize - 1)
        let valueLength = Varint.zigzag(Int64(valueSize))
        let tailSize = 1 + Varint.size(valueLength)
        // Zigzag of the key length −1 is 1.
        tail = 1 | Varint.word(valueLength) << 8
        let body = 1 + timestampSize + offsetSize + tailSize + valueSize + 1
        let length = Varint.zigzag(Int64(body))
        headSize = Varint.size(length) + 1
        head = Varint.word(length)
        prefixSize = headSize + timestampSize + offsetSize + tailSize
        recordSize = prefixSize + valueSize + 1
        precondition(timestampSize <= 7, "a timestamp \(delta) ms from its batch's")
    }

    /// Writes the prefix of the record at `delta` and up to seven bytes of noise behind it, which the value,
    /// the header count or the next record overwrites.
    @inline(__always) func write(_ delta: Int32, to record: UnsafeMutableRawPointer) {
        record.storeBytes(of: head.littleEndian, as: UInt64.self)
        var position = headSize
        if timestampDelta < 0x80 {
            record.storeBytes(of: UInt8(truncatingIfNeeded: timestampDelta), toByteOffset: position, as: UInt8.self)
        } else {
            record.storeBytes(of: Varint.word(timestampDelta).littleEndian, toByteOffset: position, as: UInt64.self)
        }
        position &+= timestampSize
        let z = UInt64(truncatingIfNeeded: UInt32(bitPattern: delta) &<< 1)
        // One, two, three bytes without a loop; wider deltas do not occur below a million records.
        if offsetSize == 1 {
            record.storeBytes(of: UInt8(truncatingIfNeeded: z), toByteOffset: position, as: UInt8.self)
        } else if offsetSize == 2 {
            let two = UInt16(truncatingIfNeeded: z & 0x7f | 0x80 | (z &>> 7) &<< 8)
            record.storeBytes(of: two.littleEndian, toByteOffset: position, as: UInt16.self)
        } else {
            record.storeBytes(of: Varint.word(Varint.zigzag(Int64(delta))).littleEndian, toByteOffset: position, as: UInt64.self)
        }
        position &+= offsetSize
        record.storeBytes(of: tail.littleEndian, toByteOffset: position, as: UInt64.self)
    }
}

/// A pool's fields in registers, for the loop over a run.
struct StampedBody {
    private let bodies: UnsafeRawPointer
    private let checksums: UnsafePointer<UInt32>
    private let join: UnsafePointer<UInt32>
    private let bodySize: Int
    private let isStamped: Bool
    private static let readAheadBytes = 4096

    init(_ pool: PayloadPool) {
        bodies = UnsafeRawPointer(pool.bodies)
        checksums = UnsafePointer(pool.bodyChecksums)
        join = pool.join.lookUp
        bodySize = pool.bodySize
        isStamped = pool.isStamped
    }

    /// Writes stamp and body. The value's checksum joins that of the 28 fresh bytes to that of the slot,
    /// so the payload is read once, to be copied.
    @inline(__always) func write(_ stamp: PayloadStamp, slot: Int, to value: UnsafeMutableRawPointer) {
        let body = bodies + slot &* bodySize
        // The pool lies in memory, and checksumming the batch before interrupts the CPU's own read-ahead: asking
        // a page ahead takes 1 KiB values from 7.1 to 11.1 GB/s. Past the pool's end it asks for nothing.
        Prefetch.start(body + Self.readAheadBytes, count: bodySize)
        guard isStamped else {
            value.copyMemory(from: body, byteCount: bodySize)
            return
        }
        let head = stamp.writeFields(value)
        let crc = join[Int(head & 255)] ^ join[256 &+ Int((head &>> 8) & 255)]
            ^ join[512 &+ Int((head &>> 16) & 255)] ^ join[768 &+ Int(head &>> 24)] ^ checksums[slot]
        value.storeBytes(of: crc.bigEndian, toByteOffset: PayloadStamp.crcPosition, as: UInt32.self)
        (value + PayloadStamp.size).copyMemory(from: body, byteCount: bodySize)
    }
}
