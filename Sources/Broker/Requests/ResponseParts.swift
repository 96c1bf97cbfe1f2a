// A response before it is sent: bytes, and the file ranges that belong between them.
internal import Bytes
internal import Reactor
internal import Wire

/// One response's frame. Reused: `begin` forgets the one before.
final class ResponseParts {
    struct Cut {
        /// The bytes in front of the file range.
        let position: Int
        let file: FileRange
    }

    var bytes = ByteWriter(capacity: 256)
    /// Where the error codes of the responses are counted.
    var errorTally: UnsafeMutablePointer<UInt64>?
    private(set) var cuts: ContiguousArray<Cut> = []
    private var fileBytes = 0

    /// What one response may leave allocated behind.
    private static let keptBytes = 16_384

    func begin(_ key: APIKey, _ version: Int16, _ correlationID: Int32) {
        forget()
        bytes.errorTally = errorTally
        _ = Frame.begin(&bytes)
        ResponseHeader(correlationID: correlationID).encode(into: &bytes, key: key, version: version)
    }

    /// Bytes without a header follow: a token of SaslHandshake 0.
    func beginRaw() {
        forget()
        _ = Frame.begin(&bytes)
    }

    func cut(at position: Int, _ file: FileRange) {
        cuts.append(Cut(position: position, file: file))
        fileBytes += file.count
    }

    func end() { Frame.end(&bytes, at: 0, externalBytes: fileBytes) }

    func forget() {
        if bytes.storage.count > ResponseParts.keptBytes { bytes = ByteWriter(capacity: 256) }
        bytes.removeAll()
        cuts.removeAll(keepingCapacity: cuts.capacity <= 64)
        fileBytes = 0
    }

    /// Queues everything on a connection.
    ///
    /// - Returns: where in the connection's output the response begins.
    @discardableResult
    func move(to connection: FramedConnection) -> Int {
        let start = connection.output.count
        var from = 0
        for cut in cuts {
            connection.output.write(UnsafeRawBufferPointer(rebasing: bytes.bytes[from..<cut.position]))
            connection.enqueue(cut.file)
            from = cut.position
        }
        connection.output.write(UnsafeRawBufferPointer(rebasing: bytes.bytes[from...]))
        forget()
        return start
    }
}
