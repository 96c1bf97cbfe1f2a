import Glibc
import Records
import StorageEngine
import Synchronization
import Testing
import Vocabulary
import Wire

@testable import Broker

/// Readers of committed records. What a transaction coordinator will write is put into the log on the broker's loop.
@Suite struct CommittedReadTests {
    private func transactional(_ producer: ProducerID, _ sequence: Int32, count: Int = 1, timestamp: Int64 = 1_000) -> [UInt8] {
        var bytes = batch(count, producer: producer, sequence: sequence, timestamp: timestamp)
        bytes[BatchLayout.attributes + 1] = 0x10
        bytes.withUnsafeMutableBytes { BatchBuilder.reseal($0, producerID: producer, producerEpoch: 0, baseSequence: sequence) }
        return bytes
    }

    /// Appends on the loop that owns the partition, and wakes those who wait.
    private func append(_ server: TestBroker, loop: Int = 0, partition: Int32 = 0, _ body: @escaping @Sendable (PartitionLog) throws -> Void) {
        let isDone = Gate()
        server.broker.post(to: loop) { shard in
            guard case .here(let partition) = shard.place(shard.topic("t"), partition) else { return }
            do {
                try body(partition.log)
                _ = try partition.log.writeStaged()
                shard.wake(partition)
                isDone.open()
            } catch { return }
        }
        #expect(isDone.wait(), "the log took nothing")
    }

    private func stage(_ bytes: [UInt8]) -> @Sendable (PartitionLog) throws -> Void {
        { log in
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
            defer { memory.deallocate() }
            memory.copyBytes(from: bytes)
            _ = try log.stage(memory, admits: .trusted)
            _ = try log.writeStaged()
        }
    }

    private func end(_ producer: ProducerID, _ outcome: EndTransactionMarker.Outcome) -> @Sendable (PartitionLog) throws -> Void {
        { log in
            let marker = EndTransactionMarker(producerID: producer, producerEpoch: 0, outcome: outcome, coordinatorEpoch: 0)
            _ = try log.stage(marker, timestampMilliseconds: 2_000)
        }
    }

    private func fetch(_ client: RawClient, from offset: Offset, committed: Bool, version: Int16 = 12) throws -> FetchResponse.Partition {
        var request = fetchRequest("t", [(0, offset, 1 << 20)])
        request.isolationLevel = committed ? 1 : 0
        return try client.ask(request, version, FetchResponse.self).topics[0].partitions[0]
    }

    @Test func `control batches and transactional batches of clients are refused`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        #expect(try client.produce("t", transactional(7, 0)).errorCode == .invalidTxnState)
        var control = transactional(7, 0)
        control[BatchLayout.attributes + 1] = 0x30
        control.withUnsafeMutableBytes { BatchBuilder.reseal($0, producerID: 7, producerEpoch: 0, baseSequence: 0) }
        #expect(try client.produce("t", control).errorCode == .invalidRecord)
        #expect(try client.endOffset("t") == 0)
    }

    @Test(arguments: [Int16(4), 7, 11, 12])
    func `a reader of committed records stops at the last stable offset and is told what was aborted`(version: Int16) throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        #expect(try client.produce("t", batch(2)).errorCode == .none)  // 0, 1
        append(server, stage(transactional(7, 0)))  // 2
        append(server, stage(transactional(8, 0)))  // 3
        append(server, end(7, .abort))  // 4
        let early = try fetch(client, from: 0, committed: true, version: version)
        #expect((early.highWatermark, early.lastStableOffset) == (5, 3))
        // Producer 7's transaction is known to be aborted although its end lies beyond what may be read.
        #expect(early.abortedTransactions == [.init(producerID: 7, firstOffset: 2)])
        #expect(early.records == stored(batch(2), at: 0) + stored(transactional(7, 0), at: 2))
        #expect(try fetch(client, from: 3, committed: true, version: version).records?.isEmpty != false)
        let all = try fetch(client, from: 0, committed: false, version: version)
        #expect((all.abortedTransactions, all.lastStableOffset) == (nil, 3))
        append(server, end(8, .commit))  // 5
        let late = try fetch(client, from: 3, committed: true, version: version)
        #expect((late.highWatermark, late.lastStableOffset) == (6, 6))
        #expect(late.abortedTransactions == [.init(producerID: 7, firstOffset: 2)])
        #expect(try fetch(client, from: 5, committed: true, version: version).abortedTransactions == [])
    }

    @Test(arguments: [1, 2]) func `a waiting reader of committed records is woken by the marker, not by the data`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 2)
        let consumer = try server.connect()
        for partition in Int32(0)..<2 {
            _ = try client.endOffset("t", partition)
            let owner = loops == 1 ? 0 : Int((Self.hash("t") &+ UInt64(partition)) % UInt64(loops))
            var request = fetchRequest("t", [(partition, 0, 10_000)], waitMilliseconds: 60_000)
            request.isolationLevel = 1
            try consumer.send(request, 12)
            append(server, loop: owner, partition: partition, stage(transactional(7, 0)))
            append(server, loop: owner, partition: partition, end(7, .commit))
            let found = try consumer.response(FetchResponse.self, 12).body.topics[0].partitions[0]
            #expect(found.records?.count == transactional(7, 0).count + ControlBatch.size)
            #expect(found.abortedTransactions == [])
        }
    }

    private static func hash(_ name: String) -> UInt64 {
        var name = name
        return name.withUTF8 { TopicTable.hash(UnsafeRawBufferPointer($0)) }
    }

    @Test func `offsets at or above the last stable one are not there for a reader of committed records`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        #expect(try client.produce("t", batch(2)).errorCode == .none)
        append(server, stage(transactional(7, 0, timestamp: 1_500)))
        _ = try client.produce("t", batch(1, timestamp: 1_800))
        func list(_ timestamp: Int64, committed: Bool) throws -> Offset {
            let request = ListOffsetsRequest(
                isolationLevel: committed ? 1 : 0, topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, timestamp: timestamp)])])
            return try client.ask(request, 7, ListOffsetsResponse.self).topics[0].partitions[0].offset
        }
        let latest = ListOffsetsRequest.latestTimestamp
        #expect(try (list(latest, committed: false), list(latest, committed: true)) == (4, 2))
        #expect(try (list(1_600, committed: false), list(1_600, committed: true)) == (3, -1))
        #expect(try (list(500, committed: false), list(500, committed: true)) == (0, 0))
        #expect(try (list(ListOffsetsRequest.maxTimestamp, committed: false), list(ListOffsetsRequest.maxTimestamp, committed: true)) == (3, -1))
        append(server, end(7, .commit))
        #expect(try (list(latest, committed: true), list(1_600, committed: true)) == (5, 3))
    }
}

/// Opened by one thread, waited for by another.
private final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }

    func wait() -> Bool {
        for _ in 0..<5_000 {
            if isOpen.load(ordering: .acquiring) { return true }
            usleep(1_000)
        }
        return false
    }
}
