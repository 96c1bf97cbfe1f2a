// Offsets of groups in producers' transactions: they count when the marker is there, and not before.
import Coordination
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct TransactionOffsetTests {
    @Test func `offsets outside an open transaction that has the group are refused`() throws {
        let server = try TestBroker(smallTopics)
        let producer = try TransactionalClient.ready(server)
        try producer.client.create("t")
        #expect(try producer.commitOffset("g", "t", 1) == .invalidTxnState)
        #expect(try producer.add("t") == [.none])
        #expect(try producer.commitOffset("g", "t", 1) == .invalidTxnState)
        #expect(try producer.addOffsets("g") == .none)
        #expect(try producer.commitOffset("g", "missing", 1) == .unknownTopicOrPartition)
        #expect(try TransactionalClient(server, "nobody").commitOffset("g", "t", 1) == .invalidProducerIDMapping)
        let successor = try TransactionalClient.ready(server)
        #expect(try producer.commitOffset("g", "t", 1) == .invalidProducerEpoch)
        #expect(try successor.commitOffset("g", "t", 1) == .invalidTxnState)
        #expect(try successor.client.committed("g").offsets == [:])
    }

    @Test func `a member of another generation commits nothing`() throws {
        let server = try TestBroker(smallTopics)
        let producer = try TransactionalClient.ready(server)
        try producer.client.create("t")
        #expect(try producer.addOffsets("g") == .none)
        let request = TxnOffsetCommitRequest(
            transactionalID: "tx", groupID: "g", producerID: producer.producerID, producerEpoch: producer.epoch, generationID: 4,
            memberID: "m", topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, committedOffset: 1)])])
        let code = try producer.client.ask(request, 3, TxnOffsetCommitResponse.self).topics[0].partitions[0].errorCode
        #expect(code == .illegalGeneration)
    }

    @Test(arguments: [1, 3])
    func `offsets count when their transaction is committed, and are forgotten when it is aborted`(loops: Int) throws {
        let server = try TestBroker(loops: loops, smallTopics)
        let producer = try TransactionalClient.ready(server)
        let client = producer.client
        try client.create("t")
        #expect(try client.commit("g", "t", 3) == .none)
        #expect(try producer.addOffsets("g") == .none)
        #expect(try producer.commitOffset("g", "t", 10) == .none)
        #expect(try client.committed("g").offsets == ["t-0": 3])
        try producer.finish(commit: false)
        #expect(try client.committed("g").offsets == ["t-0": 3])
        for version in Int16(0)...3 {
            #expect(try producer.addOffsets("g") == .none)
            #expect(try producer.commitOffset("g", "t", 20 + Int64(version), version: version) == .none)
            try producer.finish(commit: true)
            #expect(try client.committed("g").offsets == ["t-0": 20 + Int64(version)])
        }
    }

    @Test func `what was pending at a restart counts when its marker comes`() throws {
        let directory = "/tmp/tidemark-test-offsets-\(UInt64.random(in: 0..<UInt64.max))"
        let first = try TestBroker(directory: directory, smallTopics)
        first.keepsFiles = true
        let producer = try TransactionalClient.ready(first)
        try producer.client.create("t")
        #expect(try producer.addOffsets("g") == .none)
        #expect(try producer.commitOffset("g", "t", 10) == .none)
        try first.stop()
        let second = try TestBroker(directory: directory, smallTopics)
        let client = try second.connect()
        try eventually { try client.describeTransaction("tx").state == "Ongoing" }
        try eventually { try client.committed("g").error == .none }
        #expect(try client.committed("g").offsets == [:])
        let end = EndTxnRequest(transactionalID: "tx", producerID: producer.producerID, producerEpoch: producer.epoch, isCommitted: true)
        #expect(try client.ask(end, 3, EndTxnResponse.self).errorCode == .none)
        try eventually { try client.describeTransaction("tx").state == "CompleteCommit" }
        #expect(try client.committed("g").offsets == ["t-0": 10])
    }
}
