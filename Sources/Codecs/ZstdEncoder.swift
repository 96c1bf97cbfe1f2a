internal import CZstd

/// Encodes one Zstandard frame at a time with one context.
final class ZstdEncoder {
    static let levels = Int(ZSTD_minCLevel())...Int(ZSTD_maxCLevel())

    private let context: OpaquePointer

    init() {
        guard let context = ZSTD_createCCtx() else { preconditionFailure("ZSTD_createCCtx: no memory") }
        self.context = context
    }

    deinit { ZSTD_freeCCtx(context) }

    func encode(_ input: UnsafeRawBufferPointer, into output: OutputMemory, level: Int?) {
        let bound = ZSTD_compressBound(input.count)
        output.begin(limit: bound, expected: bound)
        let size = ZSTD_compressCCtx(
            context, output.next, output.usable, input.baseAddress, input.count, level.map { Int32($0) } ?? ZSTD_defaultCLevel())
        precondition(ZSTD_isError(size) == 0, "a frame into its own bound: \(String(cString: ZSTD_getErrorName(size)))")
        output.advance(by: size)
    }
}
