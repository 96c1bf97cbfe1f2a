internal import CZlib
internal import Records

/// Decodes gzip members (RFC 1952), one after the other, with one `z_stream` for all batches.
final class GzipDecoder {
    /// zlib keeps the stream's address, so it may not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    /// Most batches shrink to a quarter or less; a wrong guess costs a growth.
    private static let expectedRatio = 4

    init() {
        stream.initialize(to: z_stream())
        let status = inflateInit2_(stream, GzipFormat.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "inflateInit2: \(status)")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func decode(_ input: UnsafeRawBufferPointer, into output: OutputMemory, limit: Int) throws(CodecError) {
        guard input.count <= Int(UInt32.max) else { throw .tooLarge(.gzip, limit: limit) }
        output.begin(limit: limit, expected: input.count &* Self.expectedRatio)
        inflateReset(stream)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress!.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(input.count)
        while true {
            output.growIfFull()
            let room = UInt32(clamping: output.room)
            stream.pointee.next_out = output.next.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = room
            let status = inflate(stream, Z_NO_FLUSH)
            output.advance(by: Int(room - stream.pointee.avail_out))
            if output.isPastLimit { throw .tooLarge(.gzip, limit: limit) }
            switch status {
            case Z_STREAM_END:
                if stream.pointee.avail_in == 0 { return }
                inflateReset(stream)
            case Z_OK: continue
            // No progress with room left: there is nothing more to read.
            case Z_BUF_ERROR: throw .truncated(.gzip)
            default: throw .corrupt(.gzip, why: stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)")
            }
        }
    }
}

enum GzipFormat {
    /// The largest window, and 16 to say: gzip's header and trailer, no other.
    static let windowBits: Int32 = 15 + 16
}
