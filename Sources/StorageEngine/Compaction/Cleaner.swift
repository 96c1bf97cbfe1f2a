// The thread that compacts the logs of one data directory, the dirtiest first. It reads sealed segments, which never
// change, and touches no log: what needs one is done by the log's owner.
internal import Host
internal import Synchronization
internal import Vocabulary

/// How compaction shares the machine with everything else, with Kafka's defaults.
package struct CleanerConfiguration: Sendable {
    /// Memory for keys of one pass of one data directory, while it lasts (`log.cleaner.dedupe.buffer.size`).
    package var mapLimitBytes = 128 << 20
    /// Bytes read or written at a time (`log.cleaner.io.buffer.size`).
    package var bufferBytes = 512 << 10
    /// The most bytes a second, read and written, of one data directory; nil: no limit
    /// (`log.cleaner.io.max.bytes.per.second`).
    package var bytesPerSecond: Int64?
    /// How long a cleaner without work waits before it looks again (`log.cleaner.backoff.ms`).
    package var backoffNanoseconds: UInt64 = 15_000_000_000

    package init() {}
}

final class Cleaner: @unchecked Sendable {
    // @unchecked: everything that changes is touched under `working`, but for `thread`, which start and stop set.
    private let directory: DataDirectory
    private unowned let storage: Storage
    private let hasher = KeyHasher()
    private let stopFlag = StopFlag()
    /// Held over a round.
    private let working = Monitor()
    private var firstDirty: [CleanerCheckpoint.Key: Offset]?
    /// Logs that a pass failed on, which are left alone until the next start.
    private var failed: Set<CleanerCheckpoint.Key> = []
    private var thread: WorkerThread?

    init(of directory: DataDirectory, in storage: Storage) {
        self.directory = directory
        self.storage = storage
    }

    /// Begins to work on a thread of its own.
    func start(_ told: @escaping @Sendable (CompactionReport) -> Void) {
        precondition(thread == nil, "the cleaner of \(directory.path) runs already")
        thread = WorkerThread(name: "cleaner") { [self] in
            while !stopFlag.isSet {
                let report = round()
                if let report { told(report) }
                // What could not be done now is not tried again at once.
                if report == nil || report?.failure != nil { rest() }
            }
        }
    }

    /// Waits for the backoff, which may change meanwhile: it is looked at every second.
    private func rest() {
        let began = MonotonicClock.now()
        while !stopFlag.isSet {
            let (now, backoff) = (MonotonicClock.now(), storage.inForce.cleaner.backoffNanoseconds)
            guard now &- began < backoff else { return }
            stopFlag.wait(until: now + min(backoff - (now - began), StorageLimits.settingsIntervalNanoseconds))
        }
    }

    /// Ends the thread. A pass that is under way leaves off between two batches, and its log is as before.
    func stop() {
        stopFlag.set()
        thread?.join()
        thread = nil
    }

    /// Compacts the dirtiest log that is due.
    ///
    /// - Returns: nil when none is.
    func round() -> CompactionReport? {
        working.lock()
        defer { working.unlock() }
        guard let (view, plan) = dirtiest() else { return nil }
        let key = CleanerCheckpoint.Key(topicID: view.topicID, partition: view.partition.partition)
        let answer = ask(view.partition, view.topicID) { log in
            Result { () throws(StorageError) in try log.compactionContext(view) }
        }
        guard let answer else { return nil }
        let context: CompactionContext
        do { context = try answer.get() } catch {
            failed.insert(key)
            var report = CompactionReport(partition: view.partition, firstDirty: plan.firstDirtyOffset)
            report.failure = error
            return report
        }
        let configuration = storage.inForce.cleaner
        let pass = CompactionPass(
            view, plan,
            CompactionPass.Surroundings(
                io: CompactionIO(
                    bufferBytes: configuration.bufferBytes, bytesPerSecond: configuration.bytesPerSecond, stop: stopFlag),
                hasher: hasher, mapLimitBytes: configuration.mapLimitBytes, now: storage.configuration.now(),
                freeBytesLacking: { [directory] in directory.freeBytes(lackingFor: $0) }, context: context,
                swap: { [self] sources, segment in
                    let handed = Handover(segment)
                    return ask(view.partition, view.topicID) { $0.replace(sources, with: handed.value, asOf: view.cuts) } ?? false
                },
                remove: { [directory] in directory.removeRetired(view.directory, names: $0, holding: $1) }))
        // Named before it loses a record: whoever checks the files has to know.
        if points()[key] == nil { checkpoint(key, plan.firstDirtyOffset) }
        pass.run()
        if pass.report.firstDirtyAfter != pass.report.firstDirtyBefore { checkpoint(key, pass.report.firstDirtyAfter) }
        if let failure = pass.report.failure, !failure.mayPass { failed.insert(key) }
        return stopFlag.isSet ? nil : pass.report
    }

