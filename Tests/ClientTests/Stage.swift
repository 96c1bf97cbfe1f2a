// A null broker on its own thread, and clients driven on the test's.
import Client
import Host
import NullBroker
import Reactor
import Records
import Vocabulary
import Wire

/// A running null broker, or another broker's address.
final class Stage {
    private let broker: NullBroker?
    private let thread: WorkerThread?
    let address: BrokerAddress
    let topic = "records"
    let loop: Loop
    /// Of every client that it makes.
    var options = Stage.options

    init(_ faults: Fault..., partitions: Int32 = 3, keeps: Bool = true) throws {
        var configuration = NullBrokerConfiguration()
        configuration.partitionCount = partitions
        configuration.keepsRecords = keeps
        configuration.faults = faults
        let broker = try NullBroker(configuration)
        self.broker = broker
        thread = broker.start()
        address = BrokerAddress(host: "127.0.0.1", port: broker.port)
        loop = try Loop()
    }

    init(at address: BrokerAddress) throws {
        broker = nil
        thread = nil
        self.address = address
        loop = try Loop()
    }

    deinit {
        broker?.stop()
        thread?.join()
    }

    static let options: ConnectionOptions = {
        var options = ConnectionOptions()
        options.congestionControl = "cubic"
        options.reconnectBackoffNanoseconds = 2_000_000
        return options
    }()

    func producer(
        _ sink: AcknowledgementSink, number: UInt32 = 1, valueSize: Int = 100, pool: PayloadPool? = nil, headers: RecordHeaders? = nil,
        _ change: (inout ProducerConfiguration) -> Void = { _ in }
    ) throws -> Producer {
        var configuration = ProducerConfiguration()
        configuration.batchBytes = 4096
        configuration.bufferMemoryBytes = 1 << 20
        configuration.retryBackoffNanoseconds = 1_000_000
        change(&configuration)
        return try Producer(
            loop: loop, bootstrap: address, topic: topic, producerNumber: number, configuration: configuration,
            options: options, pool: pool ?? PayloadPool(valueSize: valueSize, seed: 7, byteCount: 1 << 16), headers: headers, handler: sink)
    }

    /// Hands `count` records over, round robin, as fast as they are taken.
    func send(_ count: Int, with producer: Producer) throws {
        for n in 0..<count {
            let partition = Int32(n) % producer.partitionCount
            while true {
                let now = MonotonicClock.now()
                if producer.send(partition: partition, intended: now, now: now) { break }
                try turn(producer)
            }
            if n % 50 == 0 { try turn(producer) }
        }
        producer.flush()
        try drive("acknowledgements", producer) { producer.unacknowledgedRecords == 0 }
    }

    func turn(_ producer: Producer) throws {
        producer.poll(now: MonotonicClock.now())
        try loop.runOnce(maxWaitNanoseconds: 1_000_000)
        producer.poll(now: MonotonicClock.now())
    }

    func drive(_ what: String, _ producer: Producer, until done: () -> Bool) throws {
        let deadline = MonotonicClock.now() + 10_000_000_000
        while !done() {
            guard MonotonicClock.now() < deadline else { throw Stuck(what: what) }
            try turn(producer)
        }
    }

    /// Every record of the topic, read by a consumer until it holds `count` or nothing more comes.
    func readBack(atLeast count: Int, _ change: (inout ConsumerConfiguration) -> Void = { _ in }) throws -> BatchSink {
        let sink = BatchSink()
        var configuration = ConsumerConfiguration()
        configuration.maxWaitMilliseconds = 5
        change(&configuration)
        let consumer = try Consumer(
            loop: loop, bootstrap: address, topic: topic, configuration: configuration, options: options, handler: sink)
        for partition in 0..<consumer.partitionCount { try consumer.assign(partition, from: .earliest) }
        let deadline = MonotonicClock.now() + 10_000_000_000
        while sink.count < count || sink.emptyInARow < 3 {
            guard MonotonicClock.now() < deadline else { throw Stuck(what: "\(sink.count) of \(count) records read") }
            consumer.poll(now: MonotonicClock.now())
            try loop.runOnce(maxWaitNanoseconds: 1_000_000)
        }
        consumer.close()
        return sink
    }
}

struct Stuck: Error { let what: String }

/// Keeps what a producer was told.
final class AcknowledgementSink: AcknowledgementHandler {
    struct Entry: Equatable {
        let partition: Int32
        let baseOffset: Offset?
        let firstSequence: UInt64
        let recordCount: Int
        let failure: ProduceFailure?
        let attempts: Int
        let times: [UInt64]
        let intended: [UInt64]
        let valueSizes: [UInt32]
        let startsRequest: Bool
    }
    private(set) var entries: [Entry] = []

    var failures: [ProduceFailure] { entries.compactMap(\.failure) }

    func acknowledged(_ a: Acknowledgement) {
        entries.append(
            Entry(
                partition: a.partition, baseOffset: a.baseOffset, firstSequence: a.firstSequence, recordCount: a.recordCount,
                failure: a.failure, attempts: a.attempts,
                times: [a.firstIntended, a.handedToClient, a.handedToSocket, a.acknowledgedAt], intended: Array(a.intended),
                valueSizes: Array(a.valueSizes), startsRequest: a.startsRequest))
    }
}

/// Keeps the stamps a consumer was given, partition by partition.
final class BatchSink: FetchHandler {
    private(set) var sequences: [Int32: [UInt64]] = [:]
    private(set) var offsets: [Int32: [Offset]] = [:]
    private(set) var sizes: [Int32: [(offset: Offset, bytes: Int)]] = [:]
    private(set) var bad = 0
    private(set) var corruptBatches = 0
    private(set) var errors: [ClientError] = []
    private(set) var emptyInARow = 0
    private(set) var count = 0

    func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64) {
        sizes[partition, default: []].append((batch.baseOffset, batch.size))
        var records = RecordIterator(batch.records)
        while let record = try? records.next() {
            let offset = batch.baseOffset + Offset(record.offsetDelta)
            guard offset >= position else { continue }
            guard let value = record.value, PayloadStamp.verify(value), let stamp = PayloadStamp(reading: value),
                stamp.partition == UInt32(partition)
            else {
                bad += 1
                continue
            }
            sequences[partition, default: []].append(stamp.sequence)
            offsets[partition, default: []].append(offset)
            count += 1
        }
    }

    func corrupt(_ batch: BatchView, _ error: RecordError, partition: Int32) { corruptBatches += 1 }
    func fetchEnded(_ outcome: FetchOutcome) { emptyInARow = outcome.batches == 0 ? emptyInARow + 1 : 0 }
    func failed(_ error: ClientError, partition: Int32?) { errors.append(error) }

    /// Whether every partition's sequences are 0, 1, 2 … and its offsets too.
    var isExact: Bool {
        bad == 0 && corruptBatches == 0
            && sequences.values.allSatisfy { $0 == (0..<UInt64($0.count)).map { $0 } }
            && offsets.values.allSatisfy { $0 == (0..<Offset($0.count)).map { $0 } }
    }
}
