internal import CZstd
internal import Records

/// Decodes Zstandard frames, one after the other, with one context for all batches.
///
/// Each frame is decoded in one call straight into the output. The streaming interface would keep a window of up to
/// 128 MiB that the frame's header asks for, whatever the limit.
final class ZstdDecoder {
    private let context: OpaquePointer
    private static let expectedRatio = 4
    /// A frame's claim is believed up to so many bytes of output per byte of input; beyond it the memory grows by doubling.
    private static let believedRatio = 256
    private static let magic: UInt32 = 0xfd2f_b528
    /// The low four bits of a skippable frame's magic are free.
    private static let skippableMagic: UInt32 = 0x184d_2a50

    init() {
        guard let context = ZSTD_createDCtx() else { preconditionFailure("ZSTD_createDCtx: no memory") }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    func decode(_ input: UnsafeRawBufferPointer, into output: OutputMemory, limit: Int) throws(CodecError) {
        output.begin(limit: limit, expected: Self.expectedSize(input))
        var rest = input
        while rest.count > 0 {
            let size = try Self.frameSize(rest)
            let frame = UnsafeRawBufferPointer(rebasing: rest[..<size])
            if !Self.isSkippable(frame) { try decodeFrame(frame, into: output, limit: limit) }
            rest = UnsafeRawBufferPointer(rebasing: rest[size...])
        }
    }

    /// Bytes of the first frame, found by its blocks' headers. Formats older than the standard are no frames.
    private static func frameSize(_ rest: UnsafeRawBufferPointer) throws(CodecError) -> Int {
        guard rest.count >= 4 else { throw .truncated(.zstd) }
        guard magic(of: rest) == magic || isSkippable(rest) else { throw .corrupt(.zstd, why: "no frame begins here") }
        let size = ZSTD_findFrameCompressedSize(rest.baseAddress, rest.count)
        guard ZSTD_isError(size) == 0 else {
            if ZSTD_getErrorCode(size) == ZSTD_error_srcSize_wrong { throw .truncated(.zstd) }
            throw .corrupt(.zstd, why: String(cString: ZSTD_getErrorName(size)))
        }
        guard size > 0, size <= rest.count else { throw .truncated(.zstd) }
        return size
    }

    private func decodeFrame(_ frame: UnsafeRawBufferPointer, into output: OutputMemory, limit: Int) throws(CodecError) {
        while true {
            let size = ZSTD_decompressDCtx(context, output.next, output.usable, frame.baseAddress, frame.count)
            if ZSTD_isError(size) == 0 {
                output.advance(by: size)
                return
            }
            guard ZSTD_getErrorCode(size) == ZSTD_error_dstSize_tooSmall else {
                throw .corrupt(.zstd, why: String(cString: ZSTD_getErrorName(size)))
            }
            guard output.canGrow else { throw .tooLarge(.zstd, limit: limit) }
            output.grow()
        }
    }

    private static func expectedSize(_ input: UnsafeRawBufferPointer) -> Int {
        let claim = ZSTD_getFrameContentSize(input.baseAddress, input.count)
        // The two largest values say that the frame does not tell, or that this is no frame.
        guard claim < UInt64.max - 1 else { return input.count &* expectedRatio }
        return Int(min(claim, UInt64(input.count &* believedRatio)))
    }

    private static func magic(of frame: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(littleEndian: frame.loadUnaligned(as: UInt32.self))
    }

    private static func isSkippable(_ frame: UnsafeRawBufferPointer) -> Bool {
        magic(of: frame) & 0xffff_fff0 == skippableMagic
    }
}
