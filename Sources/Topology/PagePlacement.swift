// Which NUMA node pages lie on: of a buffer, of a file's cached pages, of another process.
internal import CLinux
internal import Glibc
package import Host

/// Pages counted by the node they lie on.
package struct PagePlacement: Equatable, Sendable, Codable {
    package let pagesByNode: [Int32: Int]
    /// Pages looked at that are not in memory.
    package let unplaced: Int

    package init(pagesByNode: [Int32: Int], unplaced: Int) {
        self.pagesByNode = pagesByNode
        self.unplaced = unplaced
    }

    package var placed: Int { pagesByNode.values.reduce(0, +) }

    /// The share of the pages in memory that lie on `node`; nil when none is in memory.
    package func share(on node: Int32) -> Double? {
        placed == 0 ? nil : Double(pagesByNode[node] ?? 0) / Double(placed)
    }

    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

    /// The pages of memory of this process, every `sampleEvery`-th. Touches none.
    package static func ofBuffer(_ bytes: UnsafeRawBufferPointer, sampleEvery: Int = 1) throws(SystemError) -> PagePlacement {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return PagePlacement(pagesByNode: [:], unplaced: 0) }
        let first = UInt(bitPattern: start) / UInt(pageSize) * UInt(pageSize)
        let end = UInt(bitPattern: start) + UInt(bytes.count)
        let addresses = stride(from: first, to: end, by: pageSize * max(1, sampleEvery)).map {
            UnsafeMutableRawPointer(bitPattern: $0)
        }
        return try ask(addresses, unplaced: 0)
    }

    /// The cached pages of an open file, every `sampleEvery`-th of the range. A page that is not cached is
    /// counted as unplaced and never touched, so nothing is read from the device.
    package static func ofCachedPages(
        _ descriptor: Int32, range: Range<Int64>, sampleEvery: Int = 1
    ) throws(SystemError) -> PagePlacement {
        var pagesByNode: [Int32: Int] = [:]
        var unplaced = 0
        // 256 MiB of mapping at a time: placement needs page-table entries, and a log can be larger than memory.
        let window: Int64 = 256 << 20
        var at = range.lowerBound / Int64(pageSize) * Int64(pageSize)
        while at < range.upperBound {
            let length = Int(min(window, range.upperBound - at))
            let part = try ofMapped(descriptor, at: at, length: length, sampleEvery: max(1, sampleEvery))
            pagesByNode.merge(part.pagesByNode, uniquingKeysWith: +)
            unplaced += part.unplaced
            at += window
        }
        return PagePlacement(pagesByNode: pagesByNode, unplaced: unplaced)
    }

    private static func ofMapped(
        _ descriptor: Int32, at: Int64, length: Int, sampleEvery: Int
    ) throws(SystemError) -> PagePlacement {
        guard let map = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, off_t(at)), map != MAP_FAILED else {
            throw SystemError(call: "mmap", errno: errno, subject: "fd \(descriptor)")
        }
        defer { munmap(map, length) }
        // MADV_RANDOM: touching a cached page must not start read-ahead of its neighbours.
        madvise(map, length, MADV_RANDOM)
        let pages = (length + pageSize - 1) / pageSize
        var resident = [UInt8](repeating: 0, count: pages)
        guard mincore(map, length, &resident) == 0 else {
            throw SystemError(call: "mincore", errno: errno, subject: "fd \(descriptor)")
        }
        var addresses: [UnsafeMutableRawPointer?] = []
        var unplaced = 0
        for page in stride(from: 0, to: pages, by: sampleEvery) {
            guard resident[page] & 1 == 1 else {
                unplaced += 1
                continue
            }
            // move_pages sees only pages in this process's page table: the touch is a minor fault.
            clinux_touch(map + page * pageSize)
            addresses.append(map + page * pageSize)
        }
        return try ask(addresses, unplaced: unplaced)
    }

    private static func ask(_ addresses: [UnsafeMutableRawPointer?], unplaced: Int) throws(SystemError) -> PagePlacement {
        guard !addresses.isEmpty else { return PagePlacement(pagesByNode: [:], unplaced: unplaced) }
        var nodes = [Int32](repeating: 0, count: addresses.count)
        var list = addresses
        _ = try checked(clinux_page_nodes(0, list.count, &list, &nodes), "move_pages", "\(list.count) pages")
        var counted: [Int32: Int] = [:]
        var missing = unplaced
        for node in nodes {
            if node >= 0 { counted[node, default: 0] += 1 } else { missing += 1 }
        }
        return PagePlacement(pagesByNode: counted, unplaced: missing)
    }

    /// The memory that is a process's own, from /proc/PID/numa_maps; nil where the kernel has none or denies it.
    package static func ofProcess(_ pid: Int32, _ system: any SystemSource = LiveSystem()) -> PagePlacement? {
        system.text("/proc/\(pid)/numa_maps").map { parse(numaMaps: $0) }
    }

    /// `7f… default anon=3 dirty=3 N0=2 N1=1 kernelpagesize_kB=4`: pages of `kernelpagesize_kB`, counted in 4 KiB. Mapped files are
    /// left out: a program's text lies where somebody first read it, as cached pages do, and no policy of the process moves it.
    static func parse(numaMaps text: String) -> PagePlacement {
        var counted: [Int32: Int] = [:]
        for line in text.split(separator: "\n") where !line.contains(" file=") {
            var here: [Int32: Int] = [:]
            var scale = 1
            for word in line.split(separator: " ") {
                let parts = word.split(separator: "=")
                guard parts.count == 2, let value = Int(parts[1]) else { continue }
                if parts[0] == "kernelpagesize_kB" { scale = max(1, value / 4) }
                if parts[0].first == "N", let node = Int32(parts[0].dropFirst()) { here[node] = value }
            }
            for (node, pages) in here { counted[node, default: 0] += pages * scale }
        }
        return PagePlacement(pagesByNode: counted, unplaced: 0)
    }
}
