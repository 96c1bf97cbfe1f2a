// Memory that stands ready for a load: a hypervisor that takes idle pages back makes the first write of each of them up to
// fifty times slower, which would be charged to whoever writes next.
internal import Glibc
internal import Host
internal import Measurement
internal import Topology

/// Backed memory that is held back, and freed a little ahead of what a load writes.
///
/// Freed all at once, the guest's kernel would report it to the hypervisor as free again two seconds later, in the midst of the load;
/// held as page cache, dropping it would cost the load a fifth of a CPU. Huge anonymous pages cost a few microseconds each.
final class WarmMemory {
    let start: UnsafeMutableRawPointer
    private let bytes: Int
    private var released = 0

    /// How far ahead of the load memory is freed: what the fastest load here writes between several looks at it.
    private static let lead = 256 << 20
    private static let step = 2 << 20
    private static let threads = 4
    /// What each of them touches at a time.
    private static let part = 64 << 20

    /// Maps and touches `bytes`, at most a third of what is available now and a quarter of the control group's limit:
    /// unlike page cache it cannot be reclaimed while it is held.
    ///
    /// - Parameter tick: called every 256 MiB, which can take two seconds where a host has to find the memory.
    /// - Throws: `SystemError` of mmap(2); what `tick` throws.
    init(bytes wanted: Int64, machine: MachineDescription, available: UInt64, _ tick: () throws -> Void) throws {
        let most = min(Int64(clamping: available / 3), machine.cgroupMemoryLimitBytes.map { $0 / 4 } ?? .max)
        bytes = Int(min(wanted, most)) / Self.step * Self.step
        guard let map = mmap(nil, max(bytes, Self.step), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), map != MAP_FAILED else {
            throw SystemError(call: "mmap", errno: errno, subject: "\(bytes) bytes of warm memory")
        }
        start = map
        madvise(map, bytes, MADV_HUGEPAGE)
        for offset in stride(from: 0, to: bytes, by: Self.part * Self.threads) {
            try tick()
            touch(from: offset, to: min(bytes, offset + Self.part * Self.threads))
        }
    }

    /// Writes to every page, on several threads at once: what a host needs to find a page is mostly waiting.
    private func touch(from start: Int, to end: Int) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let address = UInt(bitPattern: self.start)
        let threads = (0..<Self.threads).map { number in
            WorkerThread(name: "warm \(number)") {
                let memory = UnsafeMutableRawPointer(bitPattern: address)!
                let first = start + number * Self.part
                for offset in stride(from: first, to: min(end, first + Self.part), by: page) { memory.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self) }
            }
        }
        threads.forEach { $0.join() }
    }

    /// Makes memory ready for a load, which gets it as it goes.
    static func make(_ bytes: Int64, for load: inout LoadPlan, _ context: RunContext) throws {
        let memory = try WarmMemory(bytes: bytes, machine: context.machine, available: MemoryState.current().availableBytes) {
            try context.checkInterruption()
        }
        load.onProgress = memory.release(aheadOf:)
    }

    deinit { munmap(start, max(bytes, Self.step)) }

    /// Bytes that are still held.
    var heldBytes: Int { bytes - released }

    /// Frees what a load that has written `written` bytes will write next.
    func release(aheadOf written: UInt64) {
        let until = min(bytes, (min(bytes, Int(clamping: written)) + Self.lead) / Self.step * Self.step)
        guard until > released else { return }
        madvise(start + released, until - released, MADV_DONTNEED)
        released = until
    }
}
