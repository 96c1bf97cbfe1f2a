// A group's deadlines. The driver is told of the earliest only, and told again only when an earlier one appears or at a tick:
// heartbeats, which all move deadlines back, cost it nothing.

extension GroupMachine {
    /// The driver shall wake the group at `deadline`, unless it does so earlier.
    mutating func announce(_ deadline: UInt64, _ turn: inout GroupTurn) {
        if let announcedNanoseconds, announcedNanoseconds <= deadline { return }
        announcedNanoseconds = deadline
        turn.effects.append(.wake(group: id, atNanoseconds: deadline))
    }

    mutating func tick(_ turn: inout GroupTurn) {
        announcedNanoseconds = nil
        let now = turn.now.nanoseconds
        pending.removeAll { $0.deadlineNanoseconds <= now }
        remove({ $0.expiryNanoseconds.map { $0 <= now } ?? false }, &turn)
        if let deadline = syncDeadlineNanoseconds, deadline <= now {
            syncDeadlineNanoseconds = nil
            remove(\.owesSync, &turn)
        }
        membersWereRemoved(&turn)
        if let gathering, gathering.deadlineNanoseconds <= now { gatheringIsOver(&turn) }
        if let next = nextDeadlineNanoseconds { announce(next, &turn) }
    }

    var nextDeadlineNanoseconds: UInt64? {
        let members = members.all.lazy.compactMap(\.expiryNanoseconds).min()
        let pending = pending.lazy.map(\.deadlineNanoseconds).min()
        return [members, pending, gathering?.deadlineNanoseconds, syncDeadlineNanoseconds].compactMap { $0 }.min()
    }
}
