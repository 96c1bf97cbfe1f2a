// A member of a group, and the table of them in the order they came.

struct GroupMember: Sendable {
    var id: String
    let instanceID: String?
    var clientID: String
    var clientHost: String
    var rebalanceTimeoutMilliseconds: Int32
    var sessionTimeoutMilliseconds: Int32
    /// In the member's order of preference.
    var protocols: [GroupProtocol]
    var assignment: [UInt8] = []
    /// Its JoinGroup that waits for the next generation.
    var joinToken: ReplyToken?
    /// Its SyncGroup that waits for the assignment.
    var syncToken: ReplyToken?
    /// In no generation yet: it is removed when its first takes too long, although it waits for us.
    var isNew: Bool
    /// It learned of the present generation and has not asked for its assignment.
    var owesSync = false
    var sessionDeadlineNanoseconds: UInt64

    /// When the member counts as gone unless it is heard of; nil while it waits for our answer.
    var expiryNanoseconds: UInt64? {
        isNew || (joinToken == nil && syncToken == nil) ? sessionDeadlineNanoseconds : nil
    }

    func metadata(_ protocolName: String?) -> [UInt8] {
        protocols.first { $0.name == protocolName }?.metadata ?? []
    }

    mutating func touch(_ now: Moment) {
        sessionDeadlineNanoseconds = now.after(milliseconds: Int64(sessionTimeoutMilliseconds))
    }
}

/// Members by id, in the order they joined: what is iterated is the same in every run. A removal moves memory, not an index.
struct MemberTable: Sendable {
    private(set) var all: [GroupMember] = []
    /// Ascending; the place that each of `all` was given when it joined.
    private var places: [UInt64] = []
    private var placeByID: [String: UInt64] = [:]
    private var nextPlace: UInt64 = 0
    /// How many members know each protocol.
    private(set) var votes: [String: Int] = [:]
    /// What all members say under all their protocols, which the leader gets a choice of: bytes.
    private(set) var protocolBytes = 0

    var count: Int { all.count }
    var isEmpty: Bool { all.isEmpty }
    var positions: Range<Int> { all.indices }

    func contains(_ id: String) -> Bool { placeByID[id] != nil }

    /// - Complexity: O(log members)
    func position(of id: String) -> Int? {
        guard let place = placeByID[id] else { return nil }
        var range = 0..<places.count
        while range.count > 1 {
            let middle = range.lowerBound + range.count / 2
            range = places[middle] <= place ? middle..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }

    /// A member in place. Its id and protocols change through `replace` only.
    subscript(position: Int) -> GroupMember {
        get { all[position] }
        _modify { yield &all[position] }
    }

    mutating func append(_ member: GroupMember) {
        precondition(placeByID[member.id] == nil, "a second member \(member.id)")
        placeByID[member.id] = nextPlace
        places.append(nextPlace)
        nextPlace += 1
        all.append(member)
        count(member.protocols, by: 1)
    }

    /// Puts `member` in the place of another, or of its own former self.
    mutating func replace(at position: Int, with member: GroupMember) {
        count(all[position].protocols, by: -1)
        placeByID[all[position].id] = nil
        placeByID[member.id] = places[position]
        all[position] = member
        count(member.protocols, by: 1)
    }

    mutating func remove(at position: Int) -> GroupMember {
        places.remove(at: position)
        let member = all.remove(at: position)
        placeByID[member.id] = nil
        count(member.protocols, by: -1)
        return member
    }

    /// Removes members in one pass, however many.
    ///
    /// - Returns: those removed, in the order they joined.
    mutating func remove(where isRemoved: (GroupMember) -> Bool) -> [GroupMember] {
        guard let first = all.firstIndex(where: isRemoved) else { return [] }
        var removed: [GroupMember] = []
        var kept = first
        for position in first..<all.count {
            if isRemoved(all[position]) {
                removed.append(all[position])
            } else {
                all.swapAt(kept, position)
                places.swapAt(kept, position)
                kept += 1
            }
        }
        all.removeSubrange(kept...)
        places.removeSubrange(kept...)
        for member in removed {
            placeByID[member.id] = nil
            count(member.protocols, by: -1)
        }
        return removed
    }

    /// Protocols that everybody knows.
    func isCommon(_ protocolName: String) -> Bool { votes[protocolName] == all.count }

    private mutating func count(_ protocols: [GroupProtocol], by change: Int) {
        protocolBytes += change * protocols.bytes
        for name in Set(protocols.map(\.name)) {
            let votes = votes[name, default: 0] + change
            self.votes[name] = votes == 0 ? nil : votes
        }
    }
}

extension [GroupProtocol] {
    /// Names and metadata together.
    var bytes: Int { reduce(0) { $0 + $1.metadata.count + $1.name.utf8.count } }
}
