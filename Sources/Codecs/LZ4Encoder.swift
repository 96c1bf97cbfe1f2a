internal import CLz4

/// Encodes one LZ4 frame at a time with one context.
final class LZ4Encoder {
    /// 0 is the fast mode; from 3 on the library searches.
    static let levels = 0...12

    private let context: OpaquePointer

    init() {
        var context: OpaquePointer?
        let status = LZ4F_createCompressionContext(&context, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(status) == 0, let context else { preconditionFailure("LZ4F_createCompressionContext: \(status)") }
        self.context = context
    }

    deinit { LZ4F_freeCompressionContext(context) }

    func encode(_ input: UnsafeRawBufferPointer, into output: OutputMemory, level: Int?) {
        var preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockSizeID = LZ4F_max64KB
        // Kafka's Java decoder refuses linked blocks.
        preferences.frameInfo.blockMode = LZ4F_blockIndependent
        preferences.compressionLevel = Int32(level ?? 0)
        // Blocks go straight from the input to the output, past the context's own buffer.
        preferences.autoFlush = 1
        let bound = LZ4F_compressFrameBound(input.count, &preferences)
        output.begin(limit: bound, expected: bound)
        write(output, LZ4F_compressBegin(context, output.next, output.usable, &preferences))
        if let source = input.baseAddress, input.count > 0 {
            write(output, LZ4F_compressUpdate(context, output.next, output.usable, source, input.count, nil))
        }
        write(output, LZ4F_compressEnd(context, output.next, output.usable, nil))
    }

    private func write(_ output: OutputMemory, _ size: Int) {
        precondition(LZ4F_isError(size) == 0, "an LZ4 frame into its own bound: \(String(cString: LZ4F_getErrorName(size)))")
        output.advance(by: size)
    }
}
