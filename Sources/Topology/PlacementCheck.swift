// Does placing work here? A thread, its memory and a file's cached pages are put on every node and looked for there.
//
// Nothing is timed. What a call answers counts for nothing either: a kernel with emulated nodes accepts a placement that it
// does not carry out, and a control group may allow fewer nodes than there are.
internal import CLinux
internal import Glibc
internal import Host

package enum PlacementCheck {
    /// Looked at in each cell of memory.
    static let bufferBytes = 16 << 20
    /// Of the file whose cached pages are looked at.
    static let fileBytes: Int64 = 8 << 20
    /// A node with less than this free is left out, so that nobody else's memory is pushed off it.
    static let leastFreeBytes = Int64(2 * bufferBytes)
    private static let chunkBytes = 1 << 20
    /// At the CPU that a thread runs on.
    private static let looks = 100

    /// Every cell of this machine's nodes; the calling thread has its own placement again afterwards.
    ///
    /// - Parameter directory: where a file of 8 MiB may stand for a moment, on the disk whose cached pages are looked at.
    package static func run(directory: String, nodes: [NUMANode] = NUMA.nodes()) -> [PlacementCell] {
        let withMemory = nodes.filter { $0.memoryBytes > 0 }
        let withCPUs = nodes.filter { !$0.cpus.isEmpty }
        var cells: [PlacementCell] = []
        for node in nodes {
            guard !node.cpus.isEmpty else {
                cells.append(skipped(.thread, node, nil, [node.id], "the node has no CPUs"))
                continue
            }
            cells.append(thread(node))
            for target in withMemory { cells.append(memory(node, .bind([target.id]), [target])) }
            if node.memoryBytes > 0 { cells.append(memory(node, .local, [node])) }
            if withMemory.count > 1 { cells.append(memory(node, .interleave(withMemory.map(\.id)), withMemory)) }
        }
        return cells + cached(withCPUs.filter { $0.memoryBytes > 0 }, directory)
    }

    /// Whether at least one cell was verified and none failed.
    package static func holds(_ cells: [PlacementCell]) -> Bool {
        cells.contains { $0.outcome == .verified } && !cells.contains { $0.outcome == .failed }
    }

    // MARK: cells

    private static func thread(_ node: NUMANode) -> PlacementCell {
        do throws(SystemError) {
            let there = try NUMA.inheriting(cpus: node.cpus, memory: .unpinned) { () throws(SystemError) -> Int in
                var there = 0
                for _ in 0..<looks {
                    if node.cpus.contains(clinux_current_cpu()) { there += 1 }
                    sched_yield()
                }
                return there
            }
            return judged(.thread, node, nil, [node.id], Double(there) / Double(looks), "\(there) of \(looks) looks")
        } catch {
            return failed(.thread, node, nil, [node.id], error)
        }
    }

    private static func memory(_ node: NUMANode, _ policy: MemoryPolicy, _ targets: [NUMANode]) -> PlacementCell {
        let intended = targets.map(\.id)
        if let full = targets.first(where: { $0.freeBytes < leastFreeBytes }) {
            return skipped(.memory, node, policy, intended, "node \(full.id) has only \(full.freeBytes >> 20) MiB free")
        }
        do throws(SystemError) {
            let found = try NUMA.inheriting(cpus: node.cpus, memory: policy) { () throws(SystemError) in try freshPages() }
            return judged(.memory, node, policy, intended, found.share(evenlyOn: intended) ?? 0, found.text)
        } catch {
            return failed(.memory, node, policy, intended, error)
        }
    }

    private static func freshPages() throws(SystemError) -> PagePlacement {
        guard let bytes = mmap(nil, bufferBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), bytes != MAP_FAILED else {
            throw SystemError(call: "mmap", errno: errno, subject: "\(bufferBytes) bytes")
        }
        defer { munmap(bytes, bufferBytes) }
        // One huge page more or less would be most of a node's share.
        madvise(bytes, bufferBytes, MADV_NOHUGEPAGE)
        memset(bytes, 1, bufferBytes)
        return try PagePlacement.ofBuffer(UnsafeRawBufferPointer(start: bytes, count: bufferBytes))
    }

    private static func cached(_ nodes: [NUMANode], _ directory: String) -> [PlacementCell] {
        guard let first = nodes.first else { return [] }
        do throws(SystemError) {
            let file = try scratchFile(directory)
            defer { clinux_close(file) }
            return nodes.flatMap { node in cached(file, node, others: nodes.filter { $0.id != node.id }) }
        } catch {
            return [failed(.pageCache, first, nil, [first.id], error)]
        }
    }

    /// Dropped, read on `node` and looked at; then read from the others, which must move nothing.
    private static func cached(_ file: Int32, _ node: NUMANode, others: [NUMANode]) -> [PlacementCell] {
        var cells = [reading(.pageCache, file, on: node, intended: node.id, droppedBefore: true)]
        for other in others { cells.append(reading(.cachedElsewhere, file, on: other, intended: node.id, droppedBefore: false)) }
        return cells
    }

    private static func reading(
        _ subject: PlacementCell.Subject, _ file: Int32, on node: NUMANode, intended: Int32, droppedBefore: Bool
    ) -> PlacementCell {
        do throws(SystemError) {
            if droppedBefore { try PageCache.drop(file) }
            try NUMA.inheriting(cpus: node.cpus, memory: .unpinned) { () throws(SystemError) in try readAll(file) }
            let found = try PagePlacement.ofCachedPages(file, range: 0..<fileBytes)
            return judged(subject, node, nil, [intended], found.share(on: intended) ?? 0, found.text)
        } catch {
            return failed(subject, node, nil, [intended], error)
        }
    }

    // MARK: the file

    /// Written and already without a name, so that nothing is left behind whatever happens.
    private static func scratchFile(_ directory: String) throws(SystemError) -> Int32 {
        let path = "\(directory)/tidemark-placement-\(getpid())"
        let file = try checked(clinux_open(path, O_RDWR | O_CREAT | O_EXCL, 0o600), "open", path)
        unlink(path)
        let chunk = [UInt8](repeating: 7, count: chunkBytes)
        var at: Int64 = 0
        while at < fileBytes {
            let written = clinux_pwrite(file, chunk, chunkBytes, at)
            guard written > 0 else {
                clinux_close(file)
                throw SystemError(call: "pwrite", errno: written < 0 ? Int32(-written) : ENOSPC, subject: path)
            }
            at += Int64(written)
        }
        return file
    }

    private static func readAll(_ file: Int32) throws(SystemError) {
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        var at: Int64 = 0
        while at < fileBytes {
            let count = try checked(clinux_pread(file, &chunk, chunkBytes, at), "pread", "fd \(file)")
            guard count > 0 else { return }
            at += Int64(count)
        }
    }

    // MARK: outcomes

    private static func judged(
        _ subject: PlacementCell.Subject, _ node: NUMANode, _ policy: MemoryPolicy?, _ intended: [Int32], _ share: Double, _ evidence: String
    ) -> PlacementCell {
        PlacementCell(
            subject: subject, cpuNode: node.id, policy: policy?.description, intendedNodes: intended,
            outcome: share >= PlacementCell.leastVerifiedShare ? .verified : .failed, verifiedShare: share, evidence: evidence)
    }

    private static func failed(
        _ subject: PlacementCell.Subject, _ node: NUMANode, _ policy: MemoryPolicy?, _ intended: [Int32], _ error: SystemError
    ) -> PlacementCell {
        PlacementCell(
            subject: subject, cpuNode: node.id, policy: policy?.description, intendedNodes: intended, outcome: .failed, verifiedShare: nil,
            evidence: "\(error)")
    }

    private static func skipped(
        _ subject: PlacementCell.Subject, _ node: NUMANode, _ policy: MemoryPolicy?, _ intended: [Int32], _ reason: String
    ) -> PlacementCell {
        PlacementCell(
            subject: subject, cpuNode: node.id, policy: policy?.description, intendedNodes: intended, outcome: .skipped, verifiedShare: nil,
            evidence: reason)
    }
}
