// The audit: each promise a broker can break is noticed, and a broker that keeps them all is not accused.
import Client
import Host
import Measurement
import NullBroker
import Reactor
import Records
import Codecs
import Testing
import Vocabulary
@testable import Harness

/// Sends a number of records through a producer, batch by batch, and keeps its book.
final class AuditedSender: AcknowledgementHandler {
    let book: SentBook
    init(_ book: SentBook) { self.book = book }

    func acknowledged(_ acknowledgement: Acknowledgement) {
        guard acknowledgement.failure == nil else { return }
        book.acknowledge(acknowledgement.partition, first: acknowledgement.firstSequence, count: acknowledgement.recordCount)
    }

    static func send(
        _ records: Int, to broker: FaultyBroker, _ ledger: Ledger, idempotent: Bool = true, retries: Int? = nil, valueSize: Int = 100
    ) throws {
        let pool = PayloadPool(valueSize: valueSize, seed: 1, byteCount: 1 << 20)
        let sender = AuditedSender(ledger.openSentBook(lane: 0, isStamped: pool.isStamped, keepsOrder: idempotent))
        let loop = try Loop()
        var configuration = ProducerConfiguration()
        configuration.batchBytes = 2048
        configuration.isIdempotent = idempotent
        configuration.retries = retries
        let producer = try Producer(
            loop: loop, bootstrap: BrokerAddress(host: "127.0.0.1", port: broker.broker.port), topic: "audited",
            producerNumber: 0, configuration: configuration, options: ConnectionOptions(), pool: pool, handler: sender)
        defer { producer.close() }
        let deadline = MonotonicClock.now() + 10_000_000_000
        var sent = 0
        while sent < records || producer.unacknowledgedRecords > 0 {
            let now = MonotonicClock.now()
            try #require(now < deadline, "\(producer.unacknowledgedRecords) records were never acknowledged")
            while sent < records, producer.send(partition: Int32(sent % ledger.partitions), intended: now, now: now) { sent += 1 }
            producer.flush()
            producer.poll(now: now)
            try loop.runOnce(maxWaitNanoseconds: 1_000_000)
        }
        for partition in 0..<Int32(ledger.partitions) {
            sender.book.handOver(partition, upTo: producer.nextSequence(of: partition))
        }
    }
}

@Suite struct AuditTests {
    private func audit(
        _ faults: [Fault], contract: DeliveryContract = .exactlyOnce, partitions: Int = 2, records: Int = 1000,
        idempotent: Bool = true, retries: Int? = nil, valueSize: Int = 100
    ) throws -> AuditReport {
        let broker = try FaultyBroker(faults, partitions: Int32(partitions))
        defer { broker.stop() }
        let ledger = Ledger(contract: contract, partitions: partitions)
        try AuditedSender.send(records, to: broker, ledger, idempotent: idempotent, retries: retries, valueSize: valueSize)
        try Audit.readBack(
            bootstrap: broker.address, topic: "audited", ledger: ledger, deadline: MonotonicClock.now() + 10_000_000_000)
        return Audit.judge(ledger: ledger)
    }

