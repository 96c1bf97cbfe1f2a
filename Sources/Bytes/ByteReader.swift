// A bounds-checked cursor over bytes in network order. It never copies and never allocates: what it
// returns points into the memory it was made over, which must outlive it.

/// Why bytes could not be read.
@usableFromInline package enum BytesError: Error, Equatable {
    /// `needed` bytes were asked for at `position` and only `available` were there.
    case truncated(needed: Int, available: Int, position: Int)
    /// A varint ran past its longest form, or past the bits of its type, at `position`.
    case varintOverflow(position: Int)
}

/// Reads big-endian integers, varints and byte ranges from left to right.
@usableFromInline package struct ByteReader {
    @usableFromInline package let bytes: UnsafeRawBufferPointer
    /// Bytes consumed so far.
    @usableFromInline package var position: Int

    @inlinable package init(_ bytes: UnsafeRawBufferPointer, from position: Int = 0) {
        precondition(position >= 0 && position <= bytes.count, "position \(position) of \(bytes.count)")
        self.bytes = bytes
        self.position = position
    }

    /// Bytes not yet consumed.
    @inlinable package var remaining: Int { bytes.count &- position }

    @inlinable package mutating func integer<T: FixedWidthInteger>(_: T.Type = T.self) throws(BytesError) -> T {
        let size = MemoryLayout<T>.size
        guard remaining >= size else { throw .truncated(needed: size, available: remaining, position: position) }
        let value = bytes.loadUnaligned(fromByteOffset: position, as: T.self)
        position &+= size
        return T(bigEndian: value)
    }

    @inlinable package mutating func int8() throws(BytesError) -> Int8 { try integer() }
    @inlinable package mutating func int16() throws(BytesError) -> Int16 { try integer() }
    @inlinable package mutating func int32() throws(BytesError) -> Int32 { try integer() }
    @inlinable package mutating func int64() throws(BytesError) -> Int64 { try integer() }
    @inlinable package mutating func uint8() throws(BytesError) -> UInt8 { try integer() }
    @inlinable package mutating func uint16() throws(BytesError) -> UInt16 { try integer() }
    @inlinable package mutating func uint32() throws(BytesError) -> UInt32 { try integer() }
    @inlinable package mutating func uint64() throws(BytesError) -> UInt64 { try integer() }

    /// The next `count` bytes, in place.
    @inlinable package mutating func slice(_ count: Int) throws(BytesError) -> UnsafeRawBufferPointer {
        guard count >= 0, remaining >= count else {
            throw .truncated(needed: count, available: remaining, position: position)
        }
        let slice = UnsafeRawBufferPointer(rebasing: bytes[position..<position &+ count])
        position &+= count
        return slice
    }

    @inlinable package mutating func skip(_ count: Int) throws(BytesError) {
        guard count >= 0, remaining >= count else {
            throw .truncated(needed: count, available: remaining, position: position)
        }
        position &+= count
    }

    /// An unsigned base-128 varint of at most five bytes and 32 bits.
    @inlinable package mutating func unsignedVarint() throws(BytesError) -> UInt32 {
        let start = position
        var value: UInt32 = 0
        var shift: UInt32 = 0
        while true {
            let byte = try uint8()
            // The fifth byte holds the top four bits: anything above them would vanish silently.
            if shift == 28, byte > 0x0f { throw .varintOverflow(position: start) }
            value |= UInt32(byte & 0x7f) &<< shift
            if byte & 0x80 == 0 { return value }
            shift &+= 7
        }
    }

    /// An unsigned base-128 varint of at most ten bytes and 64 bits.
    @inlinable package mutating func unsignedVarlong() throws(BytesError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try uint8()
            if shift == 63, byte > 0x01 { throw .varintOverflow(position: start) }
            value |= UInt64(byte & 0x7f) &<< shift
            if byte & 0x80 == 0 { return value }
            shift &+= 7
        }
    }

    /// A zigzag varint, as record fields use it.
    @inlinable package mutating func varint() throws(BytesError) -> Int32 {
        let value = try unsignedVarint()
        return Int32(bitPattern: (value &>> 1) ^ (0 &- (value & 1)))
    }

    /// A zigzag varlong, as record timestamps use it.
    @inlinable package mutating func varlong() throws(BytesError) -> Int64 {
        let value = try unsignedVarlong()
        return Int64(bitPattern: (value &>> 1) ^ (0 &- (value & 1)))
    }
}
