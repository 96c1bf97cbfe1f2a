// Files that a user names, read whole up to a bound.
internal import Glibc

enum NamedFile {
    /// - Parameter limit: more bytes are refused, so that a device or a mistaken path can't fill the memory.
    /// - Throws: `.unreadable`.
    static func read(_ path: String, atMost limit: Int) throws(PeerToolError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else { throw .unreadable(path: path, reason: "it has more than the \(limit) bytes that it may have") }
            bytes += buffer[..<count]
        }
    }

    private static func unreadable(_ path: String) -> PeerToolError { .unreadable(path: path, reason: String(cString: strerror(errno))) }
}

extension NamedFile {
    /// `path` from the root on, dots and links as they are.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        guard let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        return "\(String(cString: directory))/\(path)"
    }
}
