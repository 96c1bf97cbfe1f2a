import Client
import Host
import NullBroker
import Reactor
import Records
import Testing
import Vocabulary
import Wire

@Suite struct ConsumerTests {
    @Test func `a flipped payload bit under a good batch checksum still shows in the stamp`() throws {
        let stage = try Stage(.flipBit(every: 5))
        let sink = AcknowledgementSink()
        try stage.send(500, with: try stage.producer(sink) { $0.batchBytes = 1200 })
        let read = try stage.readBack(atLeast: 0)
        #expect(read.bad > 0 && read.corruptBatches == 0)
    }

    @Test func `an offset that is not there stops the partition with an error`() throws {
        let stage = try Stage(partitions: 1, keeps: true)
        let sink = AcknowledgementSink()
        try stage.send(10, with: try stage.producer(sink))
        let batches = BatchSink()
        let consumer = try Consumer(
            loop: stage.loop, bootstrap: stage.address, topic: stage.topic, configuration: .init(), options: Stage.options,
            handler: batches)
        try consumer.assign(0, from: .at(5000))
        for _ in 0..<200 where batches.errors.isEmpty {
            consumer.poll(now: MonotonicClock.now())
            try stage.loop.runOnce(maxWaitNanoseconds: 1_000_000)
        }
        #expect(batches.errors.count == 1)
    }

    @Test func `a fetch smaller than a batch still gets through, and a start inside a batch skips what is before it`() throws {
        let stage = try Stage(partitions: 1)
        let sink = AcknowledgementSink()
        try stage.send(400, with: try stage.producer(sink))
        let read = try stage.readBack(atLeast: 400) { $0.partitionMaxBytes = 100; $0.maxBytes = 100 }
        #expect(read.isExact && read.count == 400)
        let batches = BatchSink()
        let consumer = try Consumer(
            loop: stage.loop, bootstrap: stage.address, topic: stage.topic, configuration: .init(), options: Stage.options,
            handler: batches)
        try consumer.assign(0, from: .at(7))
        for _ in 0..<2000 where batches.count < 393 {
            consumer.poll(now: MonotonicClock.now())
            try stage.loop.runOnce(maxWaitNanoseconds: 1_000_000)
        }
        #expect(batches.offsets[0]?.first == 7 && batches.count == 393)
    }

    @Test func `a consumer that pauses keeps its connection by asking now and then, and goes on with it`() throws {
        let stage = try Stage(partitions: 1)
        let sink = AcknowledgementSink()
        try stage.send(10, with: try stage.producer(sink))
        let batches = BatchSink()
        var (options, configuration) = (Stage.options, ConsumerConfiguration())
        options.keepAliveNanoseconds = 30_000_000
        configuration.maxWaitMilliseconds = 5
        let consumer = try Consumer(
            loop: stage.loop, bootstrap: stage.address, topic: stage.topic, configuration: configuration, options: options, handler: batches)
        try consumer.assign(0, from: .earliest)
        func drive(until done: () -> Bool) throws {
            for _ in 0..<5_000 where !done() {
                consumer.poll(now: MonotonicClock.now())
                try stage.loop.runOnce(maxWaitNanoseconds: 1_000_000)
            }
        }
        try drive { batches.count == 10 }
        let asked = consumer.counters.metadataRequests
        consumer.isPaused = true
        try drive { consumer.counters.metadataRequests >= asked + 3 }
        let answers = consumer.counters.answers
        consumer.isPaused = false
        try drive { consumer.counters.answers > answers }
        #expect(consumer.counters.metadataRequests >= asked + 3 && consumer.counters.answers > answers)
        #expect(batches.errors.isEmpty && consumer.counters.lostConnections == 0)
    }

    @Test func `from latest only what comes afterwards is read`() throws {
        let stage = try Stage(partitions: 1)
        let sink = AcknowledgementSink()
        let producer = try stage.producer(sink)
        try stage.send(50, with: producer)
        let batches = BatchSink()
        let consumer = try Consumer(
            loop: stage.loop, bootstrap: stage.address, topic: stage.topic, configuration: .init(), options: Stage.options,
            handler: batches)
        try consumer.assign(0, from: .latest)
        try stage.send(20, with: producer)
        for _ in 0..<2000 where batches.count < 20 {
            consumer.poll(now: MonotonicClock.now())
            try stage.loop.runOnce(maxWaitNanoseconds: 1_000_000)
        }
        #expect(batches.sequences[0] == Array(50..<70))
    }

    @Test func `discarding counts the very bytes that reading gets`() throws {
        let stage = try Stage(partitions: 1)
        let sink = AcknowledgementSink()
        try stage.send(2000, with: try stage.producer(sink))
        let read = try stage.readBack(atLeast: 2000)
        let plan = read.sizes[0]!.map { PlannedFetch(partition: 0, offset: $0.offset, maxBytes: Int32($0.bytes)) }
        let fetcher = try DiscardingFetcher(
            loop: stage.loop, bootstrap: stage.address, topic: stage.topic, plan: plan, inFlight: 4, options: Stage.options)
        let rounds = UInt64(3 * plan.count)
        for _ in 0..<10_000 where fetcher.counters.answers < rounds {
            fetcher.poll(now: MonotonicClock.now())
            try stage.loop.runOnce(maxWaitNanoseconds: 1_000_000)
        }
        #expect(fetcher.counters.answers >= rounds && fetcher.counters.errors == [:])
        let size = UInt64(read.sizes[0]!.reduce(0) { $0 + $1.bytes })
        let whole = fetcher.counters.answers / UInt64(plan.count)
        #expect(fetcher.counters.recordBytes >= whole * size && fetcher.counters.recordBytes < (whole + 1) * size)
    }
}

@Suite struct AdminTests {
    @Test func `nobody at the address is an error that names it`() throws {
        let error = #expect(throws: ClientError.self) { _ = try Admin(BrokerAddress(host: "127.0.0.1", port: 1)) }
        #expect(error?.description.contains("127.0.0.1:1") == true)
    }

    @Test func `topics are made, described, measured and removed`() throws {
        let stage = try Stage()
        let admin = try Admin(stage.address, Stage.options)
        try admin.createTopic("made", partitions: 5)
        #expect(try admin.metadata(["made"]).topic("made")?.partitions.map(\.index) == [0, 1, 2, 3, 4])
        #expect(throws: ClientError.self) { try admin.createTopic("made", partitions: 5) }
        #expect(try admin.earliestOffset(of: TopicPartition(topic: "made", partition: 4)) == 0)
        #expect(try admin.latestOffset(of: TopicPartition(topic: "made", partition: 4)) == 0)
        try admin.deleteTopic("made")
        let first = try admin.initProducerID()
        let second = try admin.initProducerID()
        #expect(first.id >= 0 && second.id != first.id)
    }

    @Test(arguments: ["", "host", "host:", ":9092", "host:0", "host:99999", "::1:9092"])
    func `an address that is none is refused`(text: String) {
        #expect(BrokerAddress(text) == nil)
    }

    @Test func `addresses are written as they are read`() {
        #expect(BrokerAddress("localhost:9092")?.description == "localhost:9092")
        #expect(BrokerAddress("[::1]:9092") == BrokerAddress(host: "::1", port: 9092))
    }
}
