// Cuts a byte stream into length-prefixed frames, in one buffer that grows to the largest frame seen.
internal import CLinux

enum FrameError: Error, Equatable {
    case length(Int)
    /// An answer to no request.
    case unasked

    var description: String {
        switch self {
        case .length(let count): "a frame of \(count) bytes"
        case .unasked: "an answer that nothing asked for"
        }
    }
}

struct FrameReceiver: ~Copyable {
    private var buffer: UnsafeMutableRawBufferPointer
    /// Unread bytes are `start..<end`.
    private var start = 0
    private var end = 0
    /// Of each frame only so many bytes are kept, and the rest dropped uncopied; nil keeps all.
    private let keptBytes: Int?
    /// Only a TCP socket drops what it is told to. What comes from the relay of a TLS connection is read into this, and forgotten.
    private let scratch: UnsafeMutableRawBufferPointer?
    /// Bytes of the current frame that are still to be dropped.
    private var toDrop = 0
    /// The frame delivered next, once what follows it is dropped.
    private var headDone: (bytes: Range<Int>, frameBytes: Int)?
    /// Whether the last receive filled all the room there was, so that more may wait.
    private(set) var wasFull = false

    private static let lengthSize = 4
    private static let maxFrameBytes = 512 << 20
    private static let dropBytesPerCall = 4 << 20
    private static let scratchBytes = 256 << 10

    init(capacity: Int, keptBytes: Int?, dropsInKernel: Bool = true) {
        self.keptBytes = keptBytes
        scratch = keptBytes == nil || dropsInKernel ? nil : .allocate(byteCount: Self.scratchBytes, alignment: 64)
        buffer = .allocate(byteCount: max(capacity, 4096), alignment: 4096)
    }

    deinit {
        buffer.deallocate()
        scratch?.deallocate()
    }

    /// One receive. Bytes taken off the socket, 0 at its end, or -errno.
    mutating func receive(from descriptor: Int32) -> Int {
        if keptBytes != nil { return receiveKept(from: descriptor) }
        if start == end {
            start = 0
            end = 0
        }
        makeRoom()
        let room = buffer.count - end
        let count = clinux_recv(descriptor, buffer.baseAddress! + end, room)
        if count > 0 { end += count }
        wasFull = count == room
        return count
    }

    /// The next whole frame, without its length; valid until the next receive.
    mutating func next() throws(FrameError) -> (bytes: UnsafeRawBufferPointer, frameBytes: Int)? {
        if keptBytes != nil {
            guard let done = headDone, toDrop == 0 else { return nil }
            headDone = nil
            return (UnsafeRawBufferPointer(rebasing: buffer[done.bytes]), done.frameBytes)
        }
        guard let length = try frameLength(), end - start - Self.lengthSize >= length else { return nil }
        let from = start + Self.lengthSize
        start = from + length
        return (UnsafeRawBufferPointer(rebasing: buffer[from..<from + length]), length)
    }

    private func frameLength() throws(FrameError) -> Int? {
        guard end - start >= Self.lengthSize else { return nil }
        let length = Int(Int32(bigEndian: buffer.loadUnaligned(fromByteOffset: start, as: Int32.self)))
        guard length >= 4, length <= Self.maxFrameBytes else { throw .length(length) }
        return length
    }

    /// Room for the whole of the frame that has begun, at least one byte.
    private mutating func makeRoom() {
        let length = (try? frameLength()) ?? nil
        let wanted = length.map { $0 + Self.lengthSize } ?? Self.lengthSize
        if wanted > buffer.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: wanted + wanted / 8, alignment: 4096)
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
            buffer.deallocate()
            buffer = larger
        } else if start + wanted > buffer.count || end == buffer.count {
            // Overlapping: memmove.
            buffer.baseAddress!.copyMemory(from: buffer.baseAddress! + start, byteCount: end - start)
        } else {
            return
        }
        end -= start
        start = 0
    }

    /// Reads no further than the part of the frame that is kept, then drops the rest in the kernel.
    private mutating func receiveKept(from descriptor: Int32) -> Int {
        wasFull = true
        if toDrop > 0 {
            let count = drop(from: descriptor)
            if count > 0 { toDrop -= count }
            return count
        }
        let length = (try? frameLength()) ?? nil
        let wanted = Self.lengthSize + min(length ?? 0, keptBytes!)
        let count = clinux_recv(descriptor, buffer.baseAddress! + end, wanted - end)
        guard count > 0 else { return count }
        end += count
        // A length that cannot be is treated as an empty frame, which no reader of answers accepts.
        if let length = (try? frameLength()) ?? (end >= Self.lengthSize ? 0 : nil),
            end >= Self.lengthSize + min(length, keptBytes!)
        {
            headDone = (Self.lengthSize..<end, length)
            toDrop = length - (end - Self.lengthSize)
            end = 0
        }
        return count
    }

    private mutating func drop(from descriptor: Int32) -> Int {
        guard let scratch else { return clinux_recv_discard(descriptor, min(toDrop, Self.dropBytesPerCall)) }
        return clinux_recv(descriptor, scratch.baseAddress!, min(toDrop, scratch.count))
    }
}
