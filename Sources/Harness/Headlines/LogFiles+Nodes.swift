// The memory nodes of a log's cached pages: putting them on one, and looking where they are.
internal import CLinux
internal import Glibc
internal import Host
internal import Topology

extension LogFiles {
    private static let chunkBytes = 1 << 20

    /// Empties the cache of the files and reads what was written to them on a node, so that the pages lie there: whoever reads a page
    /// first decides where it is, and it stays.
    ///
    /// - Throws: `SystemError`; ENOSYS where the kernel knows no memory nodes and there are several.
    func place(on node: NUMANode) throws {
        _ = try drop(downTo: 0, ofLogBytes: 1)
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 4096)
        defer { chunk.deallocate() }
        // A node without CPUs gets its pages from a thread that runs anywhere.
        try NUMA.inheriting(cpus: node.cpus.isEmpty ? nil : node.cpus, memory: NUMA.isAvailable ? .bind([node.id]) : .unpinned) { () throws(SystemError) in
            for path in paths { try Self.read(path, through: chunk) }
        }
    }

    private static func read(_ path: String, through chunk: UnsafeMutableRawBufferPointer) throws(SystemError) {
        let descriptor = try checked(clinux_open(path, O_RDONLY, 0), "open", path)
        defer { _ = clinux_close(descriptor) }
        // What was only preallocated behind it is no data.
        let end = try checked(clinux_first_hole(descriptor), "lseek", path)
        var at: Int64 = 0
        while at < end {
            let count = try checked(clinux_pread(descriptor, chunk.baseAddress!, min(chunk.count, Int(end - at)), at), "pread", path)
            guard count > 0 else { return }
            at += Int64(count)
        }
    }

    /// The nodes of the pages that are cached. Nothing is read from the device.
    func placement() throws -> PagePlacement {
        var all = PagePlacement(pagesByNode: [:], unplaced: 0)
        for path in paths {
            let descriptor = try checked(clinux_open(path, O_RDONLY, 0), "open", path)
            defer { _ = clinux_close(descriptor) }
            let end = try checked(clinux_first_hole(descriptor), "lseek", path)
            guard end > 0 else { continue }
            let here = try PagePlacement.ofCachedPages(descriptor, range: 0..<end)
            all = PagePlacement(pagesByNode: all.pagesByNode.merging(here.pagesByNode, uniquingKeysWith: +), unplaced: all.unplaced + here.unplaced)
        }
        return all
    }
}
