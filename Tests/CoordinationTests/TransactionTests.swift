@testable import Coordination
import Records
import Testing
import Vocabulary

@Suite struct TransactionTests {
    @Test func `an id, a timeout, a number of ids that cannot be are refused`() {
        let rig = TransactionRig {
            $0.maximumTransactionalIDs = 1
            $0.maximumTransactionalIDBytes = 3
        }
        #expect(rig.error(rig.initialise("")) == .invalidRequest)
        #expect(rig.error(rig.initialise("four")) == .invalidRequest)
        #expect(rig.error(rig.initialise(timeout: 0)) == .invalidTransactionTimeout)
        #expect(rig.error(rig.initialise(timeout: 900_001)) == .invalidTransactionTimeout)
        #expect(rig.error(rig.initialise()) == nil)
        #expect(rig.error(rig.initialise("y")) == .policyViolation)
        #expect(rig.error(rig.initialise()) == nil)
    }

    @Test func `who does not hold the id is refused, in the words of its version`() {
        let rig = TransactionRig()
        let old = rig.producer()
        let new = rig.producer()
        #expect(new == ProducerStamp(producerID: old.producerID, producerEpoch: old.producerEpoch + 1))
        #expect(rig.error(rig.add([0], old)) == .producerFenced)
        #expect(rig.error(rig.add([0], old, version: 1)) == .invalidProducerEpoch)
        #expect(rig.error(rig.end(.commit, old)) == .producerFenced)
        #expect(rig.error(rig.end(.commit, old, version: 1)) == .invalidProducerEpoch)
        #expect(rig.error(rig.addOffsets("g", old)) == .producerFenced)
        #expect(rig.error(rig.initialise(expected: old)) == .producerFenced)
        #expect(rig.error(rig.initialise(expected: old, version: 3)) == .invalidProducerEpoch)
        let stranger = ProducerStamp(producerID: 1, producerEpoch: 1)
        #expect(rig.error(rig.add([0], stranger)) == .invalidProducerIDMapping)
        #expect(rig.error(rig.end(.abort, stranger)) == .invalidProducerIDMapping)
        #expect(rig.error(rig.end(.abort, new, "unknown")) == .invalidProducerIDMapping)
        #expect(rig.error(rig.add([0], new, "")) == .invalidRequest)
    }

    @Test func `what was never begun is not ended, and what is over ends only the same way again`() {
        let rig = TransactionRig()
        let stamp = rig.producer()
        #expect(rig.error(rig.end(.commit, stamp)) == .invalidTransactionState)
        _ = rig.add([0], stamp)
        #expect(rig.error(rig.end(.commit, stamp)) == nil)
        #expect(rig.state == .completeCommit)
        #expect(rig.error(rig.end(.commit, stamp)) == nil)
        #expect(rig.error(rig.end(.abort, stamp)) == .invalidTransactionState)
        _ = rig.add([1], stamp)
        #expect(rig.error(rig.end(.abort, stamp)) == nil)
        #expect(rig.error(rig.end(.abort, stamp)) == nil)
        #expect(rig.error(rig.end(.commit, stamp)) == .invalidTransactionState)
        #expect(rig.markers.map(\.outcome) == [.commit, .abort])
        #expect(rig.markers.map { $0.partitions.map(\.partition) } == [[0], [1]])
    }

    @Test func `nothing is answered, and nothing sent, before the log has the record`() {
        let rig = TransactionRig()
        let stamp = rig.producer()
        rig.holdsWrites = true
        let added = rig.add([0, 1], stamp)
        #expect(rig.replies[added] == nil)
        #expect(rig.error(rig.add([2], stamp)) == .concurrentTransactions)
        #expect(rig.error(rig.end(.commit, stamp)) == .concurrentTransactions)
        #expect(rig.error(rig.initialise()) == .concurrentTransactions)
        rig.report()
        #expect(rig.error(added) == nil)
        let ended = rig.end(.commit, stamp)
        #expect(rig.replies[ended] == nil)
        #expect(rig.markers == [])
        rig.report()
        #expect(rig.error(ended) == nil)
        #expect(rig.markers.map(\.partitions.count) == [2])
    }

