// What a connection sends besides bytes, and how.

/// How file ranges reach the socket.
package enum TransferMode: Sendable, Equatable {
    /// File to a 1 MiB pipe of the loop to the socket, by reference.
    case splice
    /// sendfile(2), by reference through the kernel's own 64 KiB pipe.
    case sendfile
    /// pread into a buffer of that many bytes, then send.
    case copy(bufferBytes: Int)
}

/// A run of bytes of an open file.
package struct FileRange {
    /// Keeps the descriptor open until the bytes are sent.
    package var owner: AnyObject
    package var descriptor: Int32
    package var position: Int64
    package var count: Int

    package init(owner: AnyObject, descriptor: Int32, position: Int64, count: Int) {
        self.owner = owner
        self.descriptor = descriptor
        self.position = position
        self.count = count
    }
}
