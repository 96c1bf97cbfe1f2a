// A broker that is killed at any step of its transactions: each is there whole or not at all, in every partition and in the
// group's offsets, and one that was acknowledged is there.
import Bytes
import Host
import Records
import Testing
import Vocabulary
import Wire

@testable import Broker

/// The broker does nothing any more.
private struct Stopped: Error {}

/// Three transactions, the second of them aborted, each with a record in every partition and a group's offset.
private struct TransactionScript {
    static let partitions: [Int32] = [0, 1, 2]
    static let outcomes: [Int64: Bool] = [1: true, 2: false, 3: true]

    let producer: TransactionalClient
    let disk: BreakableFileSystem
    /// Transactions whose end was acknowledged.
    var acknowledged: Set<Int64> = []
    /// Those whose end was asked for.
    var asked: Set<Int64> = []

    init(_ server: TestBroker, _ disk: BreakableFileSystem) throws {
        producer = try TransactionalClient(server)
        self.disk = disk
    }

    mutating func run() throws {
        let code = try producer.initialise()
        if disk.hasStopped { throw Stopped() }
        #expect(code == .none)
        for number in Self.outcomes.keys.sorted() { try transact(number, commit: Self.outcomes[number]!) }
    }

    private mutating func transact(_ number: Int64, commit: Bool) throws {
        let client = producer.client
        let (id, epoch) = (producer.producerID, producer.epoch)
        try insist {
            let request = AddPartitionsToTxnRequest(
                transactionalID: producer.id, producerID: id, producerEpoch: epoch, topics: [.init(name: "t", partitions: Self.partitions)])
            return try client.ask(request, 3, AddPartitionsToTxnResponse.self).topics[0].partitions[0].errorCode
        }
        for partition in Self.partitions { try insist { try producer.send("t", partition, seed: UInt8(number)).errorCode } }
        try insist {
            let request = AddOffsetsToTxnRequest(transactionalID: producer.id, producerID: id, producerEpoch: epoch, groupID: "g")
            return try client.ask(request, 3, AddOffsetsToTxnResponse.self).errorCode
        }
        try insist { try producer.commitOffset("g", "t", number) }
        asked.insert(number)
        try insist {
            let request = EndTxnRequest(transactionalID: producer.id, producerID: id, producerEpoch: epoch, isCommitted: commit)
            return try client.ask(request, 3, EndTxnResponse.self).errorCode
        }
        acknowledged.insert(number)
    }

    /// Asks until the answer is yes. A broker that has stopped says no for ever.
    private func insist(_ ask: () throws -> ErrorCode) throws {
        for _ in 0..<20_000 {
            if try ask() == .none { return }
            if disk.hasStopped { throw Stopped() }
        }
        Issue.record("a broker that works refuses for ever")
        throw Stopped()
    }
}

@Suite struct TransactionCrashTests {
    /// The transactions that a reader of committed records sees in a partition, by their records' first byte.
    private func visible(_ client: RawClient, _ partition: Int32) throws -> [Int64] {
        var found: [Int64] = []
        var offset: Offset = 0
        let end = try client.endOffset("t", partition)
        while offset < end {
            let answer = try client.fetchCommitted("t", partition, from: offset)
            #expect(answer.lastStableOffset == end, "a transaction in partition \(partition) is open for ever")
            let aborted = Set((answer.abortedTransactions ?? []).map(\.firstOffset))
            let before = offset
            try (answer.records ?? []).withUnsafeBytes { raw in
                var position = 0
                while position < raw.count {
                    let view = try BatchValidation.stored(UnsafeRawBufferPointer(rebasing: raw[position...]))
                    (position, offset) = (position + view.size, view.nextOffset)
                    // Each transaction has one batch here, so the list names exactly the aborted ones.
                    guard !view.isControl, !aborted.contains(view.baseOffset) else { continue }
                    var records = RecordIterator(view.records)
                    if let record = try records.next(), let value = record.value { found.append(Int64(value[0])) }
                }
            }
            if offset == before { break }
        }
        return found
    }

    /// - Returns: whether the broker has lived to the end of the script.
    private func survives(killedAt write: Int, loops: Int) throws -> Bool {
        let directory = "/tmp/tidemark-test-kill-\(UInt64.random(in: 0..<UInt64.max))"
        let disk = BreakableFileSystem()
        let settings = smallTopics.merging(["drain.timeout.ms": "50", "log.retention.check.interval.ms": "1000000"]) { $1 }
        let first = try TestBroker(loops: loops, directory: directory, fileSystem: disk, settings)
        first.keepsFiles = true
        let client = try first.connect()
        try client.create("t", partitions: 3)
        var script = try TransactionScript(first, disk)
        disk.stop(atSegmentWrite: write)
        do { try script.run() } catch is Stopped {}
        let hasSurvived = !disk.hasStopped
        client.close()
        script.producer.client.close()
        try? first.stop()

        let second = try TestBroker(loops: loops, directory: directory, settings)
        // Its successor ends what was left open.
        let successor = try TransactionalClient.ready(second)
        let reader = successor.client
        let seen = try TransactionScript.partitions.map { try visible(reader, $0) }
        #expect(seen[1] == seen[0] && seen[2] == seen[0], "killed at write \(write): a torn transaction: \(seen)")
        let whole = Set(seen[0])
        #expect(seen[0] == seen[0].sorted() && whole.count == seen[0].count, "killed at write \(write): \(seen[0])")
        for (number, isCommit) in TransactionScript.outcomes {
            if !isCommit || !script.asked.contains(number) { #expect(!whole.contains(number), "killed at write \(write): \(number) is seen") }
            if isCommit, script.acknowledged.contains(number) { #expect(whole.contains(number), "killed at write \(write): \(number) is lost") }
        }
        var answer = try reader.committed("g")
        // A coordinator that reads its log after a start says so, and knows no offsets yet.
        for _ in 0..<5_000 where answer.error == .coordinatorLoadInProgress {
            MonotonicClock.sleep(nanoseconds: 1_000_000)
            answer = try reader.committed("g")
        }
        #expect(answer.error == .none)
        let offsets = answer.offsets
        #expect(offsets["t-0"] == whole.max(), "killed at write \(write): the records of \(whole.sorted()), the offsets \(offsets)")
        return hasSurvived
    }

    @Test(arguments: [1, 2])
    func `a transaction is whole or not at all, at whatever write of the broker it is killed`(loops: Int) throws {
        for write in 1..<200 where try survives(killedAt: write, loops: loops) {
            // One transaction alone writes more often than that.
            #expect(write > 20, "the broker made \(write) writes only")
            return
        }
        Issue.record("the broker never came to the end of three transactions")
    }
}
