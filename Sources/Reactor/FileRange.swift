// What a connection sends besides bytes, and how.

/// How file ranges reach the socket.
package enum TransferMode: Sendable, Equatable {
    /// File to a 1 MiB pipe of the loop to the socket, by reference.
    case splice
    /// sendfile(2), by reference through the kernel's own 64 KiB pipe.
    case sendfile
    /// pread into a buffer of that many bytes, then send.
    case copy(bufferBytes: Int)
    /// Mapped into the process, then sent from there: the copy without a buffer, which pays in page tables.
    case mmap

    /// What a listener does where it is not told: the one that costs least CPU for each byte. Studies of zero-copy say at every point
    /// whether theirs bear that out.
    package static let standard = TransferMode.splice
}

/// A run of bytes of an open file, or of memory that does not change until it is sent.
package struct FileRange {
    /// Keeps the descriptor open, or the memory allocated, until the bytes are sent.
    package var owner: AnyObject
    package var descriptor: Int32
    package var position: Int64
    package var count: Int
    /// Where the bytes lie when they are memory; then there is no descriptor.
    let memory: UnsafeRawPointer?

    package init(owner: AnyObject, descriptor: Int32, position: Int64, count: Int) {
        self.owner = owner
        self.descriptor = descriptor
        self.position = position
        self.count = count
        memory = nil
    }

    /// A run of memory, sent from where it lies.
    package init(owner: AnyObject, memory: UnsafeRawBufferPointer) {
        self.owner = owner
        descriptor = -1
        position = 0
        count = memory.count
        self.memory = memory.baseAddress
    }

    /// Appends a copy of a run of memory.
    ///
    /// - Precondition: the range is memory.
    package func copy(into bytes: inout [UInt8]) {
        bytes += UnsafeRawBufferPointer(start: memory!, count: count)
    }
}