    @Test func `a partition may be written to while the transaction has it, and no longer than until its end is decided`() {
        let rig = TransactionRig()
        let stamp = rig.producer()
        func refusal(_ partition: Int32, _ stamp: ProducerStamp, _ id: String? = "x") -> CoordinationError? {
            rig.coordinator.refusal(ofWriteBy: stamp, transactionalID: id, to: TopicPartition(topic: "t", partition: partition))
        }
        #expect(refusal(0, stamp) == .invalidTransactionState)
        _ = rig.add([0], stamp)
        #expect(refusal(0, stamp) == nil && refusal(0, stamp, nil) == nil)
        #expect(refusal(1, stamp) == .invalidTransactionState)
        #expect(refusal(0, stamp, "y") == .invalidProducerIDMapping)
        #expect(refusal(0, ProducerStamp(producerID: 1, producerEpoch: 0)) == .invalidProducerIDMapping)
        #expect(refusal(0, ProducerStamp(producerID: stamp.producerID, producerEpoch: stamp.producerEpoch + 1)) == .producerFenced)
        rig.restart()
        #expect(refusal(0, stamp) == nil)
        rig.holdsWrites = true
        _ = rig.add([1], stamp)
        #expect(refusal(0, stamp) == nil)
        #expect(refusal(1, stamp) == .invalidTransactionState)
        rig.report()
        #expect(refusal(1, stamp) == nil)
        _ = rig.end(.commit, stamp)
        #expect(refusal(0, stamp) == .concurrentTransactions)
        rig.holdsWrites = false
        rig.marksAtOnce = false
        rig.report()
        #expect(refusal(0, stamp) == .concurrentTransactions)
        for partition in Int32(0)..<2 {
            #expect(rig.coordinator.describe("x")?.partitions.map(\.partition) == Array(partition..<2))
            rig.send(.markerWritten(transactionalID: "x", stamp, TopicPartition(topic: "t", partition: partition)))
        }
        #expect(rig.state == .completeCommit)
        #expect(refusal(0, stamp) == .invalidTransactionState)
        let successor = rig.producer()
        #expect(refusal(0, stamp) == .producerFenced && refusal(0, successor) == .invalidTransactionState)
    }

    @Test func `a record that the log refuses changes nothing`() {
        let rig = TransactionRig()
        let stamp = rig.producer()
        rig.holdsWrites = true
        let added = rig.add([0], stamp)
        rig.report(.coordinatorNotAvailable)
        #expect(rig.error(added) == .coordinatorNotAvailable)
        #expect(rig.state == .empty)
        rig.holdsWrites = false
        _ = rig.add([0], stamp)
        rig.holdsWrites = true
        let ended = rig.end(.commit, stamp)
        rig.report(.coordinatorNotAvailable)
        #expect(rig.error(ended) == .coordinatorNotAvailable)
        #expect(rig.state == .ongoing)
        #expect(rig.markers == [])
    }

    @Test func `until every marker is written the next transaction waits`() {
        let rig = TransactionRig()
        let stamp = rig.producer()
        _ = rig.add([0, 1], stamp)
        rig.marksAtOnce = false
        _ = rig.end(.commit, stamp)
        #expect(rig.error(rig.add([2], stamp)) == .concurrentTransactions)
        #expect(rig.error(rig.end(.commit, stamp)) == .concurrentTransactions)
        #expect(rig.error(rig.end(.abort, stamp)) == .invalidTransactionState)
        #expect(rig.error(rig.initialise()) == .concurrentTransactions)
        let partitions = rig.markers[0].partitions
        let stale = ProducerStamp(producerID: stamp.producerID, producerEpoch: stamp.producerEpoch - 1)
        rig.send(.markerWritten(transactionalID: "x", stamp, partitions[0]))
        rig.send(.markerWritten(transactionalID: "x", stamp, partitions[0]))
        rig.send(.markerWritten(transactionalID: "x", stale, partitions[1]))
        #expect(rig.state == .prepareCommit)
        rig.send(.markerWritten(transactionalID: "x", stamp, partitions[1]))
        #expect(rig.state == .completeCommit)
        // Late reports harm no later transaction.
        _ = rig.add([0], stamp)
        rig.send(.markerWritten(transactionalID: "x", stamp, partitions[0]))
        #expect(rig.state == .ongoing)
    }

