internal import CZlib

/// Encodes one gzip member at a time with one `z_stream`; a change of level makes a new one.
final class GzipEncoder {
    static let levels = 1...9
    /// zlib's default, and its trade of memory for speed.
    private static let memoryLevel: Int32 = 8

    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var level = Z_DEFAULT_COMPRESSION

    init() {
        stream.initialize(to: z_stream())
        open()
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func encode(_ input: UnsafeRawBufferPointer, into output: OutputMemory, level: Int?) {
        let wanted = level.map { Int32($0) } ?? Z_DEFAULT_COMPRESSION
        if wanted != self.level {
            deflateEnd(stream)
            self.level = wanted
            open()
        }
        deflateReset(stream)
        let bound = Int(deflateBound(stream, UInt(input.count)))
        output.begin(limit: bound, expected: bound)
        stream.pointee.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0.assumingMemoryBound(to: UInt8.self)) }
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.next.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(bound)
        let status = deflate(stream, Z_FINISH)
        precondition(status == Z_STREAM_END, "deflate into its own bound: \(status)")
        output.advance(by: bound - Int(stream.pointee.avail_out))
    }

    private func open() {
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, GzipFormat.windowBits, Self.memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "deflateInit2: \(status)")
    }
}
