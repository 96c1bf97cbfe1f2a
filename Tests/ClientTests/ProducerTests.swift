import Client
import Host
import NullBroker
import Records
import Testing
import Vocabulary
import Wire

@Suite struct ProducerTests {
    @Test(arguments: [1, 5])
    func `a broker that hangs up after storing gets every record once and in order`(maxInFlight: Int) throws {
        let stage = try Stage(.disconnect(every: 7))
        let sink = AcknowledgementSink()
        let producer = try stage.producer(sink) { $0.maxInFlight = maxInFlight }
        try stage.send(3000, with: producer)
        #expect(producer.counters.lostConnections > 2 && producer.counters.retriedBatches > 2)
        #expect(producer.counters.acknowledgedRecords == 3000 && sink.failures == [])
        let read = try stage.readBack(atLeast: 3000)
        #expect(read.isExact && read.count == 3000)
    }

    @Test func `records of many sizes come back whole, and each batch says how large its values are`() throws {
        let stage = try Stage(.disconnect(every: 9))
        let sink = AcknowledgementSink()
        let producer = try stage.producer(
            sink, pool: PayloadPool(valueSizes: 32...1500, mean: 500, seed: 7, byteCount: 1 << 16), headers: RecordHeaders(count: 2, valueBytes: 10, seed: 7))
        var sizes: [Int32: [UInt32]] = [:]
        for n in 0..<2000 {
            let (partition, size) = (Int32(n % 3), 32 + n * 7919 % 1469)
            sizes[partition, default: []].append(UInt32(size))
            while !producer.send(partition: partition, valueBytes: size, intended: 1, now: MonotonicClock.now()) { try stage.turn(producer) }
            if n % 50 == 0 { try stage.turn(producer) }
        }
        producer.flush()
        try stage.drive("acknowledgements", producer) { producer.unacknowledgedRecords == 0 }
        #expect(sink.failures == [])
        for (partition, sent) in sizes {
            let told = sink.entries.filter { $0.partition == partition }.sorted { $0.firstSequence < $1.firstSequence }
            #expect(told.flatMap(\.valueSizes) == sent && told.allSatisfy { $0.valueSizes.count == $0.recordCount })
        }
        let read = try stage.readBack(atLeast: 2000)
        #expect(read.isExact && read.count == 2000)
    }

    @Test func `a retriable error is retried in order with five requests in flight`() throws {
        let stage = try Stage(.error(code: ErrorCode.requestTimedOut.rawValue, every: 5))
        let sink = AcknowledgementSink()
        let producer = try stage.producer(sink) { $0.maxRequestBytes = 4096 }
        try stage.send(3000, with: producer)
        #expect(producer.counters.errors["REQUEST_TIMED_OUT", default: 0] > 3)
        #expect(sink.failures == [])
        let read = try stage.readBack(atLeast: 3000)
        #expect(read.isExact && read.count == 3000)
    }

    @Test func `at most once: what was in flight when the connection went is reported, not sent again`() throws {
        let stage = try Stage(.disconnect(every: 4))
        let sink = AcknowledgementSink()
        let producer = try stage.producer(sink) {
            $0.isIdempotent = false
            $0.retries = 0
        }
        try stage.send(2000, with: producer)
        #expect(sink.failures.contains(.connectionLost) && producer.counters.retriedBatches == 0)
        #expect(producer.counters.acknowledgedRecords + producer.counters.failedRecords == 2000)
        let read = try stage.readBack(atLeast: Int(producer.counters.acknowledgedRecords))
        #expect(read.count <= 2000)
    }

    @Test func `an error that no retry heals fails the batch, and what follows it in an idempotent partition`() throws {
        let stage = try Stage(.error(code: ErrorCode.messageTooLarge.rawValue, every: 6), partitions: 1)
        let sink = AcknowledgementSink()
        let producer = try stage.producer(sink)
        try stage.send(2000, with: producer)
        #expect(sink.failures.first == .broker(.messageTooLarge))
        #expect(sink.failures.contains(.abandoned))
        #expect(producer.counters.acknowledgedRecords + producer.counters.failedRecords == 2000)
        // What was acknowledged is an unbroken beginning.
        let read = try stage.readBack(atLeast: Int(producer.counters.acknowledgedRecords))
        #expect(read.isExact && read.count == Int(producer.counters.acknowledgedRecords))
    }

    @Test func `a batch that never gets through gives up at its delivery timeout`() throws {
        let stage = try Stage(.error(code: ErrorCode.requestTimedOut.rawValue, every: 1))
        let sink = AcknowledgementSink()
        let producer = try stage.producer(sink) { $0.deliveryTimeoutNanoseconds = 60_000_000 }
        try stage.send(10, with: producer)
        #expect(sink.failures.contains(.timedOut))
        #expect(producer.counters.failedRecords == 10)
    }

    @Test func `a broker that vanishes is found again and nothing is lost or doubled`() throws {
        let sink = AcknowledgementSink()
        let stage = try Stage(.delay(nanoseconds: 3_000_000, share: 0.2), .disconnect(every: 11))
        let producer = try stage.producer(sink) { $0.lingerNanoseconds = 500_000 }
        try stage.send(4000, with: producer)
        let read = try stage.readBack(atLeast: 4000)
        #expect(read.isExact && read.count == 4000)
    }