    @Test func `a group's offsets join the transaction by its partition`() {
        let rig = TransactionRig()
        let stamp = rig.producer()
        #expect(rig.error(rig.addOffsets("my-group", stamp)) == nil)
        _ = rig.add([0], stamp)
        _ = rig.end(.abort, stamp)
        #expect(rig.markers[0].partitions.map(\.description) == ["__consumer_offsets-12", "t-0"])
        let marker = EndTransactionMarker(
            producerID: stamp.producerID, producerEpoch: stamp.producerEpoch, outcome: .abort, coordinatorEpoch: 0)
        #expect(rig.markers[0].marker == marker)
    }

    @Test func `partitions of a transaction are bounded, and known ones need no record`() {
        let rig = TransactionRig { $0.maximumPartitionsPerTransaction = 2 }
        let stamp = rig.producer()
        #expect(rig.error(rig.add([0, 1, 2], stamp)) == .invalidRequest)
        #expect(rig.error(rig.add([0, 1], stamp)) == nil)
        let records = rig.log.count
        #expect(rig.error(rig.add([1], stamp)) == nil)
        #expect(rig.log.count == records)
    }

    @Test func `a new producer aborts the old one's transaction first`() {
        let rig = TransactionRig()
        let old = rig.producer()
        _ = rig.add([0], old)
        #expect(rig.error(rig.initialise()) == .concurrentTransactions)
        #expect(rig.state == .completeAbort)
        #expect(rig.markers[0].stamp.producerEpoch == old.producerEpoch + 1)
        #expect(rig.error(rig.end(.commit, old)) == .producerFenced)
        let new = rig.producer()
        #expect(new.producerEpoch == old.producerEpoch + 2)
        #expect(new.producerID == old.producerID)
    }

    @Test func `a transaction that takes too long is aborted, and its producer shut out`() {
        let rig = TransactionRig()
        let stamp = rig.producer(timeout: 5_000)
        _ = rig.add([0], stamp)
        rig.advance(milliseconds: 4_000)
        _ = rig.add([1], stamp)
        rig.advance(milliseconds: 999)
        #expect(rig.state == .ongoing)
        rig.advance(milliseconds: 1)
        #expect(rig.state == .completeAbort)
        #expect(rig.markers[0].outcome == .abort)
        #expect(rig.markers[0].partitions.count == 2)
        #expect(rig.error(rig.end(.commit, stamp)) == .producerFenced)
        #expect(rig.complaints == [])
    }

    @Test func `an abort or a completion that the log refuses is tried again`() {
        let rig = TransactionRig()
        let stamp = rig.producer(timeout: 5_000)
        _ = rig.add([0], stamp)
        rig.holdsWrites = true
        rig.advance(milliseconds: 5_000)
        rig.report(.coordinatorNotAvailable)
        #expect(rig.state == .ongoing)
        rig.advance(milliseconds: 100)
        // The epoch is not bumped twice.
        #expect(rig.unreported.map(\.1.snapshot?.producerEpoch) == [stamp.producerEpoch + 1])
        rig.report()
        #expect(rig.state == .prepareAbort)
        rig.report(.coordinatorNotAvailable)
        rig.advance(milliseconds: 100)
        rig.report()
        #expect(rig.state == .completeAbort)
        #expect(rig.complaints == [])
    }

    @Test func `a producer goes on after an error, and may repeat the request that got it there`() {
        let rig = TransactionRig()
        let first = rig.producer()
        let second = rig.stamp(rig.initialise(expected: first))
        #expect(second?.producerEpoch == first.producerEpoch + 1)
        // The answer was lost.
        #expect(rig.stamp(rig.initialise(expected: first)) == second)
        // Once a new producer came, the old one's repetition is refused.
        _ = rig.producer()
        #expect(rig.error(rig.initialise(expected: first)) == .producerFenced)
        #expect(rig.error(rig.initialise(expected: second)) == .producerFenced)
    }

    @Test func `a producer of an older epoch cannot abort its successor's transaction`() {
        let rig = TransactionRig()
        let old = rig.producer()
        let new = rig.producer()
        _ = rig.add([0], new)
        #expect(rig.error(rig.initialise(expected: old)) == .producerFenced)
        #expect(rig.state == .ongoing)
        #expect(rig.error(rig.initialise(expected: new)) == .concurrentTransactions)
        #expect(rig.state == .completeAbort)
    }

    @Test func `a producer of an id nobody knows any more is given a new one`() {
        let rig = TransactionRig()
        let stamp = rig.stamp(rig.initialise(expected: ProducerStamp(producerID: 5, producerEpoch: 9)))
        #expect(stamp == ProducerStamp(producerID: 1_000, producerEpoch: 0))
    }

