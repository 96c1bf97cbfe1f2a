// A request on its way: the bytes around its record batches, and where the batches lie.
internal import Bytes
internal import CLinux
internal import Glibc
internal import Wire

/// One request. Reused: its buffers keep their size, so sending allocates nothing once warm.
final class OutgoingFrame {
    var head = ByteWriter(capacity: 512)
    private(set) var key = APIKey.produce
    private(set) var version: Int16 = 0
    private(set) var correlationID: Int32 = 0
    /// False for produce requests with acks 0.
    var expectsResponse = true
    /// Batch slots of a producer, or partitions of a consumer, that this request carries.
    var items: ContiguousArray<Int32> = []
    /// When the first byte went to the socket; 0 before.
    private(set) var firstByteAt: UInt64 = 0
    var queuedAt: UInt64 = 0

    private var start = 0
    private var vectors: ContiguousArray<iovec> = []
    private var cuts: ContiguousArray<(position: Int, bytes: UnsafeMutableRawBufferPointer)> = []
    private var nextVector = 0

    /// Begins a request: length and header.
    func begin(_ key: APIKey, version: Int16, correlationID: Int32, clientID: String) {
        self.key = key
        self.version = version
        self.correlationID = correlationID
        expectsResponse = true
        firstByteAt = 0
        nextVector = 0
        items.removeAll(keepingCapacity: true)
        cuts.removeAll(keepingCapacity: true)
        vectors.removeAll(keepingCapacity: true)
        head.removeAll()
        start = Frame.begin(&head)
        RequestHeader(key: key, version: version, correlationID: correlationID, clientID: clientID).encode(into: &head)
    }

    /// Puts `bytes`, which must stay until the answer, in front of whatever the head gets from `position` on.
    func insert(_ bytes: UnsafeMutableRawBufferPointer, at position: Int) { cuts.append((position, bytes)) }

    /// Ends a request: the frame's length, and the list of what goes out.
    func end(externalBytes: Int = 0) {
        Frame.end(&head, at: start, externalBytes: externalBytes)
        let base = head.mutableBytes.baseAddress!
        var position = 0
        for cut in cuts {
            if cut.position > position { vectors.append(iovec(iov_base: base + position, iov_len: cut.position - position)) }
            vectors.append(iovec(iov_base: cut.bytes.baseAddress, iov_len: cut.bytes.count))
            position = cut.position
        }
        if head.count > position { vectors.append(iovec(iov_base: base + position, iov_len: head.count - position)) }
    }

    var isSent: Bool { nextVector == vectors.count }

    /// Hands the socket what it takes.
    ///
    /// - Parameter now: the time just before, which becomes `firstByteAt` if this is the first byte.
    /// - Returns: 0, or the negative errno of sendmsg(2).
    func send(on descriptor: Int32, now: UInt64) -> Int {
        while nextVector < vectors.count {
            let count = min(vectors.count - nextVector, Self.vectorsPerCall)
            let sent = vectors.withUnsafeBufferPointer {
                clinux_sendv(descriptor, $0.baseAddress! + nextVector, Int32(count), false)
            }
            if sent < 0 { return sent }
            if firstByteAt == 0 { firstByteAt = now }
            advance(sent)
        }
        return 0
    }

    /// IOV_MAX is 1,024.
    private static let vectorsPerCall = 512

    private func advance(_ sent: Int) {
        var rest = sent
        while rest > 0 {
            let length = vectors[nextVector].iov_len
            if rest < length {
                vectors[nextVector].iov_base += rest
                vectors[nextVector].iov_len = length - rest
                return
            }
            rest -= length
            nextVector += 1
        }
    }
}
