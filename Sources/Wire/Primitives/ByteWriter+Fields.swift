// Writes the field types that have a classic and a compact form.
internal import Bytes

extension ByteWriter {
    /// A string's or array's length: an int16 or int32, or in compact form a varint of length + 1.
    mutating func stringLength(_ length: Int, isFlexible: Bool) {
        precondition(length <= Int(Int16.max), "a string of \(length) bytes; the protocol allows 32767")
        if isFlexible { unsignedVarint(UInt32(length + 1)) } else { int16(Int16(length)) }
    }

    /// The count of an array or the length of a blob; nil writes null.
    mutating func arrayCount(_ count: Int?, isFlexible: Bool) {
        guard let count else {
            if isFlexible { unsignedVarint(0) } else { int32(-1) }
            return
        }
        precondition(count >= 0 && count < Int(Int32.max), "a count of \(count)")
        if isFlexible { unsignedVarint(UInt32(count + 1)) } else { int32(Int32(count)) }
    }

    mutating func string(_ bytes: UnsafeRawBufferPointer, isFlexible: Bool) {
        stringLength(bytes.count, isFlexible: isFlexible)
        write(bytes)
    }

    mutating func string(_ text: String, isFlexible: Bool) {
        let length = text.utf8.count
        stringLength(length, isFlexible: isFlexible)
        // Our strings are native and contiguous: this is one copy. Any other goes byte by byte.
        let written: Void? = text.utf8.withContiguousStorageIfAvailable { write(UnsafeRawBufferPointer($0)) }
        if written == nil {
            for byte in text.utf8 { uint8(byte) }
        }
    }

    mutating func nullableString(_ text: String?, isFlexible: Bool) {
        if let text {
            string(text, isFlexible: isFlexible)
        } else if isFlexible {
            unsignedVarint(0)
        } else {
            int16(-1)
        }
    }

    /// Ends a struct that has no tags to say.
    mutating func noTags(isFlexible: Bool) {
        if isFlexible { uint8(0) }
    }
}
