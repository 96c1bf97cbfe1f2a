// Reading a log back in full, for runs in which nobody consumed it.
internal import Client
internal import Host
internal import Reactor
internal import Records
internal import Vocabulary

extension Audit {
    /// Reads every partition of a topic from its earliest to its latest offset, as they are now, on the calling thread.
    /// What is seen takes the place of what tail consumers saw. To be called when the lanes have stopped. A partition that cannot
    /// be read to its end is given up at once and noted as corrupt from there on.
    ///
    /// - Parameters:
    ///   - deadline: CLOCK_MONOTONIC nanoseconds.
    ///   - congestion: TCP congestion control; nil: the system's.
    ///   - check: called every 50 ms or so; what it throws ends the reading.
    /// - Throws: `ClientError`, and `AuditError.incomplete` at the deadline.
    package static func readBack(
        bootstrap: HostPort, topic: String, ledger: Ledger, deadline: UInt64, congestion: String? = "cubic",
        checkInterruption check: () throws -> Void = {}
    ) throws {
        var options = ConnectionOptions()
        options.clientID = "tidemark-audit"
        options.congestionControl = congestion
        let address = BrokerAddress(host: bootstrap.host, port: bootstrap.port)
        let admin = try Admin(address, options)
        // Retention may remove what is being read; then it is read once more.
        for _ in 0..<readingsMaximum {
            let starts = try (0..<Int32(ledger.partitions)).map { try admin.earliestOffset(of: TopicPartition(topic: topic, partition: $0)) }
            try readOnce(address, options, topic, admin, ledger.openReadBackBook(logStarts: starts), deadline, check)
            let ends = try starts.indices.map { try admin.earliestOffset(of: TopicPartition(topic: topic, partition: Int32($0))) }
            if ends == starts { return }
        }
    }

    private static let readingsMaximum = 4

    private static func readOnce(
        _ address: BrokerAddress, _ options: ConnectionOptions, _ topic: String, _ admin: Admin, _ book: SeenBook, _ deadline: UInt64,
        _ check: () throws -> Void
    ) throws {
        let handler = ReadBackHandler(book)
        let loop = try Loop()
        var configuration = ConsumerConfiguration()
        configuration.maxWaitMilliseconds = 50
        let consumer = try Consumer(
            loop: loop, bootstrap: address, topic: topic, configuration: configuration, options: options, handler: handler)
        defer { consumer.close() }
        var ends: [Int32: Offset] = [:]
        for partition in 0..<consumer.partitionCount {
            ends[partition] = try admin.latestOffset(of: TopicPartition(topic: topic, partition: partition))
            try consumer.assign(partition, from: .earliest)
        }
        try read(consumer, loop, handler, ends, deadline, check)
    }

    /// A partition that answers with errors and nothing else for so long cannot be read.
    private static let patienceNanoseconds: UInt64 = 2_000_000_000

    private static func read(
        _ consumer: Consumer, _ loop: Loop, _ handler: ReadBackHandler, _ ends: [Int32: Offset], _ deadline: UInt64, _ check: () throws -> Void
    ) throws {
        var open = Set(ends.keys)
        while true {
            for partition in open {
                let position = consumer.position(of: partition) ?? 0
                if position >= ends[partition]! {
                    consumer.stop(partition)
                } else if let trouble = handler.troubles[partition],
                    consumer.isStopped(partition) || MonotonicClock.now() > trouble.since + patienceNanoseconds
                {
                    // What is behind it counts as lost, as far as it was acknowledged; the other partitions are read on.
                    consumer.stop(partition)
                    handler.book.unreadable(partition, from: position, to: ends[partition]!, "cannot be read on: \(trouble.error)")
                } else {
                    continue
                }
                open.remove(partition)
            }
            guard let partition = open.min() else { return }
            let now = MonotonicClock.now()
            guard now < deadline else {
                throw AuditError.incomplete(
                    topic: consumer.topic, partition: partition, read: consumer.position(of: partition) ?? 0, end: ends[partition]!)
            }
            try check()
            // Many turns between two looks at the clock: the log may be long.
            let pause = min(deadline, now + 50_000_000)
            while MonotonicClock.now() < pause, open.contains(where: { consumer.position(of: $0) ?? 0 < ends[$0]! }) {
                consumer.poll(now: MonotonicClock.now())
                try loop.runOnce(maxWaitNanoseconds: 5_000_000)
            }
        }
    }
}

private final class ReadBackHandler: FetchHandler {
    let book: SeenBook
    /// The last error of each partition from which nothing came since the first of them.
    private(set) var troubles: [Int32: (since: UInt64, error: ClientError)] = [:]
    init(_ book: SeenBook) { self.book = book }

    func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64) {
        if !troubles.isEmpty { troubles[partition] = nil }
        _ = book.check(batch, partition: partition, position: position) { _, _ in }
    }

    func corrupt(_ batch: BatchView, _ error: RecordError, partition: Int32) {
        if !troubles.isEmpty { troubles[partition] = nil }
        book.unreadable(batch, partition, "checksum of the batch: \(error)")
    }

    func fetchEnded(_ outcome: FetchOutcome) {}

    func failed(_ error: ClientError, partition: Int32?) {
        guard let partition else { return }
        troubles[partition] = (since: troubles[partition]?.since ?? MonotonicClock.now(), error: error)
    }
}
