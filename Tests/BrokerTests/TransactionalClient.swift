// A transactional producer on a raw socket, which sends exactly what a test says.
import Coordination
import Host
import Records
import Testing
import Vocabulary
import Wire

@testable import Broker

/// A batch of a transaction.
func transactional(
    _ producer: ProducerID, epoch: ProducerEpoch = 0, sequence: Int32, count: Int = 1, seed: UInt8 = 1, timestamp: Int64 = 1_000
) -> [UInt8] {
    var bytes = batch(count, seed: seed, producer: producer, sequence: sequence, timestamp: timestamp)
    bytes[BatchLayout.attributes + 1] = 0x10
    bytes.withUnsafeMutableBytes { BatchBuilder.reseal($0, producerID: producer, producerEpoch: epoch, baseSequence: sequence) }
    return bytes
}

/// Few partitions, so that a broker starts quickly.
let smallTopics = ["offsets.topic.num.partitions": "2", "transaction.state.log.num.partitions": "2"]

final class TransactionalClient {
    let client: RawClient
    let id: String
    let timeoutMilliseconds: Int32
    /// Of all its records: of this time, as its markers are, so that all is one segment.
    let timestamp = WallClock.milliseconds()
    private(set) var producerID: ProducerID = -1
    private(set) var epoch: ProducerEpoch = -1
    private var sequences: [TopicPartition: Int32] = [:]

    init(_ server: TestBroker, _ id: String = "tx", timeoutMilliseconds: Int32 = 60_000) throws {
        client = try server.connect()
        self.id = id
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// A client that holds its id.
    static func ready(_ server: TestBroker, _ id: String = "tx", timeoutMilliseconds: Int32 = 60_000) throws -> TransactionalClient {
        let made = try TransactionalClient(server, id, timeoutMilliseconds: timeoutMilliseconds)
        #expect(try made.initialise() == .none)
        return made
    }

    /// InitProducerId, again as long as the broker asks for that.
    ///
    /// - Parameter keepsIdentity: names the identity it has, to go on after an error (KIP-360).
    @discardableResult
    func initialise(keepsIdentity: Bool = false, version: Int16 = 4) throws -> ErrorCode {
        var answer = InitProducerIDResponse()
        try eventually {
            answer = try initialiseOnce(keepsIdentity: keepsIdentity, version: version)
            return ![.concurrentTransactions, .coordinatorLoadInProgress].contains(answer.errorCode)
        }
        guard answer.errorCode == .none else { return answer.errorCode }
        (producerID, epoch, sequences) = (answer.producerID, answer.producerEpoch, [:])
        return .none
    }

    func initialiseOnce(keepsIdentity: Bool = false, version: Int16 = 4) throws -> InitProducerIDResponse {
        try client.ask(
            Wire.InitProducerIDRequest(
                transactionalID: id, transactionTimeoutMilliseconds: timeoutMilliseconds, producerID: keepsIdentity ? producerID : -1,
                producerEpoch: keepsIdentity ? epoch : -1), version, InitProducerIDResponse.self)
    }

    /// AddPartitionsToTxn, again while the transaction before is being ended.
    func add(_ topic: String, _ partitions: [Int32] = [0], version: Int16 = 3) throws -> [ErrorCode] {
        var codes: [ErrorCode] = []
        try eventually {
            let request = AddPartitionsToTxnRequest(
                transactionalID: id, producerID: producerID, producerEpoch: epoch, topics: [.init(name: topic, partitions: partitions)])
            codes = try client.ask(request, version, AddPartitionsToTxnResponse.self).topics[0].partitions.map(\.errorCode)
            return codes.first.map { ![.concurrentTransactions, .coordinatorLoadInProgress].contains($0) } ?? true
        }
        return codes
    }

    func send(_ topic: String, _ partition: Int32 = 0, count: Int = 1, seed: UInt8 = 1) throws -> ProduceResponse.Partition {
        let key = TopicPartition(topic: topic, partition: partition)
        let sequence = sequences[key] ?? 0
        var request = produceRequest(
            topic, [(partition, transactional(producerID, epoch: epoch, sequence: sequence, count: count, seed: seed, timestamp: timestamp))])
        request.transactionalID = id
        let answer = try #require(try client.ask(request, 9, ProduceResponse.self).topics.first?.partitions.first)
        if answer.errorCode == .none { sequences[key] = sequence + Int32(count) }
        return answer
    }

    func end(commit: Bool, version: Int16 = 3) throws -> ErrorCode {
        var code = ErrorCode.none
        try eventually {
            let request = EndTxnRequest(transactionalID: id, producerID: producerID, producerEpoch: epoch, isCommitted: commit)
            code = try client.ask(request, version, EndTxnResponse.self).errorCode
            return ![.concurrentTransactions, .coordinatorLoadInProgress].contains(code)
        }
        return code
    }

    /// AddOffsetsToTxn, again while the transaction before is being ended.
    func addOffsets(_ group: String) throws -> ErrorCode {
        var code = ErrorCode.none
        try eventually {
            let request = AddOffsetsToTxnRequest(transactionalID: id, producerID: producerID, producerEpoch: epoch, groupID: group)
            code = try client.ask(request, 3, AddOffsetsToTxnResponse.self).errorCode
            return ![.concurrentTransactions, .coordinatorLoadInProgress].contains(code)
        }
        return code
    }

    /// One TxnOffsetCommit for partition 0 of a topic.
    func commitOffset(_ group: String, _ topic: String, _ offset: Offset, version: Int16 = 3) throws -> ErrorCode {
        let request = TxnOffsetCommitRequest(
            transactionalID: id, groupID: group, producerID: producerID, producerEpoch: epoch,
            topics: [.init(name: topic, partitions: [.init(partitionIndex: 0, committedOffset: offset)])])
        return try client.ask(request, version, TxnOffsetCommitResponse.self).topics[0].partitions[0].errorCode
    }

    /// Ends the transaction and waits until all its markers are written.
    func finish(commit: Bool) throws {
        #expect(try end(commit: commit) == .none)
        try eventually { try description().state == (commit ? "CompleteCommit" : "CompleteAbort") }
    }

    /// One whole transaction on partition 0 of a topic, a record.
    func transact(_ topic: String, commit: Bool, seed: UInt8 = 1) throws {
        #expect(try add(topic) == [.none])
        #expect(try send(topic, seed: seed).errorCode == .none)
        try finish(commit: commit)
    }

    /// As DescribeTransactions shows it.
    func description() throws -> DescribeTransactionsResponse.Transaction {
        try client.describeTransaction(id)
    }
}

extension RawClient {
    func describeTransaction(_ id: String) throws -> DescribeTransactionsResponse.Transaction {
        try ask(DescribeTransactionsRequest(transactionalIDs: [id]), 0, DescribeTransactionsResponse.self).transactions[0]
    }

