// The audit of clients that drop records in the kernel: they see lengths only, so each answer's length must be what
// it was before, and some fetches are read in full.
package import Client
internal import Host
internal import Measurement
internal import Reactor
internal import Records
internal import Vocabulary

/// Checks the passes over one plan of fetches on a log that does not change. Its handler belongs to the thread of the pass;
/// everything else to the control thread, between passes.
///
/// It does not stand alone: the log must have been audited in full (`Audit.readBack`) when it was written.
package final class DiscardAudit: DiscardHandler, @unchecked Sendable {
    // @unchecked: one pass at a time writes, on its thread; others read when that has ended.
    private let plan: [PlannedFetch]
    /// Bytes of records that each fetch was answered with the first time; nil: not fetched yet.
    private var lengths: [Int?]
    private var next = 0
    private var answers: UInt64 = 0
    private var wrong: UInt64 = 0
    private var firstWrong: [String] = []
    private var sampledFetches: UInt64 = 0
    private var sampled = SeenBook(partitions: 1)
    /// Fetches that the next samples lie behind the last ones.
    private var sampleShift = 0

    package init(plan: [PlannedFetch]) {
        precondition(!plan.isEmpty, "a plan without fetches")
        self.plan = plan
        lengths = Array(repeating: nil, count: plan.count)
    }

    /// A pass begins: its first answer is that of the plan's first fetch.
    package func beginPass() { next = 0 }

    package func discarded(_ fetch: PlannedFetch, recordBytes: Int, requestedAt: UInt64, receivedAt: UInt64) {
        check(fetch, at: next, recordBytes: recordBytes)
        next = next + 1 == plan.count ? 0 : next + 1
    }

    /// An answer to one consumer of the plan, of several on the pass's thread.
    ///
    /// - Parameter index: the place in the plan that this consumer has come to.
    func check(_ fetch: PlannedFetch, at index: Int, recordBytes: Int) {
        answers &+= 1
        guard plan[index] == fetch else { return object("an answer to offset \(fetch.offset) where offset \(plan[index].offset) was asked for") }
        guard recordBytes > 0 else { return object("no records at offset \(fetch.offset)") }
        guard let length = lengths[index] else {
            lengths[index] = recordBytes
            return
        }
        if length != recordBytes { object("\(recordBytes) bytes at offset \(fetch.offset), where there were \(length)") }
    }

    private func object(_ text: @autoclosure () -> String) {
        wrong &+= 1
        if firstWrong.count < FirstFindings.maximum { firstWrong.append(text()) }
    }

    /// Reads `count` fetches of the plan in full, evenly spread and others than the last time, and checks every record.
    ///
    /// - Parameter check: called between the fetches; throws to give up.
    /// - Throws: `ClientError`. A fetch that cannot be read, or gets no records within 10 s, is a finding.
    package func readSamples(
        _ count: Int, bootstrap: HostPort, topic: String, congestion: String? = "cubic", security: ConnectionSecurity = .none,
        checkInterruption check: () throws -> Void = {}
    ) throws {
        var options = ConnectionOptions()
        options.congestionControl = congestion
        options.security = security
        let address = BrokerAddress(host: bootstrap.host, port: bootstrap.port)
        let samples = min(count, plan.count)
        for n in 0..<samples {
            try check()
            try read(plan[(n * plan.count / samples + sampleShift) % plan.count], address, topic, options)
            sampledFetches += 1
        }
        sampleShift += 1
    }

    private func read(_ fetch: PlannedFetch, _ address: BrokerAddress, _ topic: String, _ options: ConnectionOptions) throws {
        let loop = try Loop()
        let reader = SampleReader(sampled)
        var configuration = ConsumerConfiguration()
        configuration.maxBytes = fetch.maxBytes
        configuration.partitionMaxBytes = fetch.maxBytes
        let consumer = try Consumer(
            loop: loop, bootstrap: address, topic: topic, configuration: configuration, options: options, handler: reader)
        defer { consumer.close() }
        try consumer.assign(fetch.partition, from: .at(fetch.offset))
        let deadline = MonotonicClock.now() + 10 * nanosecondsPerSecond
        while !reader.hasRead {
            guard MonotonicClock.now() < deadline, !consumer.isStopped(fetch.partition) else {
                return sampled.unreadable(
                    fetch.partition, from: fetch.offset, to: fetch.offset + 1, "cannot be read: \(reader.trouble.map { "\($0)" } ?? "no records came")")
            }
            consumer.poll(now: MonotonicClock.now())
            try loop.runOnce(maxWaitNanoseconds: 5_000_000)
        }
    }

    /// What the passes and samples came to since the last call; the lengths are kept.
    ///
    /// - Returns: the report, and its counts by name for the result.
    package func takeReport() -> (AuditReport, counts: [String: UInt64]) {
        let report = report()
        let counts = [
            "answers": answers, "wrong_answers": wrong, "sampled_fetches": sampledFetches, "seen": report.seen, "corrupt": report.corrupt,
        ]
        (answers, wrong, sampledFetches, firstWrong, sampled) = (0, 0, 0, [], SeenBook(partitions: 1))
        return (report, counts)
    }

    /// What the passes and samples so far came to.
    package func report() -> AuditReport {
        var report = AuditReport(extent: .lengthsAndSamples)
        report.seen = sampled.records
        report.corrupt = sampled.corrupt + sampled.unstamped
        report.text = [
            "\(answers) answers by their lengths; \(sampledFetches) of \(plan.count) fetches read in full: \(sampled.records) records"
        ]
        var broken: [String] = []
        if wrong > 0 { broken.append("\(wrong) answers are not what the log held before (first: \(firstWrong.joined(separator: "; ")))") }
        if report.corrupt > 0 {
            let examples = sampled.firstCorrupt.map { "partition \($0.partition), offset \($0.offset): \($0.what)" }
            broken.append("\(report.corrupt) sampled records are not what was sent (first: \(examples.joined(separator: "; ")))")
        }
        report.outcome = broken.isEmpty ? .passed : .failed(broken)
        report.text += broken
        return report
    }
}

private final class SampleReader: FetchHandler {
    let book: SeenBook
    private(set) var hasRead = false
    private(set) var trouble: ClientError?
    init(_ book: SeenBook) { self.book = book }

    func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64) {
        _ = book.checkValues(batch, partition: partition, position: position)
        hasRead = true
    }

    func corrupt(_ batch: BatchView, _ error: RecordError, partition: Int32) {
        book.unreadable(batch, partition, "checksum of the batch: \(error)")
        hasRead = true
    }

    func fetchEnded(_ outcome: FetchOutcome) {}
    func failed(_ error: ClientError, partition: Int32?) { trouble = error }
}
