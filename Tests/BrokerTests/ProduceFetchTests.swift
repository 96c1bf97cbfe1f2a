import CLinux
import Host
import Testing
import Wire

@testable import Broker

@Suite struct ProduceFetchTests {
    @Test(arguments: [1, 2], [Int16(3), 5, 7, 8, 9])
    func `what is produced is fetched byte for byte`(loops: Int, version: Int16) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 3)
        for partition in Int32(0)..<3 {
            let batches = (0..<5).map { batch(4, valueBytes: 100, seed: UInt8($0 * 3) ^ UInt8(partition)) }
            for (n, bytes) in batches.enumerated() {
                #expect(try client.produce("t", partition, bytes, version: version).baseOffset == Int64(n * 4))
            }
            let expected = batches.enumerated().flatMap { stored($1, at: Int64($0 * 4)) }
            let found = try client.fetch("t", partition, from: 0)
            #expect(found.records == expected)
            #expect(found.highWatermark == 20)
            #expect(try client.fetch("t", partition, from: 20).records?.isEmpty != false)
            #expect(try client.fetch("t", partition, from: 21).errorCode == .offsetOutOfRange)
        }
    }

    @Test(arguments: [1, 3])
    func `one request reaches partitions of every loop`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 8)
        for round in 0..<3 {
            let request = produceRequest("t", (0..<8).map { ($0, batch(2, seed: UInt8($0))) })
            let outcome = try client.ask(request, 9, ProduceResponse.self).topics[0].partitions
            #expect(outcome.map(\.index) == Array(0..<8))
            #expect(outcome.map(\.baseOffset) == Array(repeating: Int64(round * 2), count: 8))
        }
        let found = try client.ask(fetchRequest("t", (0..<8).map { ($0, 0, 10_000) }), 12, FetchResponse.self).topics[0].partitions
        for partition in 0..<8 {
            #expect(found[partition].records == (0..<3).flatMap { stored(batch(2, seed: UInt8(partition)), at: Int64($0 * 2)) })
        }
        let ends = try client.ask(
            ListOffsetsRequest(topics: [.init(name: "t", partitions: (0..<9).map { .init(partitionIndex: $0, timestamp: -1) })]),
            7, ListOffsetsResponse.self)
        #expect(ends.topics[0].partitions.map(\.offset) == Array(repeating: Int64(6), count: 8) + [-1])
    }

    @Test(arguments: [1, 2])
    func `pipelined requests of every kind are answered in their order`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 4)
        var sent: [Int32] = []
        for n in 0..<60 {
            let partition = Int32(n % 4)
            switch n % 5 {
            case 0, 1: sent.append(try client.send(produceRequest("t", [(partition, batch(1, valueBytes: 2_000))]), 9))
            case 2: sent.append(try client.send(fetchRequest("t", [(partition, 0, 5_000)], minBytes: 1_000_000, waitMilliseconds: 3), 12))
            case 3: sent.append(try client.send(MetadataRequest(topics: nil), 12))
            default: sent.append(try client.send(InitProducerIDRequest(transactionalID: nil, transactionTimeoutMilliseconds: 1), 4))
            }
        }
        var ids: [Int32] = []
        for _ in sent {
            let frame = try client.receiveFrame()
            ids.append(frame[..<4].reduce(Int32(0)) { $0 << 8 | Int32($1) })
        }
        #expect(ids == sent)
    }

    @Test func `more requests than may be in flight are answered all the same`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        let count = ClientConnection.inFlightLimit * 3
        let frames = (0..<count).flatMap { _ in client.frame(ListOffsetsRequest(topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, timestamp: -1)])]), 7) }
        // The first one waits, so all behind it do.
        try client.send(fetchRequest("t", [(0, 0, 1_000)], waitMilliseconds: 100), 12)
        try client.send(frames)
        _ = try client.response(FetchResponse.self, 12)
        for _ in 0..<count { _ = try client.response(ListOffsetsResponse.self, 7) }
    }

    @Test(arguments: [1, 2])
    func `without acks nothing is answered, and the records are there`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 2)
        for partition in Int32(0)..<2 {
            for _ in 0..<10 { try client.send(produceRequest("t", [(partition, batch())], acks: 0), 9) }
        }
        for partition in Int32(0)..<2 {
            while try client.endOffset("t", partition) < 10 {}
            #expect(try client.endOffset("t", partition) == 10)
        }
        // An error without acks can be told only by closing.
        try client.send(produceRequest("t", [(9, batch())], acks: 0), 9)
        #expect(client.isClosedByPeer())
    }

    @Test func `a duplicate batch is answered with its old offset and stored once`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        let producer = try client.ask(InitProducerIDRequest(transactionalID: nil, transactionTimeoutMilliseconds: 1), 4, InitProducerIDResponse.self)
        #expect(producer.errorCode == .none)
        let batches = (0..<6).map { batch(2, producer: producer.producerID, sequence: Int32($0 * 2)) }
        for (n, bytes) in batches.enumerated() { #expect(try client.produce("t", bytes).baseOffset == Int64(n * 2)) }
        for n in [5, 3, 1] { #expect(try client.produce("t", batches[n]).baseOffset == Int64(n * 2)) }
        #expect(try client.produce("t", batch(1, producer: producer.producerID, sequence: 40)).errorCode == .outOfOrderSequenceNumber)
        #expect(try client.endOffset("t") == 12)
    }

    @Test func `every append waits for the disk, in order, and counts flushes`() throws {
        let server = try TestBroker(loops: 2, ["log.flush.interval.messages": "1"])
        let client = try server.connect()
        try client.create("t", partitions: 2)
        for n in 0..<20 { try client.send(produceRequest("t", [(Int32(n % 2), batch())]), 9) }
        let offsets = try (0..<20).map { _ in try client.response(ProduceResponse.self, 9).body.topics[0].partitions[0].baseOffset }
        #expect(offsets == (0..<20).map { Int64($0 / 2) })
        #expect(try client.fetch("t", 0, from: 0).highWatermark == 10)
        #expect(server.counter("flushes") > 0)
    }

    @Test func `stale and future leader epochs are told apart`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        func fetch(_ epoch: Int32) throws -> ErrorCode {
            let request = FetchRequest(
                maxWaitMilliseconds: 0, minBytes: 1, topics: [.init(name: "t", partitions: [.init(partition: 0, currentLeaderEpoch: epoch, fetchOffset: 0, partitionMaxBytes: 100)])])
            return try client.ask(request, 12, FetchResponse.self).topics[0].partitions[0].errorCode
        }
        #expect(try fetch(-1) == .none)
        #expect(try fetch(0) == .none)
        #expect(try fetch(1) == .unknownLeaderEpoch)
    }
}