    /// What a reader of committed records gets of a partition, in one fetch from its start.
    func fetchCommitted(_ topic: String, _ partition: Int32 = 0, from offset: Offset = 0) throws -> FetchResponse.Partition {
        var request = fetchRequest(topic, [(partition, offset, 1 << 20)])
        request.isolationLevel = 1
        return try #require(try ask(request, 12, FetchResponse.self).topics.first?.partitions.first)
    }

    /// The offsets of the data records that a reader of committed records sees in a partition.
    func committedOffsets(_ topic: String, _ partition: Int32 = 0) throws -> [Offset] {
        let found = try fetchCommitted(topic, partition)
        #expect(found.errorCode == .none)
        let bytes = found.records ?? []
        var aborted = (found.abortedTransactions ?? []).sorted { $0.firstOffset < $1.firstOffset }
        var abortedProducers: Set<ProducerID> = []
        var offsets: [Offset] = []
        try bytes.withUnsafeBytes { raw in
            var position = 0
            while position < raw.count {
                let view = try BatchValidation.stored(UnsafeRawBufferPointer(rebasing: raw[position...]))
                position += view.size
                // As Kafka's consumer does it: an aborted transaction begins where the list says and ends with its marker.
                while let first = aborted.first, first.firstOffset < view.nextOffset {
                    abortedProducers.insert(first.producerID)
                    aborted.removeFirst()
                }
                if view.isControl {
                    if let marker = try ControlBatch.marker(of: view), marker.outcome == .abort { abortedProducers.remove(marker.producerID) }
                } else if !(view.isTransactional && abortedProducers.contains(view.producerID)) {
                    offsets += view.baseOffset..<view.nextOffset
                }
            }
        }
        return offsets
    }
}
