// The untimed warm pass: a hypervisor that took free pages back makes the first write of each of them up to
// twenty times slower, which would be charged to whoever writes next.
internal import CLinux
internal import Glibc
internal import Host

enum WarmMemory {
    /// Writes `bytes` through the page cache into one file of `directory` and removes it: the pages it used are
    /// free again, and backed by real memory for the next seconds.
    ///
    /// - Throws: `SystemError` of open(2) or pwrite(2), a full disk among them; what `tick` throws.
    static func pass(in directory: String, bytes: Int64, _ tick: () throws -> Void) throws {
        let path = directory + "/warm"
        let descriptor = try checked(clinux_open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600), "open", path)
        defer {
            _ = clinux_close(descriptor)
            unlink(path)
        }
        let chunk = [UInt8](repeating: 0x5a, count: 1 << 20)
        var written: Int64 = 0
        while written < bytes {
            if written % (64 << 20) == 0 { try tick() }
            written += Int64(try checked(clinux_pwrite(descriptor, chunk, chunk.count, written), "pwrite", path))
        }
    }
}
