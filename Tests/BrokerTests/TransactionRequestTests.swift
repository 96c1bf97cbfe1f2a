// Transactions over the wire: who is refused and in which words, then what a transaction is good for.
import Coordination
import Records
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct TransactionRequestTests {
    private func broker(loops: Int = 1, _ settings: [String: String] = [:]) throws -> TestBroker {
        try TestBroker(loops: loops, smallTopics.merging(settings) { $1 })
    }

    @Test func `an id, a timeout and an identity that cannot be are refused`() throws {
        let server = try broker(["transaction.max.timeout.ms": "60000"])
        #expect(try TransactionalClient(server, "").initialise() == .invalidRequest)
        #expect(try TransactionalClient(server, timeoutMilliseconds: 60_001).initialise() == .invalidTransactionTimeout)
        #expect(try TransactionalClient(server, timeoutMilliseconds: 0).initialise() == .invalidTransactionTimeout)
        let client = try server.connect()
        let half = Wire.InitProducerIDRequest(transactionalID: "tx", transactionTimeoutMilliseconds: 1_000, producerID: 7)
        #expect(try client.ask(half, 4, InitProducerIDResponse.self).errorCode == .invalidRequest)
        #expect(try client.describeTransaction("tx").errorCode == .transactionalIDNotFound)
    }

    @Test(arguments: [1, 3])
    func `a producer whose id another one took is shut out, and what it left open is aborted`(loops: Int) throws {
        let server = try broker(loops: loops)
        let old = try TransactionalClient.ready(server)
        try old.client.create("t", partitions: 4)
        #expect(try old.add("t", [0, 1, 2, 3]) == [.none, .none, .none, .none])
        for partition in Int32(0)..<4 { #expect(try old.send("t", partition, count: 2).errorCode == .none) }
        let new = try TransactionalClient(server)
        // The abort comes first, and it takes the epoch in between.
        #expect(try new.initialiseOnce().errorCode == .concurrentTransactions)
        #expect(try new.initialise() == .none)
        #expect(new.producerID == old.producerID && new.epoch == old.epoch + 2)
        for partition in Int32(0)..<4 {
            #expect(try old.send("t", partition).errorCode == .invalidProducerEpoch)
            #expect(try new.client.committedOffsets("t", partition) == [])
            #expect(try new.client.fetchCommitted("t", partition).abortedTransactions == [.init(producerID: old.producerID, firstOffset: 0)])
        }
        #expect(try old.add("t") == [.producerFenced])
        #expect(try old.add("t", version: 1) == [.invalidProducerEpoch])
        #expect(try old.end(commit: true) == .producerFenced)
        #expect(try old.end(commit: true, version: 0) == .invalidProducerEpoch)
        #expect(try old.initialise(keepsIdentity: true) == .producerFenced)
        #expect(try old.initialise(keepsIdentity: true, version: 3) == .invalidProducerEpoch)
        try new.transact("t", commit: true)
        #expect(try new.client.committedOffsets("t") == [3])
    }

    @Test(arguments: [1, 3])
    func `a batch gets into a partition only while its transaction has it`(loops: Int) throws {
        let server = try broker(loops: loops)
        let producer = try TransactionalClient.ready(server)
        try producer.client.create("t", partitions: 3)
        for partition in Int32(0)..<3 { #expect(try producer.send("t", partition).errorCode == .invalidTxnState) }
        #expect(try producer.add("t", [1]) == [.none])
        #expect(try producer.send("t", 0).errorCode == .invalidTxnState)
        #expect(try producer.send("t", 1).errorCode == .none)
        try producer.finish(commit: true)
        // It arrives late: nobody would end the transaction that it began.
        #expect(try producer.send("t", 1).errorCode == .invalidTxnState)
        #expect(try (0..<3).map { try producer.client.endOffset("t", $0) } == [0, 2, 0])
        #expect(try producer.client.fetchCommitted("t", 1).lastStableOffset == 2)
    }

    @Test func `a batch of a transaction needs its transactional id, and the id its producer`() throws {
        let server = try broker()
        let producer = try TransactionalClient.ready(server)
        let other = try TransactionalClient.ready(server, "other")
        try producer.client.create("t")
        #expect(try producer.add("t") == [.none])
        func send(_ id: String?, _ producer: ProducerID, epoch: ProducerEpoch = 0) throws -> ErrorCode {
            var request = produceRequest("t", [(0, transactional(producer, epoch: epoch, sequence: 0))])
            request.transactionalID = id
            return try other.client.ask(request, 9, ProduceResponse.self).topics[0].partitions[0].errorCode
        }
        #expect(try send(nil, producer.producerID) == .invalidTxnState)
        #expect(try send("other", producer.producerID) == .invalidProducerIDMapping)
        #expect(try send("tx", 12_345) == .invalidProducerIDMapping)
        #expect(try send("tx", producer.producerID, epoch: 5) == .invalidProducerEpoch)
        #expect(try send("other", other.producerID) == .invalidTxnState)
        #expect(try other.client.endOffset("t") == 0)
        #expect(try send("tx", producer.producerID) == .none)
    }

    @Test func `producers that hold no id, and steps out of order, are refused`() throws {
        let server = try broker()
        let producer = try TransactionalClient.ready(server)
        try producer.client.create("t")
        let stranger = try TransactionalClient(server, "nobody")
        #expect(try stranger.add("t") == [.invalidProducerIDMapping])
        #expect(try stranger.end(commit: true) == .invalidProducerIDMapping)
        #expect(try producer.end(commit: true) == .invalidTxnState)
        try producer.transact("t", commit: true)
        #expect(try producer.end(commit: true) == .none)
        #expect(try producer.end(commit: false) == .invalidTxnState)
        try producer.transact("t", commit: false)
        #expect(try producer.end(commit: true) == .invalidTxnState)
        let offsets = AddOffsetsToTxnRequest(transactionalID: "tx", producerID: 12_345, producerEpoch: 0, groupID: "g")
        #expect(try producer.client.ask(offsets, 3, AddOffsetsToTxnResponse.self).errorCode == .invalidProducerIDMapping)
    }

    @Test func `a partition that is not there, or is the broker's own, keeps out all`() throws {
        let server = try broker()
        let producer = try TransactionalClient.ready(server)
        try producer.client.create("t", partitions: 2)
        #expect(try producer.add("t", [0, 2, -1]) == [.operationNotAttempted, .unknownTopicOrPartition, .unknownTopicOrPartition])
        #expect(try producer.add("missing") == [.unknownTopicOrPartition])
        #expect(try producer.add("__transaction_state") == [.topicAuthorizationFailed])
        #expect(try producer.send("t").errorCode == .invalidTxnState)
        #expect(try producer.description().state == "Empty")
    }

    @Test(arguments: [1, 3])
    func `readers of committed records stop at an open transaction and pass over an aborted one`(loops: Int) throws {
        let server = try broker(loops: loops)
        let first = try TransactionalClient.ready(server, "first")
        let second = try TransactionalClient.ready(server, "second")
        let reader = first.client
        try reader.create("t")
        #expect(try first.add("t") == [.none])
        #expect(try second.add("t") == [.none])
        #expect(try first.send("t", count: 2).baseOffset == 0)
        #expect(try second.send("t").baseOffset == 2)
        #expect(try reader.produce("t", batch()).baseOffset == 3)
        #expect(try reader.committedOffsets("t") == [])
        #expect(try reader.fetchCommitted("t").lastStableOffset == 0)
        try second.finish(commit: false)  // 4
        #expect(try reader.committedOffsets("t") == [])
        #expect(try reader.fetch("t", from: 0).highWatermark == 5)
        try first.finish(commit: true)  // 5
        #expect(try reader.committedOffsets("t") == [0, 1, 3])
        let found = try reader.fetchCommitted("t")
        #expect(found.lastStableOffset == 6 && found.abortedTransactions == [.init(producerID: second.producerID, firstOffset: 2)])
        #expect(try reader.fetch("t", from: 0).abortedTransactions == nil)
    }

    @Test func `a transaction whose time is over is aborted, and its producer shut out`() throws {
        let server = try broker()
        let producer = try TransactionalClient.ready(server, timeoutMilliseconds: 150)
        try producer.client.create("t")
        #expect(try producer.add("t") == [.none])
        #expect(try producer.send("t").errorCode == .none)
        try eventually { try producer.description().state == "CompleteAbort" }
        #expect(try producer.client.committedOffsets("t") == [])
        #expect(try producer.client.fetchCommitted("t").lastStableOffset == 2)
        #expect(try producer.send("t").errorCode == .invalidProducerEpoch)
        #expect(try producer.end(commit: true) == .producerFenced)
        #expect(try producer.initialise() == .none)
        try producer.transact("t", commit: true)
    }

    @Test func `a producer goes on after an error under a newer epoch`() throws {
        let server = try broker()
        let producer = try TransactionalClient.ready(server)
        try producer.client.create("t")
        let first = (producer.producerID, producer.epoch)
        try producer.transact("t", commit: true)
        #expect(try producer.initialise(keepsIdentity: true) == .none)
        #expect((producer.producerID, producer.epoch) == (first.0, first.1 + 1))
        try producer.transact("t", commit: true)
        #expect(try producer.client.committedOffsets("t") == [0, 2])
    }

    @Test func `a topic that goes away does not hold up its transactions`() throws {
        let server = try broker()
        let producer = try TransactionalClient.ready(server)
        try producer.client.create("t")
        try producer.client.create("gone")
        #expect(try producer.add("gone") == [.none])
        #expect(try producer.add("t") == [.none])
        #expect(try producer.send("gone").errorCode == .none)
        #expect(try producer.send("t").errorCode == .none)
        let deletion = DeleteTopicsRequest(topics: [.init(name: "gone")], timeoutMilliseconds: 1_000)
        #expect(try producer.client.ask(deletion, 6, DeleteTopicsResponse.self).responses[0].errorCode == .none)
        try producer.finish(commit: true)
        #expect(try producer.client.committedOffsets("t") == [0])
    }

    @Test(arguments: [1, 3])
    func `an open transaction goes on after a restart, and a decided one to its end`(loops: Int) throws {
        let directory = "/tmp/tidemark-test-transactions-\(UInt64.random(in: 0..<UInt64.max))"
        let first = try TestBroker(loops: loops, directory: directory, smallTopics)
        first.keepsFiles = true
        let producer = try TransactionalClient.ready(first)
        try producer.client.create("t", partitions: 2)
        try producer.transact("t", commit: true)
        #expect(try producer.add("t", [0, 1]) == [.none, .none])
        #expect(try producer.send("t", 0).errorCode == .none)
        try first.stop()

        let second = try TestBroker(loops: loops, directory: directory, smallTopics)
        let client = try second.connect()
        try eventually { try client.describeTransaction("tx").state == "Ongoing" }
        #expect(try client.committedOffsets("t") == [0])
        // What a producer that kept its identity does: it knows nothing of the restart.
        var late = produceRequest("t", [(1, transactional(producer.producerID, epoch: producer.epoch, sequence: 0))])
        late.transactionalID = "tx"
        #expect(try client.ask(late, 9, ProduceResponse.self).topics[0].partitions[0].errorCode == .none)
        let end = EndTxnRequest(transactionalID: "tx", producerID: producer.producerID, producerEpoch: producer.epoch, isCommitted: true)
        #expect(try client.ask(end, 3, EndTxnResponse.self).errorCode == .none)
        try eventually { try client.describeTransaction("tx").state == "CompleteCommit" }
        let offsets = try client.committedOffsets("t", 0)
        #expect(offsets == [0, 2])
        #expect(try client.committedOffsets("t", 1) == [0])
        let successor = try TransactionalClient.ready(second)
        #expect(successor.producerID == producer.producerID && successor.epoch == producer.epoch + 1)
    }

    @Test func `an id that nobody uses is forgotten`() throws {
        let server = try broker([
            "transactional.id.expiration.ms": "1", "transaction.remove.expired.transaction.cleanup.interval.ms": "20",
        ])
        let producer = try TransactionalClient.ready(server)
        try eventually { try producer.description().errorCode == .transactionalIDNotFound }
        try producer.client.create("t")
        #expect(try producer.add("t") == [.invalidProducerIDMapping])
    }
}
