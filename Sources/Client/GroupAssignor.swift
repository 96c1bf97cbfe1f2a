// Who of a group's members reads which partitions of a topic. Pure: its leader works it out, the coordinator hands it on.

/// Named as members name it when they join.
package enum GroupAssignor: String, Sendable, CaseIterable {
    /// Neighbouring partitions to one member.
    case range
    /// Partitions dealt out one by one.
    case roundRobin = "roundrobin"
    /// Everybody keeps what it has, as far as that is fair, and gives the rest up without stopping to read.
    case cooperativeSticky = "cooperative-sticky"

    struct Member: Equatable {
        let id: String
        /// What it reads while it joins; empty where it gave everything up.
        var owned: [Int32] = []
        /// The group's when it was given that.
        var generation: Int32 = -1
    }

    /// Whether members go on reading while the group comes to terms.
    var isCooperative: Bool { self == .cooperativeSticky }

    /// - Returns: ascending partitions for every member. Cooperatively, one that somebody has still to give up is nobody's until the
    ///   group is asked again.
    func shares(of partitionCount: Int32, among members: [Member]) -> [String: [Int32]] {
        let sorted = members.sorted { $0.id < $1.id }
        guard !sorted.isEmpty else { return [:] }
        let (each, rest) = Int(partitionCount).quotientAndRemainder(dividingBy: sorted.count)
        switch self {
        case .range:
            var next: Int32 = 0
            return sorted.enumerated().reduce(into: [:]) { shares, entry in
                let count = Int32(each + (entry.offset < rest ? 1 : 0))
                shares[entry.element.id] = Array(next..<next + count)
                next += count
            }
        case .roundRobin:
            return sorted.enumerated().reduce(into: [:]) { shares, entry in
                shares[entry.element.id] = Array(stride(from: Int32(entry.offset), to: partitionCount, by: sorted.count))
            }
        case .cooperativeSticky:
            return Self.sticky(partitionCount, sorted, each: each, rest: rest)
        }
    }

    private static func sticky(_ partitionCount: Int32, _ members: [Member], each: Int, rest: Int) -> [String: [Int32]] {
        // What two claim belongs to the one who was told so last.
        var owners: [Int32: String] = [:]
        for member in members.sorted(by: { ($1.generation, $0.id) < ($0.generation, $1.id) }) {
            for partition in member.owned where owners[partition] == nil && (0..<partitionCount).contains(partition) { owners[partition] = member.id }
        }
        var owned: [String: [Int32]] = [:]
        for (partition, owner) in owners { owned[owner, default: []].append(partition) }
        var free = (0..<partitionCount).filter { owners[$0] == nil }[...]
        var shares: [String: [Int32]] = [:]
        // Who has most gets the larger shares, so that least has to move.
        let byWealth = members.sorted { (owned[$1.id]?.count ?? 0, $0.id) < (owned[$0.id]?.count ?? 0, $1.id) }
        for (place, member) in byWealth.enumerated() {
            let quota = each + (place < rest ? 1 : 0)
            var share = Array((owned[member.id] ?? []).sorted().prefix(quota))
            let more = free.prefix(quota - share.count)
            share += more
            free = free.dropFirst(more.count)
            shares[member.id] = share.sorted()
        }
        return shares
    }
}