    @Test func `memory that is used up takes nothing and loses nothing`() throws {
        let stage = try Stage(.delay(nanoseconds: 2_000_000, share: 1))
        let sink = AcknowledgementSink()
        let producer = try stage.producer(sink) { $0.bufferMemoryBytes = 4 * 4096 }
        var refused = 0
        for _ in 0..<500 {
            let now = MonotonicClock.now()
            if !producer.send(partition: 0, intended: now, now: now) { refused += 1 }
        }
        #expect(refused > 0)
        try stage.drive("the first ones", producer) { producer.unacknowledgedRecords == 0 }
        try stage.send(300, with: producer)
        let read = try stage.readBack(atLeast: 800 - refused)
        #expect(read.isExact && read.count == 800 - refused)
    }

    @Test func `a linger gathers records and no linger sends at once`() throws {
        let stage = try Stage(partitions: 1)
        for (linger, batches) in [(UInt64(20_000_000), 1), (0, 10)] {
            let sink = AcknowledgementSink()
            let producer = try stage.producer(sink) { $0.lingerNanoseconds = linger }
            try stage.drive("the connection", producer) { producer.send(partition: 0, intended: 0, now: MonotonicClock.now()) }
            producer.flush()
            try stage.drive("the first record", producer) { producer.unacknowledgedRecords == 0 }
            for n in 1...10 {
                let now = MonotonicClock.now()
                #expect(producer.send(partition: 0, intended: UInt64(n), now: now))
                try stage.turn(producer)
                if linger == 0 { try stage.drive("an answer", producer) { producer.unacknowledgedRecords == 0 } }
            }
            try stage.drive("answers", producer) { producer.unacknowledgedRecords == 0 }
            #expect(sink.entries.count == batches + 1)
            #expect(sink.entries.dropFirst().flatMap(\.intended) == Array(1...10))
        }
    }

    @Test func `every clock of a batch is in order and every request is counted once`() throws {
        let stage = try Stage()
        let sink = AcknowledgementSink()
        let producer = try stage.producer(sink)
        try stage.send(1000, with: producer)
        let inOrder = sink.entries.allSatisfy { $0.times == $0.times.sorted() && $0.intended.count == $0.recordCount }
        #expect(inOrder)
        #expect(sink.entries.filter(\.startsRequest).count == Int(producer.counters.acknowledgedRequests))
        let offsets = Dictionary(grouping: sink.entries, by: \.partition).mapValues { entries in
            zip(entries, entries.dropFirst()).allSatisfy { $0.baseOffset! + Offset($0.recordCount) == $1.baseOffset! }
        }
        #expect(offsets.values.allSatisfy { $0 } && offsets.count == 3)
    }

    @Test func `without acknowledgements a record counts as soon as the socket has it`() throws {
        let stage = try Stage()
        let sink = AcknowledgementSink()
        let producer = try stage.producer(sink) {
            $0.acks = 0
            $0.isIdempotent = false
        }
        try stage.send(1000, with: producer)
        #expect(sink.entries.allSatisfy { $0.baseOffset == nil && $0.failure == nil })
        let read = try stage.readBack(atLeast: 1000)
        #expect(read.isExact && read.count == 1000)
    }

    @Test func `a run fills batch after batch`() throws {
        let stage = try Stage()
        let sink = AcknowledgementSink()
        let producer = try stage.producer(sink)
        var taken = 0
        while taken < 5000 {
            let now = MonotonicClock.now()
            taken += producer.sendRun(partition: Int32(taken) % 3, count: min(700, 5000 - taken), intended: now, now: now)
            try stage.turn(producer)
        }
        producer.flush()
        try stage.drive("answers", producer) { producer.unacknowledgedRecords == 0 }
        let read = try stage.readBack(atLeast: 5000)
        #expect(read.isExact && read.count == 5000)
    }
}

@Suite struct PartitionerTests {
    @Test func `round robin visits every partition in turn`() {
        var partitioner = Partitioner(.roundRobin, partitionCount: 3, stickyBytes: 100, seed: 4)
        let chosen = (0..<6).map { _ in partitioner.partition(key: nil, recordBytes: 10) }
        #expect(chosen == [1, 2, 0, 1, 2, 0])
    }

    @Test func `sticky stays for a batch and reaches every partition`() {
        var partitioner = Partitioner(.sticky, partitionCount: 4, stickyBytes: 100, seed: 1)
        let chosen = (0..<1000).map { _ in partitioner.partition(key: nil, recordBytes: 10) }
        for start in stride(from: 0, to: 1000, by: 10) { #expect(Set(chosen[start..<start + 10]).count == 1) }
        #expect(Set(chosen).count == 4)
    }

    @Test func `equal keys go to one partition, Kafka's`() {
        var partitioner = Partitioner(.murmur2, partitionCount: 10, stickyBytes: 100, seed: 1)
        let key = Array("foobar".utf8)
        let chosen = key.withUnsafeBytes { bytes in (0..<5).map { _ in partitioner.partition(key: bytes, recordBytes: 10) } }
        #expect(Set(chosen) == [(Int32(-790_332_482) & Int32.max) % 10])
    }
}
