// The two sides of the audit: what was sent, and what was seen.
internal import Synchronization

/// The books of all lanes of a run. Each lane writes into its own without a lock; `Audit.judge` lays them side by side
/// when the lanes have stopped.
package final class Ledger: Sendable {
    package let contract: DeliveryContract
    package let partitions: Int
    /// Lane n stamps its records with `firstProducer + n`.
    package let firstProducer: UInt32
    /// Whether others may write into the topic too: then a record without a stamp is theirs and not a damaged one of ours, whose absence
    /// would show as a loss.
    package let sharesTopic: Bool

    private let own: OwnProducers

    private struct Books: Sendable {
        var sent: [SentBook] = []
        var seen: [SeenBook] = []
        var extent = AuditReport.Extent.none
        var logStarts: [Int64] = []
        var hasTransactions = false
    }
    private let books = Mutex(Books())

    /// - Parameters:
    ///   - firstProducer: keeps the producers of several runs on one topic apart; records of other producers are counted as foreign and
    ///     not judged.
    ///   - lanes: that stamp; nil: all numbers from `firstProducer` on are the run's.
    package init(contract: DeliveryContract, partitions: Int, firstProducer: UInt32 = 0, lanes: Int? = nil, sharesTopic: Bool = false) {
        precondition(partitions > 0, "a ledger of \(partitions) partitions")
        self.contract = contract
        self.partitions = partitions
        self.firstProducer = firstProducer
        self.sharesTopic = sharesTopic
        own = OwnProducers(first: firstProducer, count: lanes.map { UInt32($0) }, shareTopic: sharesTopic)
    }

    /// A book for a producer lane.
    ///
    /// - Parameter hasTransactions: whether the load is to be read back as it was committed.
    func openSentBook(lane: Int, isStamped: Bool, keepsOrder: Bool, hasTransactions: Bool = false) -> SentBook {
        let book = SentBook(
            producer: firstProducer + UInt32(lane), partitions: partitions, isStamped: isStamped, keepsOrder: keepsOrder)
        books.withLock {
            $0.sent.append(book)
            $0.hasTransactions = $0.hasTransactions || hasTransactions
        }
        return book
    }

    /// A book for a consumer, which sees its partitions' records from before the load on.
    ///
    /// - Parameters:
    ///   - reader: the group of consumers that it is of.
    ///   - isWhole: false for one that may not get to the end: what it did not read is not lost.
    ///   - isCommittedOnly: whether it is promised to get nothing that was aborted.
    func openSeenBook(reader: String = "consumers", isWhole: Bool = true, isCommittedOnly: Bool = false) -> SeenBook {
        let book = SeenBook(partitions: partitions, own: own, reader: reader, isWhole: isWhole, isCommittedOnly: isCommittedOnly)
        books.withLock {
            $0.seen.append(book)
            if isWhole { $0.extent = .everyRecord }
        }
        return book
    }

    /// A book for reading everything back, in place of those who did not get to the end although they should.
    ///
    /// - Parameter logStarts: by partition, how many of the offsets that may be the run's retention has removed; empty: none.
    func openReadBackBook(logStarts: [Int64] = []) -> SeenBook {
        let book = SeenBook(partitions: partitions, own: own, reader: "the read-back", isWhole: true, isCommittedOnly: hasTransactions)
        books.withLock {
            $0.seen = [book] + $0.seen.filter { !$0.isWhole }
            $0.extent = logStarts.contains { $0 > 0 } ? .retained : .readBack
            $0.logStarts = logStarts
        }
        return book
    }

    /// Offsets of a partition that retention has removed, so that nobody can read them back.
    func removedOffsets(of partition: Int) -> UInt64 {
        books.withLock { $0.logStarts.indices.contains(partition) ? UInt64(max(0, $0.logStarts[partition])) : 0 }
    }

    /// Whether a lane of the load stamps with this number, in whichever of its topics.
    func isOfLoad(_ producer: UInt32) -> Bool { own.count != nil && own.contains(producer) }

    /// Whether any producer cuts its records into transactions.
    var hasTransactions: Bool { books.withLock { $0.hasTransactions } }
    var sentBooks: [SentBook] { books.withLock { $0.sent } }
    var seenBooks: [SeenBook] { books.withLock { $0.seen } }
    var extent: AuditReport.Extent { books.withLock { $0.extent } }

    /// Whether anything reads: a tail consumer, or the read-back.
    package var hasReader: Bool { extent != .none }

    /// Whether every acknowledged record has been seen. After the lanes have stopped. Where tail consumers did not get to
    /// the end, only reading back can tell what is lost from what was not yet read.
    package var hasSeenEverything: Bool { hasReader && Audit.judge(ledger: self).lost == 0 }
}