    @Test func `acknowledged batches that a broker dropped are lost, and named`() throws {
        let report = try audit([.dropAcknowledged(every: 7)])
        #expect(report.lost > 0)
        #expect(report.seen + report.lost == 1000)
        #expect(report.duplicated == 0 && report.reordered == 0 && report.corrupt == 0 && report.unknown == 0)
        guard case .failed(let broken) = report.outcome else { return #expect(Bool(false), "\(report)") }
        #expect(broken.count == 1)
        #expect(broken[0].hasPrefix("\(report.lost) acknowledged records are lost (first: producer 0, partition "))
    }

    @Test func `the same loss is within an at-most-once contract, and still told`() throws {
        let report = try audit([.dropAcknowledged(every: 7)], contract: .atMostOnce)
        #expect(report.lost > 0)
        #expect(report.outcome == .passed)
        #expect(report.text.count == 1)
    }

    @Test(arguments: [DeliveryContract.exactlyOnce, .atMostOnce])
    func `batches stored twice are duplicates`(contract: DeliveryContract) throws {
        let report = try audit([.duplicate(every: 7)], contract: contract)
        #expect(report.duplicated > 0)
        #expect(report.seen == 1000 && report.lost == 0 && report.reordered == 0 && report.corrupt == 0)
        guard case .failed(let broken) = report.outcome else { return #expect(Bool(false), "\(report)") }
        #expect(broken.count == 1 && broken[0].contains("more than once"))
    }

    @Test func `at-least-once permits duplicates, and they are told`() throws {
        let report = try audit([.duplicate(every: 7)], contract: .atLeastOnce)
        #expect(report.duplicated > 0)
        #expect(report.outcome == .passed)
        #expect(report.text.count == 1)
    }

    @Test(arguments: DeliveryContract.allCases)
    func `batches stored behind later ones are reordered under every contract`(contract: DeliveryContract) throws {
        let report = try audit([.reorder(every: 7)], contract: contract)
        #expect(report.reordered > 0)
        #expect(report.duplicated == 0 && report.corrupt == 0)
        guard case .failed(let broken) = report.outcome else { return #expect(Bool(false), "\(report)") }
        #expect(broken.contains { $0.contains("behind ones sent later") })
    }

    @Test(arguments: DeliveryContract.allCases)
    func `one flipped bit behind a right batch checksum is found`(contract: DeliveryContract) throws {
        let report = try audit([.flipBit(every: 7)], contract: contract)
        #expect(report.corrupt > 0)
        #expect(report.lost == 0 && report.duplicated == 0 && report.reordered == 0)
        guard case .failed(let broken) = report.outcome else { return #expect(Bool(false), "\(report)") }
        #expect(broken.count == 1 && broken[0].contains("checksum of the value"))
    }

    @Test func `a producer without idempotence that sends again after lost answers makes duplicates`() throws {
        let report = try audit([.disconnect(every: 9)], contract: .exactlyOnce, idempotent: false)
        #expect(report.duplicated > 0 && report.lost == 0)
        guard case .failed = report.outcome else { return #expect(Bool(false), "\(report)") }
        #expect(try audit([.disconnect(every: 9)], contract: .atLeastOnce, idempotent: false).outcome == .passed)
    }

    @Test func `an idempotent producer that sends again after lost answers leaves each record once`() throws {
        let report = try audit([.disconnect(every: 9)])
        #expect(report.outcome == .passed)
        #expect(report.seen == 1000 && report.duplicated == 0)
    }

    @Test func `records that were refused are unknown, not lost`() throws {
        // 87: INVALID_RECORD, which no retry heals.
        let report = try audit([.error(code: 87, every: 5)], contract: .atLeastOnce, idempotent: false, retries: 0)
        #expect(report.unknown > 0)
        #expect(report.acknowledged + report.unknown == 1000)
        #expect(report.lost == 0)
        #expect(report.outcome == .passed)
    }

    @Test(arguments: DeliveryContract.allCases)
    func `a broker that keeps its promises is not accused`(contract: DeliveryContract) throws {
        let report = try audit([], contract: contract)
        #expect(report.outcome == .passed)
        #expect(report.text == [])
        #expect(report.acknowledged == 1000 && report.seen == 1000)
        #expect(report.extent == .readBack)
    }

    @Test func `values too small for a stamp are compared by number only, and the report says so`() throws {
        let clean = try audit([], valueSize: 20)
        guard case .notRun = clean.outcome else { return #expect(Bool(false), "\(clean)") }
        #expect(clean.seen == 1000)
        guard case .failed = try audit([.dropAcknowledged(every: 7)], valueSize: 20).outcome else {
            return #expect(Bool(false), "a loss by count must fail")
        }
    }

    @Test func `passes that drop records are held to the lengths of the first, and samples are read in full`() throws {
        for faults: [Fault] in [[], [.flipBit(every: 3)]] {
            let broker = try FaultyBroker(faults, partitions: 1)
            defer { broker.stop() }
            let ledger = Ledger(contract: .exactlyOnce, partitions: 1)
            try AuditedSender.send(500, to: broker, ledger)
            let plan = [Offset(0), 200, 400].map { PlannedFetch(partition: 0, offset: $0, maxBytes: 4096) }
            let audit = DiscardAudit(plan: plan)
            for _ in 0..<2 {
                audit.beginPass()
                let loop = try Loop()
                let fetcher = try DiscardingFetcher(
                    loop: loop, bootstrap: BrokerAddress(host: "127.0.0.1", port: broker.broker.port), topic: "audited", plan: plan,
                    inFlight: 2, options: ConnectionOptions(), handler: audit)
                defer { fetcher.close() }
                while fetcher.counters.answers < 7 {
                    fetcher.poll(now: MonotonicClock.now())
                    try loop.runOnce(maxWaitNanoseconds: 1_000_000)
                }
            }
            try audit.readSamples(3, bootstrap: broker.address, topic: "audited")
            let report = audit.report()
            #expect(report.extent == .lengthsAndSamples && report.extent.rawValue == "lengths + sampled full reads")
            #expect(report.seen > 0)
            #expect((report.outcome == .passed) == faults.isEmpty)
            #expect((report.corrupt > 0) == !faults.isEmpty)
        }
    }

    @Test func `an answer of another length than before fails the audit of lengths`() {
        let plan = [PlannedFetch(partition: 0, offset: 0, maxBytes: 100), PlannedFetch(partition: 0, offset: 9, maxBytes: 100)]
        let audit = DiscardAudit(plan: plan)
        for (fetch, bytes) in [(0, 90), (1, 80), (0, 90), (1, 79)] {
            audit.discarded(plan[fetch], recordBytes: bytes, requestedAt: 0, receivedAt: 1)
        }
        guard case .failed(let broken) = audit.report().outcome else { return #expect(Bool(false)) }
        #expect(broken == ["1 answers are not what the log held before (first: 79 bytes at offset 9, where there were 80)"])
    }

    /// A ledger of one partition: `acknowledged` sequences, of which the log shows `kept` behind its start.
    private func retained(_ acknowledged: Range<UInt64>, kept: Range<UInt64>, logStart: Int64) -> AuditReport {
        let ledger = Ledger(contract: .exactlyOnce, partitions: 1)
        let sent = ledger.openSentBook(lane: 0, isStamped: true, keepsOrder: true)
        sent.acknowledge(0, first: acknowledged.lowerBound, count: acknowledged.count)
        sent.handOver(0, upTo: acknowledged.upperBound)
        let book = ledger.openReadBackBook(logStarts: [logStart])
        let pool = PayloadPool(valueSize: 100, seed: 1, byteCount: 1 << 16)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { memory.deallocate() }
        var builder = BatchBuilder(into: memory)
        builder.begin(timestampMilliseconds: 0)
        var cursor = 0
        let first = PayloadStamp(producer: 0, sequence: kept.lowerBound, intendedNanoseconds: 0, partition: 0)
        #expect(builder.appendRun(kept.count, first: first, from: pool, cursor: &cursor, timestampMilliseconds: 0) == kept.count)
        let batch = BatchView(unchecked: UnsafeRawBufferPointer(builder.finish()))
        #expect(book.check(batch, partition: 0, position: 0) { _, _ in } == kept.count)
        return Audit.judge(ledger: ledger)
    }

    @Test func `what retention removed is not lost, as far as it was there to be removed`() {
        let report = retained(0..<1000, kept: 600..<1000, logStart: 600)
        #expect(report.outcome == .passed && report.extent == .retained)
        #expect(report.retired == 600 && report.lost == 0 && report.seen == 400)
    }

    @Test func `records that never got an offset are lost although retention could have removed them`() {
        let report = retained(0..<1000, kept: 600..<1000, logStart: 590)
        #expect(report.retired == 590 && report.lost == 10)
        guard case .failed(let broken) = report.outcome else { return #expect(Bool(false), "\(report)") }
        #expect(broken.count == 1 && broken[0].contains("more than the log ever had below its start at offset 590"), "\(broken)")
    }

    @Test func `what is missing behind the first record that is there was not removed by retention`() {
        let report = retained(0..<1000, kept: 600..<900, logStart: 600)
        #expect(report.retired == 600 && report.lost == 100)
        #expect(retained(0..<1000, kept: 600..<1000, logStart: 0).lost == 600, "a log that begins at its beginning has removed nothing")
    }

    @Test func `without a reader nothing is claimed`() {
        let ledger = Ledger(contract: .exactlyOnce, partitions: 1)
        #expect(!ledger.hasReader && !ledger.hasSeenEverything)
        guard case .notRun = Audit.judge(ledger: ledger).outcome else { return #expect(Bool(false)) }
    }
}

@Suite struct SeenBookTests {
    private let pool = PayloadPool(valueSize: 400, seed: 3, byteCount: 1 << 16, compressionRatio: 3)

    /// A batch of stamped records at offsets from `baseOffset` on.
    private func withBatch(
        producer: UInt32 = 0, partition: UInt32 = 0, sequences: [UInt64], baseOffset: Offset = 0, codec: Codec = .none,
        damage: Int? = nil, _ body: (BatchView) -> Void
    ) {
        let compressor = Compressor()
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { memory.deallocate() }
        var builder = BatchBuilder(into: memory)
        builder.begin(timestampMilliseconds: 0)
        var cursor = 0
        for sequence in sequences {
            let stamp = PayloadStamp(producer: producer, sequence: sequence, intendedNanoseconds: 1000 + sequence, partition: partition)
            #expect(builder.append(stamp, from: pool, cursor: &cursor, key: nil, timestampMilliseconds: 0))
        }
        let batch = builder.finish(codec: codec) { try? compressor.compress($0, codec) }
        if let damage { batch[BatchLayout.headerSize + damage] ^= 0xff }
        MutableBatch(batch).assign(baseOffset: baseOffset, leaderEpoch: 0)
        body(MutableBatch(batch).view)
    }

    @Test func `a record stamped for another partition is corrupt`() {
        let book = SeenBook(partitions: 2)
        withBatch(partition: 1, sequences: [0]) { _ = book.check($0, partition: 0, position: 0) { _, _ in } }
        #expect(book.corrupt == 1)
        #expect(book.firstCorrupt[0].what == "stamped for partition 1")
    }

    @Test(arguments: [Codec.gzip, .snappy, .lz4, .zstd])
    func `compressed records are read, and what cannot be decompressed is corrupt`(codec: Codec) {
        let book = SeenBook(partitions: 1)
        var intended: [UInt64] = []
        withBatch(sequences: Array(0..<20), codec: codec) {
            #expect($0.codec == codec)
            #expect(book.check($0, partition: 0, position: 5) { time, bytes in intended.append(time + UInt64(bytes)) } == 15)
        }
        #expect(intended == (5..<20).map { 1400 + $0 })
        #expect(book.corrupt == 0)
        withBatch(sequences: [20, 21, 22], baseOffset: 20, codec: codec, damage: 0) {
            #expect(book.check($0, partition: 0, position: 20) { _, _ in } == 0)
        }
        #expect(book.corrupt == 3)
        #expect(book.firstCorrupt.first?.what.contains("cannot be decompressed") == true)
    }

    @Test func `records before the fetch's offset were delivered already`() {
        let book = SeenBook(partitions: 1)
        var intended: [UInt64] = []
        withBatch(sequences: [0, 1, 2, 3], baseOffset: 10) {
            #expect(book.check($0, partition: 0, position: 12) { time, _ in intended.append(time) } == 2)
        }
        #expect(intended == [1002, 1003])
        #expect(book.records == 2)
    }

    @Test func `sound records that nobody sent make the audit fail`() {
        let ledger = Ledger(contract: .exactlyOnce, partitions: 1)
        let sent = ledger.openSentBook(lane: 0, isStamped: true, keepsOrder: true)
        sent.acknowledge(0, first: 0, count: 2)
        sent.handOver(0, upTo: 2)
        let seen = ledger.openSeenBook()
        withBatch(sequences: [0, 1, 2, 3]) { _ = seen.check($0, partition: 0, position: 0) { _, _ in } }
        let report = Audit.judge(ledger: ledger)
        #expect(report.corrupt == 2)
        guard case .failed(let broken) = report.outcome else { return #expect(Bool(false)) }
        #expect(broken[0].contains("never sent"))
    }

    @Test func `records of another run on the topic are counted apart`() {
        let ledger = Ledger(contract: .exactlyOnce, partitions: 1, firstProducer: 100)
        let sent = ledger.openSentBook(lane: 0, isStamped: true, keepsOrder: true)
        sent.acknowledge(0, first: 0, count: 1)
        sent.handOver(0, upTo: 1)
        let seen = ledger.openSeenBook()
        withBatch(producer: 7, sequences: [5, 6]) { _ = seen.check($0, partition: 0, position: 0) { _, _ in } }
        withBatch(producer: 100, sequences: [0], baseOffset: 2) { _ = seen.check($0, partition: 0, position: 2) { _, _ in } }
        let report = Audit.judge(ledger: ledger)
        #expect(report.outcome == .passed)
        #expect(report.foreign == 2 && report.seen == 1)
    }

    @Test func `records that a lane of the load sent to another topic make the audit fail`() {
        let ledger = Ledger(contract: .atLeastOnce, partitions: 1, firstProducer: 100, lanes: 2)
        let sent = ledger.openSentBook(lane: 0, isStamped: true, keepsOrder: true)
        sent.acknowledge(0, first: 0, count: 1)
        sent.handOver(0, upTo: 1)
        let seen = ledger.openSeenBook()
        withBatch(producer: 100, sequences: [0]) { _ = seen.check($0, partition: 0, position: 0) { _, _ in } }
        withBatch(producer: 101, sequences: [5, 6], baseOffset: 1) { _ = seen.check($0, partition: 0, position: 1) { _, _ in } }
        withBatch(producer: 102, sequences: [0], baseOffset: 3) { _ = seen.check($0, partition: 0, position: 3) { _, _ in } }
        let report = Audit.judge(ledger: ledger)
        #expect(report.corrupt == 2 && report.foreign == 1 && report.seen == 1)
        guard case .failed(let broken) = report.outcome else { return #expect(Bool(false), "\(report)") }
        #expect(broken[0].contains("2 records of producer 101, which sends none into this topic"))
    }

    /// Four records, acknowledged; `live` gets all of them, `other` these.
    private func judged(_ other: [UInt64], isWhole: Bool) -> AuditReport {
        let ledger = Ledger(contract: .exactlyOnce, partitions: 1)
        let sent = ledger.openSentBook(lane: 0, isStamped: true, keepsOrder: true)
        sent.acknowledge(0, first: 0, count: 4)
        sent.handOver(0, upTo: 4)
        let live = ledger.openSeenBook(reader: "live"), further = ledger.openSeenBook(reader: "further", isWhole: isWhole)
        withBatch(sequences: [0, 1, 2, 3]) { _ = live.check($0, partition: 0, position: 0) { _, _ in } }
        if !other.isEmpty { withBatch(sequences: other) { _ = further.check($0, partition: 0, position: 0) { _, _ in } } }
        return Audit.judge(ledger: ledger)
    }

    @Test func `what one group got and another did not is lost on its way`() {
        let report = judged([0, 1, 3], isWhole: true)
        #expect(report.seen == 4 && report.lost == 1)
        #expect(report.text == ["1 acknowledged records are lost (first: producer 0, partition 0, read by further: sequences 2..<3, which live got)"])
        #expect(judged([0, 1], isWhole: true).lost == 2)
        #expect(judged([0, 1, 2, 3], isWhole: true).outcome == .passed)
        let twice = judged([0, 1, 1, 2, 3], isWhole: true)
        #expect(twice.duplicated == 1 && twice.text[0].contains("read by further: 1, against 0 that live got"))
    }

    @Test func `a slow reader may be behind, but has no gaps`() {
        #expect(judged([0, 1], isWhole: false).outcome == .passed)
        #expect(judged([], isWhole: false).outcome == .passed)
        #expect(judged([0, 3], isWhole: false).lost == 2)
    }

    @Test func `slow readers alone do not make an audit`() {
        let ledger = Ledger(contract: .exactlyOnce, partitions: 1)
        _ = ledger.openSeenBook(reader: "slow", isWhole: false)
        #expect(!ledger.hasReader)
        let back = ledger.openReadBackBook()
        #expect(ledger.hasReader && ledger.seenBooks.first === back && ledger.seenBooks.count == 2)
    }
}
