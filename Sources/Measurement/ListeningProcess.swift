// Who listens on a port of this host: a broker that somebody else started belongs to the run, not to the foreign load.
internal import Glibc

package enum ListeningProcess {
    /// Processes with a socket that listens on TCP `port`, of any address. Those whose descriptors may not be read (other users',
    /// without privileges) are not found.
    package static func pids(port: UInt16) -> [Int32] {
        let inodes = Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap { socketInodes(listeningOn: port, in: ProcFile.text($0) ?? "") })
        guard !inodes.isEmpty else { return [] }
        let wanted = Set(inodes.map { "socket:[\($0)]" })
        return ProcFile.numericEntries("/proc").filter { pid in
            ProcFile.numericEntries("/proc/\(pid)/fd").contains { target(of: "/proc/\(pid)/fd/\($0)").map(wanted.contains) == true }
        }.sorted()
    }

    /// Inodes of listening sockets in the text of /proc/net/tcp or tcp6.
    static func socketInodes(listeningOn port: UInt16, in text: String) -> [UInt64] {
        let listening: Substring = "0A"
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 9, words[3] == listening, let colon = words[1].lastIndex(of: ":"),
                UInt16(words[1][words[1].index(after: colon)...], radix: 16) == port
            else { return nil }
            return UInt64(words[9])
        }
    }

    private static func target(of link: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = bytes.withUnsafeMutableBytes { readlink(link, $0.baseAddress!, $0.count) }
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