    // MARK: Choice

    private func dirtiest() -> (view: CompactionView, plan: CompactionPlan)? {
        let logs = storage.compactedLogs(in: directory).filter { !failed.contains($0.key) }
        guard !logs.isEmpty else { return nil }
        var points = points()
        let now = storage.configuration.now()
        var best: (view: CompactionView, plan: CompactionPlan)?
        for (key, partition) in logs {
            guard let view = ask(partition, key.topicID, { $0.compactionView() }) else { continue }
            // What comes behind a cut is dirty, even where the log was compacted before.
            if let cut = view.lowestCut, let point = points[key], cut < point {
                points[key] = cut
                checkpoint(key, cut)
            }
            let plan = CompactionPlan(view, checkpoint: points[key], now: now)
            if plan.isDue, plan.dirtyRatio > best?.plan.dirtyRatio ?? -1 { best = (view, plan) }
        }
        return best
    }

    /// Where each log's dirty part begins, as far as it is known.
    private func points() -> [CleanerCheckpoint.Key: Offset] {
        if let firstDirty { return firstDirty }
        // Without them every log counts as dirty, which costs work and nothing else.
        let read = (try? CleanerCheckpoint.read(directory.path, in: directory.fileSystem)) ?? [:]
        firstDirty = read
        return read
    }

    private func checkpoint(_ key: CleanerCheckpoint.Key, _ offset: Offset) {
        let living = storage.logKeys(in: directory)
        var points = points().filter { living.contains($0.key) }
        points[key] = offset
        firstDirty = points
        do { try CleanerCheckpoint.write(points, to: directory) } catch { return }
    }

    // MARK: Owners

    /// What the owner of a log answers; nil when there is none, or none any more, or the storage closes.
    private func ask<Answer: Sendable>(
        _ partition: TopicPartition, _ topicID: TopicID, _ question: @escaping @Sendable (PartitionLog) -> Answer
    ) -> Answer? {
        let answer = PendingAnswer<Answer>()
        return post(partition, topicID, Question(answer, question)) ? answer.wait(stopFlag) : nil
    }

    /// Does not keep the question: the owner that drops it answers it.
    private func post<Answer: Sendable>(_ partition: TopicPartition, _ topicID: TopicID, _ question: Question<Answer>) -> Bool {
        storage.onOwner(of: partition) { log in
            if log.topicID == topicID { question.answer.give(question.body(log)) }
        }
    }
}

extension StorageError {
    /// Whether trying again later may succeed.
    fileprivate var mayPass: Bool {
        switch self {
        case .directoryFull, .deleted: true
        case .io(let failure): failure.isOutOfSpace
        default: false
        }
    }
}

/// Answered at the latest when nobody holds it any more: a log that is gone has no owner who would.
private final class Question<Answer: Sendable>: Sendable {
    let answer: PendingAnswer<Answer>
    let body: @Sendable (PartitionLog) -> Answer

    init(_ answer: PendingAnswer<Answer>, _ body: @escaping @Sendable (PartitionLog) -> Answer) {
        self.answer = answer
        self.body = body
    }

    deinit { answer.give(nil) }
}

/// A value that one thread waits for and another gives.
private final class PendingAnswer<Answer: Sendable>: Sendable {
    private let value = Mutex<(isGiven: Bool, answer: Answer?)>((false, nil))
    private let monitor = Monitor()

    /// The first one counts.
    func give(_ answer: Answer?) {
        value.withLock { if !$0.isGiven { $0 = (true, answer) } }
        monitor.locked { monitor.signal() }
    }

    /// nil when the storage closes first. An owner that is gone gives no answer, so the flag is looked at now and then.
    func wait(_ stop: StopFlag) -> Answer? {
        monitor.locked {
            while !stop.isSet, !value.withLock({ $0.isGiven }) {
                monitor.wait(until: MonotonicClock.now() + StorageLimits.ownerPatienceNanoseconds)
            }
        }
        return value.withLock { $0.answer }
    }
}

/// A segment on its way from the cleaner, which made it, to its log's owner.
private struct Handover: @unchecked Sendable {
    // @unchecked: the cleaner lets go of it when the owner takes it.
    let value: Segment
    init(_ value: Segment) { self.value = value }
}

extension Storage {
    /// Begins to compact in the background, one thread for each data directory. `told` gets every pass's report, on
    /// that thread.
    package func startCleaning(_ told: @escaping @Sendable (CompactionReport) -> Void) {
        for cleaner in cleaners { cleaner.start(told) }
    }

    /// Compacts the dirtiest log that is due, of each data directory, on the calling thread.
    package func compactOnce() -> [CompactionReport] { cleaners.compactMap { $0.round() } }
}
