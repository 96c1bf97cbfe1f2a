// Counters in a file that others may map while they run.
//
//   position  bytes  field
//          0      8  magic "TMKCTR01"
//          8      4  count                   little-endian, like everything here
//         12      4  reserved
//         16     56  count entries of 48 bytes of NUL-padded ASCII name and an 8-byte value
internal import CLinux
internal import Glibc

/// Named 64-bit counters in shared memory. Any thread may add; readers see whole values.
package final class CounterPage: @unchecked Sendable {
    // @unchecked: the memory is written by atomic additions only, after init.
    package static let magic = "TMKCTR01"
    private static let headerBytes = 16
    private static let nameBytes = 48
    private static let entryBytes = 56

    private let memory: UnsafeMutableRawPointer
    private let byteCount: Int
    package let names: [String]

    /// - Parameters:
    ///   - path: the file to keep the counters in, replaced if it exists; nil: memory of this process only.
    ///   - names: at most 47 ASCII characters each.
    package init(path: String?, names: [String]) throws(SystemError) {
        self.names = names
        byteCount = Self.headerBytes + names.count * Self.entryBytes
        var descriptor: Int32 = -1
        if let path {
            descriptor = try checked(clinux_open(path, O_RDWR | O_CREAT | O_TRUNC, 0o644), "open", path)
            let failed = clinux_ftruncate(descriptor, Int64(byteCount))
            if failed < 0 {
                _ = clinux_close(descriptor)
                _ = try checked(failed, "ftruncate", path)
            }
        }
        let flags = path == nil ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED
        let mapped = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, descriptor, 0)
        let error = errno
        if descriptor >= 0 { _ = clinux_close(descriptor) }
        guard let mapped, mapped != MAP_FAILED else {
            throw SystemError(call: "mmap", errno: error, subject: path ?? "counters")
        }
        memory = mapped
        for (index, name) in names.enumerated() {
            precondition(name.utf8.count < Self.nameBytes, "a counter's name has at most 47 bytes: \(name)")
            memory.advanced(by: entry(index)).copyMemory(from: Array(name.utf8), byteCount: name.utf8.count)
        }
        memory.storeBytes(of: UInt32(names.count).littleEndian, toByteOffset: 8, as: UInt32.self)
        // Last, so that who sees it sees the rest.
        memory.copyMemory(from: Array(Self.magic.utf8), byteCount: 8)
    }

    deinit { munmap(memory, byteCount) }

    private func entry(_ index: Int) -> Int { Self.headerBytes + index * Self.entryBytes }

    private func place(_ index: Int) -> UnsafeMutablePointer<UInt64> {
        memory.advanced(by: entry(index) + Self.nameBytes).assumingMemoryBound(to: UInt64.self)
    }

    /// Adds to a counter, also a wrapped negative number to a gauge.
    package func add(_ delta: UInt64, to index: Int) { clinux_add_u64(place(index), delta) }

    package func value(_ index: Int) -> UInt64 { clinux_load_u64(place(index)) }

    package func value(named name: String) -> UInt64? { names.firstIndex(of: name).map(value) }
}
