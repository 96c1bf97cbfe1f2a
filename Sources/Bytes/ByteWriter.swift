// A growable run of bytes in network order, owned by whoever holds it. `removeAll` keeps the memory,
// so a writer that is reused allocates only until it has seen its largest message.

/// Appends big-endian integers, varints and byte ranges.
@usableFromInline package struct ByteWriter: ~Copyable {
    @usableFromInline package var storage: UnsafeMutableRawBufferPointer
    /// Bytes written so far.
    @usableFromInline package var count: Int
    /// Where who writes error codes counts them, nil: nowhere. The writer only carries it.
    @usableFromInline package var errorTally: UnsafeMutablePointer<UInt64>?

    @inlinable package init(capacity: Int = 256) {
        storage = .allocate(byteCount: max(capacity, 16), alignment: 16)
        count = 0
        errorTally = nil
    }

    deinit { storage.deallocate() }

    /// What has been written, valid until the next mutation.
    @inlinable package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[..<count])
    }

    /// What has been written, to be patched in place.
    @inlinable package var mutableBytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: storage[..<count])
    }

    @inlinable package mutating func removeAll() { count = 0 }

    /// Forgets everything after the first `newCount` bytes.
    @inlinable package mutating func truncate(to newCount: Int) {
        precondition(newCount >= 0 && newCount <= count, "truncate to \(newCount) of \(count)")
        count = newCount
    }

    /// Makes room for `more` bytes beyond `count`.
    @inlinable package mutating func reserve(_ more: Int) {
        if storage.count &- count < more { grow(more) }
    }

    @usableFromInline @inline(never) package mutating func grow(_ more: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: max(storage.count * 2, count + more), alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[..<count]))
        storage.deallocate()
        storage = larger
    }

    @inlinable package mutating func integer<T: FixedWidthInteger>(_ value: T) {
        reserve(MemoryLayout<T>.size)
        storage.storeBytes(of: value.bigEndian, toByteOffset: count, as: T.self)
        count &+= MemoryLayout<T>.size
    }

    @inlinable package mutating func int8(_ value: Int8) { integer(value) }
    @inlinable package mutating func int16(_ value: Int16) { integer(value) }
    @inlinable package mutating func int32(_ value: Int32) { integer(value) }
    @inlinable package mutating func int64(_ value: Int64) { integer(value) }
    @inlinable package mutating func uint8(_ value: UInt8) { integer(value) }
    @inlinable package mutating func uint16(_ value: UInt16) { integer(value) }
    @inlinable package mutating func uint32(_ value: UInt32) { integer(value) }
    @inlinable package mutating func uint64(_ value: UInt64) { integer(value) }

    @inlinable package mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        (storage.baseAddress! + count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }

    @inlinable package mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { write($0) }
    }

    @inlinable package mutating func unsignedVarint(_ value: UInt32) {
        reserve(5)
        var rest = value
        while rest >= 0x80 {
            storage[count] = UInt8(truncatingIfNeeded: rest) | 0x80
            count &+= 1
            rest &>>= 7
        }
        storage[count] = UInt8(truncatingIfNeeded: rest)
        count &+= 1
    }

    @inlinable package mutating func unsignedVarlong(_ value: UInt64) {
        reserve(10)
        var rest = value
        while rest >= 0x80 {
            storage[count] = UInt8(truncatingIfNeeded: rest) | 0x80
            count &+= 1
            rest &>>= 7
        }
        storage[count] = UInt8(truncatingIfNeeded: rest)
        count &+= 1
    }

    /// A zigzag varint.
    @inlinable package mutating func varint(_ value: Int32) {
        unsignedVarint(UInt32(bitPattern: (value &<< 1) ^ (value &>> 31)))
    }

    /// A zigzag varlong.
    @inlinable package mutating func varlong(_ value: Int64) {
        unsignedVarlong(UInt64(bitPattern: (value &<< 1) ^ (value &>> 63)))
    }

    /// Overwrites an integer that was written before, such as a length that is known only at the end.
    @inlinable package mutating func patch<T: FixedWidthInteger>(_ value: T, at position: Int) {
        precondition(position >= 0 && position + MemoryLayout<T>.size <= count, "patch at \(position) of \(count)")
        storage.storeBytes(of: value.bigEndian, toByteOffset: position, as: T.self)
    }
}
