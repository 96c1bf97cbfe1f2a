// Records whose values the caller brings.
import Client
import Host
import NullBroker
import Records
import Testing

@Suite struct ProducerValuesTests {
    /// Marks that came back, in the order of the acknowledgements.
    private final class Marks: AcknowledgementHandler {
        var marks: [UInt64] = []
        var failures = 0

        func acknowledged(_ acknowledgement: Acknowledgement) {
            if acknowledgement.failure == nil { marks += acknowledgement.intended } else { failures += acknowledgement.recordCount }
        }
    }

    private func producer(
        _ stage: Stage, _ sizes: ClosedRange<Int>, _ marks: Marks, _ change: (inout ProducerConfiguration) -> Void = { _ in }
    ) throws -> Producer {
        var configuration = ProducerConfiguration()
        configuration.batchBytes = 1_024
        configuration.bufferMemoryBytes = 16_384
        configuration.retryBackoffNanoseconds = 1_000_000
        change(&configuration)
        return try Producer(
            loop: stage.loop, bootstrap: stage.address, topic: stage.topic, valueSizes: sizes, configuration: configuration, options: Stage.options,
            handler: marks)
    }

    private func values(_ stage: Stage) throws -> [[UInt8]] {
        let cluster = try Cluster([stage.address], Stage.options)
        let topic = try cluster.topic(stage.topic)
        let spans = try cluster.bounds(of: topic).map { TopicSpan(partition: $0.key, from: $0.value.lowerBound, until: $0.value.upperBound) }
        let reader = try TopicReader(cluster, topic, spans, committedOnly: false)
        var values: [[UInt8]] = []
        while !reader.isDone {
            _ = try reader.readOnce { record in
                values.append(record.value.map(Array.init) ?? [0xff])
                return true
            }
        }
        return values
    }

    private func send(_ values: [[UInt8]], with producer: Producer, on stage: Stage) throws {
        for (n, value) in values.enumerated() {
            while true {
                let isTaken = value.withUnsafeBytes {
                    producer.send(value: $0, partition: Int32(n) % producer.partitionCount, mark: UInt64(n) << 32 | UInt64(value.count), now: MonotonicClock.now())
                }
                if isTaken { break }
                try stage.turn(producer)
            }
        }
        producer.flush()
        try stage.drive("acknowledgements", producer) { producer.unacknowledgedRecords == 0 }
    }

    @Test(arguments: [CompressionCodec.none, .zstd])
    func `values of every size arrive as they are, in order, and each brings its mark back`(codec: CompressionCodec) throws {
        let stage = try Stage(partitions: 1)
        let marks = Marks()
        let producer = try producer(stage, 0...3_000, marks) { $0.codec = codec }
        let sent = (0..<400).map { (n: Int) -> [UInt8] in
            let count = n % 7 == 0 ? 0 : n % 50 == 1 ? 3_000 : n
            return [UInt8](repeating: UInt8(n % 251), count: count)
        }
        try send(sent, with: producer, on: stage)
        #expect(try values(stage) == sent)
        let expected = sent.enumerated().map { (n: Int, value: [UInt8]) -> UInt64 in UInt64(n) << 32 | UInt64(value.count) }
        #expect(marks.marks == expected && marks.failures == 0)
    }

    @Test func `a broker that hangs up after storing gets every value once`() throws {
        let stage = try Stage(.disconnect(every: 5))
        let marks = Marks()
        let producer = try producer(stage, 4...4, marks)
        let sent = (0..<2_000).map { n in withUnsafeBytes(of: UInt32(n)) { Array($0) } }
        try send(sent, with: producer, on: stage)
        #expect(producer.counters.retriedBatches > 0 && marks.marks.count == 2_000 && Set(marks.marks).count == 2_000)
        let read = try values(stage)
        #expect(read.count == 2_000 && Set(read) == Set(sent))
    }

    @Test func `what is handed to a partition that can't go on is refused at once`() throws {
        let stage = try Stage(.error(code: 10, every: 1), partitions: 1)
        let marks = Marks()
        let producer = try producer(stage, 1...1, marks)
        try send([[1]], with: producer, on: stage)
        #expect(marks.failures == 1)
        let isTaken = [UInt8(2)].withUnsafeBytes { producer.send(value: $0, partition: 0, mark: 7, now: MonotonicClock.now()) }
        #expect(isTaken && marks.failures == 2 && producer.unacknowledgedRecords == 0)
    }
}
