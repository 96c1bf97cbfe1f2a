internal import CLz4
internal import Records

/// Decodes LZ4 frames, one after the other, with one context for all batches.
final class LZ4Decoder {
    private var context = LZ4Decoder.makeContext()
    /// A frame was left before its end. Resetting the context does not forget how many bytes such a frame still owed
    /// (liblz4 1.9.4), and the next frame that does not tell its size would be refused for them.
    private var holdsUnfinishedFrame = false
    private static let expectedRatio = 4

    deinit { LZ4F_freeDecompressionContext(context) }

    func decode(_ input: UnsafeRawBufferPointer, into output: OutputMemory, limit: Int) throws(CodecError) {
        output.begin(limit: limit, expected: input.count &* Self.expectedRatio)
        if holdsUnfinishedFrame {
            LZ4F_freeDecompressionContext(context)
            context = Self.makeContext()
        }
        holdsUnfinishedFrame = true
        try decodeFrames(input, into: output, limit: limit)
        holdsUnfinishedFrame = false
    }

    private func decodeFrames(_ input: UnsafeRawBufferPointer, into output: OutputMemory, limit: Int) throws(CodecError) {
        var position = 0
        while true {
            output.growIfFull()
            var produced = output.room
            var consumed = input.count - position
            let status = LZ4F_decompress(context, output.next, &produced, input.baseAddress! + position, &consumed, nil)
            if LZ4F_isError(status) != 0 { throw .corrupt(.lz4, why: String(cString: LZ4F_getErrorName(status))) }
            position += consumed
            output.advance(by: produced)
            if output.isPastLimit { throw .tooLarge(.lz4, limit: limit) }
            // Zero: a frame has ended. Anything else is a hint of what it still wants.
            if status == 0, position == input.count { return }
            guard consumed > 0 || produced > 0 else {
                if position == input.count { throw .truncated(.lz4) }
                throw .corrupt(.lz4, why: "no progress at byte \(position)")
            }
        }
    }

    private static func makeContext() -> OpaquePointer {
        var context: OpaquePointer?
        let status = LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(status) == 0, let context else { preconditionFailure("LZ4F_createDecompressionContext: \(status)") }
        return context
    }
}
