// The frame: four bytes of length, then that many bytes of header and body.
package import Bytes

/// Where a message begins and ends on a connection.
package enum Frame {
    /// Bytes of the length that precedes every message. The length does not count itself.
    package static let lengthSize = 4

    /// Appends a length to be filled in by `end`.
    ///
    /// - Returns: the length's position in `writer`.
    package static func begin(_ writer: inout ByteWriter) -> Int {
        let start = writer.count
        writer.int32(0)
        return start
    }

    /// Fills in the length of the frame that began at `start`.
    ///
    /// - Parameter externalBytes: bytes that belong to the frame but not to the writer, such as file data.
    package static func end(_ writer: inout ByteWriter, at start: Int, externalBytes: Int = 0) {
        let length = writer.count - start - lengthSize + externalBytes
        precondition(length >= 0 && length <= Int(Int32.max), "a frame of \(length) bytes")
        writer.patch(Int32(length), at: start)
    }
}
