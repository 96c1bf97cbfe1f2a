// What operators and other brokers ask about transactions, and may do to them.
import Coordination
import Records
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct TransactionQueryTests {
    @Test func `transactions are described and listed as they stand`() throws {
        let server = try TestBroker(smallTopics)
        let open = try TransactionalClient.ready(server, "open")
        let done = try TransactionalClient.ready(server, "done", timeoutMilliseconds: 30_000)
        let client = open.client
        try client.create("t", partitions: 3)
        try client.create("u")
        #expect(try open.add("t", [2, 0]) == [.none, .none])
        #expect(try open.add("u") == [.none])
        try done.transact("t", commit: true)

        let asked = DescribeTransactionsRequest(transactionalIDs: ["open", "nobody", "open", "done"])
        let found = try client.ask(asked, 0, DescribeTransactionsResponse.self).transactions
        #expect(found.map(\.transactionalID) == ["open", "nobody", "done"])
        #expect(found.map(\.errorCode) == [.none, .transactionalIDNotFound, .none])
        #expect(found.map(\.state) == ["Ongoing", "", "CompleteCommit"])
        #expect(found.map(\.timeoutMilliseconds) == [60_000, 0, 30_000])
        #expect(found[0].producerID == open.producerID && found[0].producerEpoch == open.epoch && found[0].startMilliseconds > 0)
        #expect(found[0].topics == [.init(name: "t", partitions: [0, 2]), .init(name: "u", partitions: [0])])
        #expect(found[2].topics == [])

        func list(_ states: [String] = [], _ producers: [ProducerID] = []) throws -> ListTransactionsResponse {
            try client.ask(ListTransactionsRequest(stateFilters: states, producerIDFilters: producers), 0, ListTransactionsResponse.self)
        }
        #expect(try list().transactions.map(\.transactionalID) == ["done", "open"])
        #expect(try list(["Ongoing"]).transactions == [.init(transactionalID: "open", producerID: open.producerID, state: "Ongoing")])
        #expect(try list([], [done.producerID]).transactions.map(\.transactionalID) == ["done"])
        let strange = try list(["Sleeping"])
        #expect(strange.transactions == [] && strange.unknownStateFilters == ["Sleeping"])
    }

    @Test(arguments: [1, 3])
    func `partitions tell of their producers`(loops: Int) throws {
        let server = try TestBroker(loops: loops, smallTopics)
        let producer = try TransactionalClient.ready(server)
        try producer.client.create("t", partitions: 2)
        #expect(try producer.add("t") == [.none])
        #expect(try producer.send("t", count: 3).errorCode == .none)
        let asked = DescribeProducersRequest(topics: [
            .init(name: "t", partitions: [0, 1, 2, 0]), .init(name: "missing", partitions: [0]),
        ])
        let found = try producer.client.ask(asked, 0, DescribeProducersResponse.self)
        #expect(found.topics.map(\.name) == ["t", "missing"])
        #expect(found.topics[0].partitions.map(\.partitionIndex) == [0, 1, 2, 0])
        #expect(found.topics[0].partitions.map(\.errorCode) == [.none, .none, .unknownTopicOrPartition, .invalidRequest])
        #expect(
            found.topics[0].partitions[0].activeProducers == [
                .init(
                    producerID: producer.producerID, producerEpoch: Int32(producer.epoch), lastSequence: 2,
                    lastTimestampMilliseconds: producer.timestamp, coordinatorEpoch: -1, currentTransactionStartOffset: 0)
            ])
        #expect(found.topics[0].partitions[1].activeProducers == [])
        #expect(found.topics[1].partitions.map(\.errorCode) == [.unknownTopicOrPartition])
        try producer.finish(commit: true)
        let later = try producer.client.ask(asked, 0, DescribeProducersResponse.self).topics[0].partitions[0].activeProducers
        #expect(later.map(\.currentTransactionStartOffset) == [-1] && later.map(\.coordinatorEpoch) == [0])
    }

    @Test(arguments: [1, 3])
    func `another broker's coordinator ends a transaction, an outdated one does not`(loops: Int) throws {
        let server = try TestBroker(loops: loops, smallTopics)
        let producer = try TransactionalClient.ready(server)
        let client = producer.client
        try client.create("t", partitions: 2)
        #expect(try producer.add("t", [0, 1]) == [.none, .none])
        #expect(try producer.send("t").errorCode == .none)
        func write(_ coordinator: Int32, epoch: ProducerEpoch, commit: Bool, _ partitions: [Int32]) throws -> [ErrorCode] {
            let request = WriteTxnMarkersRequest(markers: [
                .init(
                    producerID: producer.producerID, producerEpoch: epoch, isCommit: commit,
                    topics: [.init(name: "t", partitions: partitions)], coordinatorEpoch: coordinator)
            ])
            let response = try client.ask(request, 1, WriteTxnMarkersResponse.self)
            #expect(response.markers.map(\.producerID) == [producer.producerID])
            #expect(response.markers[0].topics[0].partitions.map(\.partitionIndex) == partitions)
            return response.markers[0].topics[0].partitions.map(\.errorCode)
        }
        #expect(try client.fetchCommitted("t").lastStableOffset == 0)
        #expect(try write(4, epoch: producer.epoch, commit: false, [0, 7]) == [.none, .unknownTopicOrPartition])
        #expect(try client.fetchCommitted("t").lastStableOffset == 2)
        #expect(try write(3, epoch: producer.epoch, commit: true, [0]) == [.transactionCoordinatorFenced])
        #expect(try write(4, epoch: producer.epoch + 1, commit: false, [1]) == [.none])
        #expect(try write(4, epoch: producer.epoch, commit: false, [1]) == [.invalidProducerEpoch])
        #expect(try client.endOffset("t", 0) == 2)
        #expect(try client.endOffset("t", 1) == 1)
    }
}
