// Why bytes from a peer are not a message. A value to report or to close a connection for, never a trap.
package import Bytes

/// A frame that does not hold what its header claims. Positions count from the start of the frame.
package enum WireError: Error, Equatable {
    /// The frame ends too early, or a varint is too long.
    case malformed(BytesError)
    /// A length that no field of its kind may have.
    case invalidLength(Int, position: Int)
    /// An array that claims more elements than the rest of the frame could hold.
    case countExceedsFrame(count: Int, remaining: Int, position: Int)
    /// A string that is not UTF-8.
    case invalidUTF8(position: Int)
    /// A null where the version allows none.
    case unexpectedNull(position: Int)
    /// A version that the codecs do not know.
    case unsupportedVersion(apiKey: Int16, version: Int16)
}