    private func exhausted(_ rig: TransactionRig) -> ProducerStamp {
        let stamp = rig.producer()
        var snapshot = rig.log[0].snapshot
        snapshot?.producerEpoch = .max - 1
        rig.log.append(TransactionRecord(transactionalID: "x", snapshot: snapshot))
        rig.restart()
        return ProducerStamp(producerID: stamp.producerID, producerEpoch: .max - 1)
    }

    @Test func `when the epochs are used up there is a new producer id`() {
        let rig = TransactionRig()
        let last = exhausted(rig)
        let next = rig.producer()
        #expect(next.producerID != last.producerID)
        #expect(next.producerEpoch == 0)
        #expect(rig.error(rig.add([0], last)) == .invalidProducerIDMapping)
    }

    @Test func `the last epoch still does transactions, and can still be shut out`() {
        let rig = TransactionRig()
        let last = exhausted(rig)
        #expect(rig.error(rig.add([0], last)) == nil)
        #expect(rig.error(rig.initialise()) == .concurrentTransactions)
        #expect(rig.markers[0].stamp.producerEpoch == .max)
        let next = rig.producer()
        #expect(next.producerEpoch == 0)
        #expect(next.producerID != last.producerID)
    }

    @Test func `the change of ids may be repeated by the producer it was for`() {
        let rig = TransactionRig()
        let last = exhausted(rig)
        let next = rig.stamp(rig.initialise(expected: last))
        #expect(next?.producerEpoch == 0)
        #expect(rig.stamp(rig.initialise(expected: last)) == next)
        let other = TransactionRig()
        let fenced = exhausted(other)
        _ = other.producer()
        #expect(other.error(other.initialise(expected: fenced)) == .producerFenced)
    }

    @Test func `an id that nobody used for long is forgotten, in the log first`() {
        let rig = TransactionRig { $0.idExpirationMilliseconds = 10_000 }
        _ = rig.producer()
        let busy = rig.producer("busy")
        _ = rig.add([0], busy, "busy")
        rig.advance(milliseconds: 9_999)
        rig.send(.expire)
        #expect(rig.coordinator.list().map(\.transactionalID) == ["busy", "x"])
        rig.advance(milliseconds: 1)
        rig.holdsWrites = true
        rig.send(.expire)
        #expect(rig.error(rig.initialise()) == .concurrentTransactions)
        rig.report()
        #expect(rig.coordinator.list().map(\.transactionalID) == ["busy"])
        #expect(rig.restored().list().map(\.transactionalID) == ["busy"])
    }

    @Test func `ids are listed by state and producer`() {
        let rig = TransactionRig()
        let stamp = rig.producer()
        _ = rig.producer("y")
        _ = rig.add([3], stamp)
        #expect(rig.coordinator.list(states: [.ongoing]).map(\.transactionalID) == ["x"])
        #expect(rig.coordinator.list(producerIDs: [stamp.producerID + 1]).map(\.transactionalID) == ["y"])
        #expect(rig.coordinator.describe("x")?.partitions.map(\.partition) == [3])
        #expect(rig.coordinator.describe("x")?.startedMilliseconds == GroupRig.start.wallMilliseconds)
        #expect(rig.coordinator.describe("z") == nil)
        #expect(TransactionState.allCases.map(\.name).contains("PrepareEpochFence"))
    }

    @Test func `a transaction that was under way times out after a restart too`() {
        let rig = TransactionRig()
        let stamp = rig.producer(timeout: 5_000)
        _ = rig.add([0], stamp)
        rig.advance(milliseconds: 3_000)
        rig.restart()
        rig.advance(milliseconds: 1_999)
        #expect(rig.state == .ongoing)
        rig.advance(milliseconds: 1)
        #expect(rig.state == .completeAbort)
    }

    @Test func `a wall clock that jumps back delays a timeout and breaks nothing`() {
        let rig = TransactionRig()
        let stamp = rig.producer(timeout: 5_000)
        _ = rig.add([0], stamp)
        let early = Moment(nanoseconds: rig.now.nanoseconds + 5_000_000_000, wallMilliseconds: rig.now.wallMilliseconds - 60_000)
        let effects = rig.coordinator.apply(.tick, at: early)
        #expect(effects == [.wake(atNanoseconds: early.nanoseconds + 65_000_000_000)])
    }
}
