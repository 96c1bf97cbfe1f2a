// Lines added at the end of a file, forced to disk.
internal import Foundation
internal import Glibc

enum DurableAppend {
    /// One write at the file's end, which is made if need be: two that append at a time do not tear each other's lines.
    ///
    /// - Throws: `ResultError.system`.
    static func append(_ line: Data, to path: String) throws(ResultError) {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure("open", path) }
        defer { close(file) }
        var written = 0
        while written < line.count {
            let count = line.withUnsafeBytes { write(file, $0.baseAddress! + written, $0.count - written) }
            guard count >= 0 else { throw failure("write", path) }
            written += count
        }
        guard fdatasync(file) == 0 else { throw failure("fdatasync", path) }
    }

    private static func failure(_ call: String, _ path: String) -> ResultError {
        .system(call: call, path: path, reason: String(cString: strerror(errno)))
    }
}
