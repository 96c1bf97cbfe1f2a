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

/// Members by id, in the order they joined: what is iterated is the same in every run.
struct MemberTable: Sendable {
    private(set) var all: [GroupMember] = []
    private var indices: [String: Int] = [:]
    /// How many members know each protocol.
    private(set) var votes: [String: Int] = [:]

    var count: Int { all.count }
    var isEmpty: Bool { all.isEmpty }
    var positions: Range<Int> { all.indices }

    func contains(_ id: String) -> Bool { indices[id] != nil }
    func position(of id: String) -> Int? { indices[id] }

    /// A member in place. Its id and protocols change through `replace` only.
    subscript(position: Int) -> GroupMember {
        get { all[position] }
        _modify { yield &all[position] }
    }

    mutating func append(_ member: GroupMember) {
        precondition(indices[member.id] == nil, "a second member \(member.id)")
        indices[member.id] = all.count
        all.append(member)
        count(member.protocols, by: 1)
    }

    /// Puts `member` in the place of another, or of its own former self.
    mutating func replace(at position: Int, with member: GroupMember) {
        count(all[position].protocols, by: -1)
        indices[all[position].id] = nil
        indices[member.id] = position
        all[position] = member
        count(member.protocols, by: 1)
    }

    mutating func remove(at position: Int) -> GroupMember {
        let member = all.remove(at: position)
        count(member.protocols, by: -1)
        indices[member.id] = nil
        for later in position..<all.count { indices[all[later].id] = later }
        return member
    }

    /// Protocols that everybody knows.
    func isCommon(_ protocolName: String) -> Bool { votes[protocolName] == all.count }

    private mutating func count(_ protocols: [GroupProtocol], by change: Int) {
        for name in Set(protocols.map(\.name)) {
            let votes = votes[name, default: 0] + change
            self.votes[name] = votes == 0 ? nil : votes
        }
    }
}
