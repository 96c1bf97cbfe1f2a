import Glibc
import Host
import Testing
@testable import Topology

@Suite(.serialized) struct PlacementTests {
    @Test func `a thread name with brackets and blanks does not shift the fields`() throws {
        let fields = (3...52).map { "\($0)" }.joined(separator: " ")
        let stat = try #require(ThreadStat("42 (a) b (c)) \(fields)"))
        #expect(stat == ThreadStat("42 (a) b (c)) \(fields)"))
        #expect(stat.name == "a) b (c)")
        #expect(stat.processor == 39)
    }

    @Test func `a cut stat line is refused`() { #expect(ThreadStat("42 (x) S 1 2") == nil) }

    @Test func `a pinned process is seen as pinned, and as not pinned elsewhere`() throws {
        let own = try CPUSet.allowed()
        let cpu = CPUSet([own.cpus[0]])
        let child = try sleeper()
        defer { kill(child, SIGKILL); waitpid(child, nil, 0) }
        try Affinity.pin(process: child, to: cpu)
        let report = Affinity.verify(process: child, on: cpu)
        #expect(report.threads.count == 1)
        #expect(report.pinnedShare == 1)
        #expect(Affinity.verify(process: child, on: CPUSet([cpu.cpus[0] + 1])).pinnedShare == 0)
    }

    @Test func `pinning a process that is gone says so`() throws {
        let child = try sleeper()
        kill(child, SIGKILL)
        waitpid(child, nil, 0)
        #expect(throws: SystemError.self) { try Affinity.pin(process: child, to: CPUSet([0])) }
        #expect(Affinity.verify(process: child, on: CPUSet([0])).pinnedShare == 0)
    }

    @Test func `a child inherits the placement and this thread gets its own back`() throws {
        let own = try CPUSet.allowed()
        let cpu = CPUSet([own.cpus[0]])
        let child = try NUMA.inheriting(cpus: cpu, memory: .unpinned) { () throws(SystemError) in try sleeper() }
        defer { kill(child, SIGKILL); waitpid(child, nil, 0) }
        #expect(try CPUSet.allowed(thread: child) == cpu)
        #expect(try CPUSet.allowed() == own)
    }

    @Test func `touched pages lie on a node and untouched ones on none`() throws {
        let bytes = mmap(nil, 64 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
        defer { munmap(bytes, 64 * 4096) }
        madvise(bytes, 64 * 4096, MADV_NOHUGEPAGE)
        memset(bytes, 1, 16 * 4096)
        let placement = try PagePlacement.ofBuffer(UnsafeRawBufferPointer(start: bytes, count: 64 * 4096))
        #expect(placement.placed == 16)
        #expect(placement.unplaced == 48)
    }

    @Test func `cached pages of a file lie on a node, and looking caches no more of them`() throws {
        let path = "/tmp/tidemark-test-placement-\(getpid())"
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor); unlink(path) }
        let block = [UInt8](repeating: 7, count: 4096)
        for page in 0..<32 { #expect(pwrite(descriptor, block, 4096, off_t(page * 4096)) == 4096) }
        try PageCache.drop(descriptor)
        var one = [UInt8](repeating: 0, count: 1)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM)
        #expect(pread(descriptor, &one, 1, 5 * 4096) == 1)
        let cached = try PageCache.residency(of: descriptor, in: 0..<(32 * 4096), by: .mincore).residentBytes / 4096
        let placement = try PagePlacement.ofCachedPages(descriptor, range: 0..<(32 * 4096))
        #expect(placement.placed == Int(cached))
        #expect(placement.placed + placement.unplaced == 32)
        let after = try PageCache.residency(of: descriptor, in: 0..<(32 * 4096), by: .mincore).residentBytes / 4096
        #expect(after == cached)
    }

    @Test func `numa_maps is summed in pages of 4 KiB, without those of files`() {
        let placement = PagePlacement.parse(numaMaps: """
            5581 default file=/bin/x mapped=2 N0=2 kernelpagesize_kB=4
            5582 default heap anon=2 dirty=2 N0=2 kernelpagesize_kB=4
            7f00 bind:1 anon=3 dirty=3 N0=1 N1=2 kernelpagesize_kB=4
            7f20 default huge anon=1 N1=1 kernelpagesize_kB=2048
            7f30 default
            """)
        #expect(placement.pagesByNode == [0: 3, 1: 514])
    }

    private func sleeper() throws(SystemError) -> pid_t {
        var pid: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("30"), nil]
        defer { for argument in arguments { free(argument) } }
        let failed = posix_spawnp(&pid, "sleep", nil, nil, &arguments, environ)
        guard failed == 0 else { throw SystemError(call: "posix_spawnp", errno: failed, subject: "sleep") }
        return pid
    }
}
