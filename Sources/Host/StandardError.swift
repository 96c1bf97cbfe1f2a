// Words for whoever looks, on standard error.
internal import Glibc

package enum StandardError {
    /// Writes it as far as somebody takes it: a reader that has gone, or a disk behind it that is full, ends nothing that is measured.
    package static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while rest.count > 0 {
                let count = Glibc.write(STDERR_FILENO, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
