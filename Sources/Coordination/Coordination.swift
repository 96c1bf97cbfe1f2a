// Kafka's coordinators as pure machines: an event goes in, effects come out. No clock, no random numbers, no threads and no
// files: the caller brings the time and random names, performs the effects in order, and reports what became of the writes.
//
//   Groups/         one group's members and generations (GroupMachine), its offsets (OffsetTable)
//   Transactions/   one transactional id's life (Transaction)
//   Formats/        what both keep in `__consumer_offsets` and `__transaction_state`, as Kafka writes it
//
// At this level: GroupCoordinator and TransactionCoordinator, the two that a broker or a simulator drives, their requests,
// replies, settings and errors. Three rules make them safe to drive:
//   1. every event with a token is answered exactly once, in this turn or in a later one;
//   2. what a reply promises is in the log first: the reply comes with the `written` event of its write;
//   3. writes for one group or transactional id are reported in the order in which they were asked for.

/// Names a request that waits for its answer. The caller makes it, unique among those unanswered.
package struct ReplyToken: Hashable, Sendable {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// Names a write that the caller was asked for, until it is reported. Never used twice in the life of a coordinator.
package struct WriteID: Hashable, Sendable {
    package let rawValue: UInt64
}

/// The time of an event, as the caller read it.
package struct Moment: Hashable, Sendable {
    /// CLOCK_MONOTONIC; never goes back from one event to the next.
    package var nanoseconds: UInt64
    /// Since 1970, UTC; may jump. It dates what is stored.
    package var wallMilliseconds: Int64

    package init(nanoseconds: UInt64, wallMilliseconds: Int64) {
        self.nanoseconds = nanoseconds
        self.wallMilliseconds = wallMilliseconds
    }

    /// When a time that a client or a setting names will be over. At least a millisecond, so that no deadline lies behind.
    func after(milliseconds: Int64) -> UInt64 {
        let bounded = min(max(milliseconds, 1), Moment.longestMilliseconds)
        return nanoseconds + UInt64(bounded) * 1_000_000
    }

    /// No timeout is longer: about 24 days, more than any int32 of milliseconds.
    private static let longestMilliseconds = Int64(Int32.max)
}
