// One thing that was put on a NUMA node and looked for there.

/// What was placed, where it should be, and how much of it was there.
package struct PlacementCell: Equatable, Sendable, Codable {
    package enum Subject: String, Sendable, Codable {
        /// A thread, by the CPU that it runs on.
        case thread
        /// Memory that it writes for the first time under a policy.
        case memory
        /// Pages of a file that it reads from the disk.
        case pageCache
        /// The same pages read again from another node: they stay where they were first read.
        case cachedElsewhere
    }
    package enum Outcome: String, Sendable, Codable { case verified, failed, skipped }

    package let subject: Subject
    /// Whose CPUs the thread was sent to.
    package let cpuNode: Int32
    /// As `MemoryPolicy` writes it; nil where none was set.
    package let policy: String?
    package let intendedNodes: [Int32]
    package let outcome: Outcome
    /// 0 to 1; nil where it could not be looked at.
    package let verifiedShare: Double?
    /// Pages by node, or why it was skipped or failed.
    package let evidence: String

    /// A smaller share is no figure of that placement.
    package static let leastVerifiedShare = 0.95
}

extension PlacementCell: CustomStringConvertible {
    /// `verified memory written on node 0 under bind:2: 100 % on node 2 (node 2: 4096 pages)`.
    package var description: String {
        let whereTo = intendedNodes.isEmpty ? "" : " on node \(CPUSet(intendedNodes))"
        let share = verifiedShare.map { ": \(Int(($0 * 100).rounded(.down))) %\(whereTo)" } ?? whereTo
        return "\(outcome.rawValue) \(what)\(share) (\(evidence))"
    }

    private var what: String {
        switch subject {
        case .thread: "thread sent to node \(cpuNode)"
        case .memory: "memory written on node \(cpuNode) under \(policy ?? "no policy")"
        case .pageCache: "file read on node \(cpuNode)"
        case .cachedElsewhere: "cached file read again on node \(cpuNode)"
        }
    }
}

extension PagePlacement {
    /// The share of the placed pages that lie on these nodes, evenly spread; nil when none is in memory.
    package func share(evenlyOn nodes: [Int32]) -> Double? {
        guard placed > 0, !nodes.isEmpty else { return nil }
        let even = (placed + nodes.count - 1) / nodes.count
        return Double(nodes.reduce(0) { $0 + min(pagesByNode[$1] ?? 0, even) }) / Double(placed)
    }

    /// The share of the placed pages that lie on one of these nodes or another, however they are spread: those of a file may come many
    /// at a time. nil when none is in memory.
    package func share(onAnyOf nodes: [Int32]) -> Double? {
        placed == 0 ? nil : Double(nodes.reduce(0) { $0 + (pagesByNode[$1] ?? 0) }) / Double(placed)
    }

    /// `node 0: 4096 pages, node 2: 1 page`.
    package var text: String {
        let parts = pagesByNode.sorted { $0.key < $1.key }.map { "node \($0.key): \($0.value) page\($0.value == 1 ? "" : "s")" }
        return (parts + (unplaced > 0 ? ["\(unplaced) not in memory"] : [])).joined(separator: ", ")
    }
}
