// Reading a log back in full, for runs in which nobody consumed it.
package import Client
internal import Host
internal import Reactor
internal import Records
package import Vocabulary

extension Audit {
    /// Reads every partition of a topic from its earliest to its latest offset, as they are now, on the calling thread.
    /// What is seen takes the place of what tail consumers saw. To be called when the lanes have stopped. A partition that cannot
    /// be read to its end is given up at once and noted as corrupt from there on.
    ///
    /// - Parameters:
    ///   - firstOffsets: by partition, where the run's records begin at the earliest; empty: at the front.
    ///   - deadline: CLOCK_MONOTONIC nanoseconds.
    ///   - congestion: TCP congestion control; nil: the system's.
    ///   - check: called every 50 ms or so; what it throws ends the reading.
    /// - Throws: `ClientError`, and `AuditError.incomplete` at the deadline.
    package static func readBack(
        bootstrap: HostPort, topic: String, ledger: Ledger, from firstOffsets: [Int32: Offset] = [:], deadline: UInt64,
        congestion: String? = "cubic", security: ConnectionSecurity = .none, checkInterruption check: () throws -> Void = {}
    ) throws {
        var options = ConnectionOptions()
        options.clientID = "tidemark-audit"
        options.congestionControl = congestion
        options.security = security
        let address = BrokerAddress(host: bootstrap.host, port: bootstrap.port)
        let cluster = try Cluster([address], options)
        let found = try cluster.topic(topic)
        guard found.partitions.count == ledger.partitions else {
            throw HarnessError.impossible("topic \(topic) has \(found.partitions.count) partitions, the run counts on \(ledger.partitions)")
        }
        // Retention may remove what is being read; then it is read once more.
        for _ in 0..<readingsMaximum {
            let starts = try cluster.offsets(of: found, at: .earliest)
            let removed = (0..<Int32(ledger.partitions)).map { max(0, (starts[$0] ?? 0) - (firstOffsets[$0] ?? 0)) }
            let ends = try cluster.offsets(of: found, at: .latest)
            let places = starts.map { partition, start in
                let first = firstOffsets[partition] ?? 0
                return ReadBackPlace(partition: partition, first: first > start ? .at(first) : .earliest, end: ends[partition] ?? 0)
            }
            try readOnce(address, options, topic, places, ledger.openReadBackBook(logStarts: removed), deadline, check)
            if try cluster.offsets(of: found, at: .earliest) == starts { return }
        }
    }

    private static let readingsMaximum = 4

    private static func readOnce(
        _ address: BrokerAddress, _ options: ConnectionOptions, _ topic: String, _ places: [ReadBackPlace], _ book: SeenBook,
        _ deadline: UInt64, _ check: () throws -> Void
    ) throws {
        let handler = ReadBackHandler(book)
        let loop = try Loop()
        var configuration = ConsumerConfiguration()
        configuration.maxWaitMilliseconds = 50
        configuration.isCommittedOnly = book.isCommittedOnly
        let consumer = try Consumer(
            loop: loop, bootstrap: address, topic: topic, configuration: configuration, options: options, handler: handler)
        defer { consumer.close() }
        var ends: [Int32: Offset] = [:]
        for place in places {
            ends[place.partition] = place.end
            try consumer.assign(place.partition, from: place.first)
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

/// What is read of one partition: from `first` up to, not including, `end`.
private struct ReadBackPlace {
    let partition: Int32
    let first: StartOffset
    let end: Offset
}
