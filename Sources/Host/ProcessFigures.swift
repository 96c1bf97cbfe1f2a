// What this process uses, as the kernel tells it.
internal import CLinux
internal import Glibc

/// One reading. A figure that the kernel does not tell is 0.
package struct ProcessFigures: Sendable {
    package let cpuNanoseconds: Int64
    package let residentBytes: Int64
    package let openDescriptors: Int64

    package init() {
        cpuNanoseconds = max(0, clinux_process_cpu_ns(getpid()))
        residentBytes = Self.residentPages() * Int64(sysconf(Int32(_SC_PAGESIZE)))
        openDescriptors = Self.countDescriptors()
    }

    /// The second number of proc(5)'s statm.
    private static func residentPages() -> Int64 {
        let fd = clinux_open("/proc/self/statm", O_RDONLY, 0)
        guard fd >= 0 else { return 0 }
        defer { _ = clinux_close(fd) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = text.withUnsafeMutableBytes { clinux_pread(fd, $0.baseAddress!, $0.count, 0) }
        guard count > 0 else { return 0 }
        let fields = String(decoding: text[..<count], as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? Int64(fields[1]) ?? 0 : 0
    }

    private static func countDescriptors() -> Int64 {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count: Int64 = 0
        while readdir(directory) != nil { count += 1 }
        // Without `.`, `..` and the directory's own descriptor.
        return max(0, count - 3)
    }
}
