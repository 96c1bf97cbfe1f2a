// What of one log is on the disk. The loop says what it wrote; the background threads force it there and say how
// far they got.
internal import Host
internal import Synchronization
internal import Vocabulary

final class LogDurability: Sendable {
    private struct Sealed: Sendable {
        let base: Offset
        let file: File
        let indexes: [SegmentNaming.Kind]
        let end: LogMark
    }

    private enum QueuedFlush: Sendable { case now, timed }

    private struct State: Sendable {
        /// Sealed segments that wait for their fsync, oldest first, each with the mark behind it.
        var sealed: [Sealed] = []
        /// The active segment and how far it is written.
        var active: (file: File, end: LogMark)?
        /// A segment file was created since the directory was last forced.
        var isDirectoryDirty = false
        /// The flush that is queued; nil when none is.
        var queued: QueuedFlush?
        /// How often the log was cut at its end.
        var truncations = 0
        /// Leader epochs that are not on the disk.
        var epochs: LeaderEpochs?
        var durable: LogMark?
        var failure: SystemError?
        var completion: (@Sendable (FlushCompletion) -> Void)?
    }

    let directory: LogDirectory
    private let state = Mutex(State())
    /// Held over every fsync of the log. The kernel reports a lost write to one fsync only: without the lock, a second
    /// one could succeed, and be taken for an acknowledgement, before the first has told of the failure.
    private let synchronizing = Monitor()
    private let failed = Atomic(false)
    private let recovered = Atomic<Int64>(0)
    private let start = Atomic<Int64>(0)

    init(directory: LogDirectory, recoveryPoint: Offset, logStartOffset: Offset) {
        self.directory = directory
        recovered.store(recoveryPoint, ordering: .relaxed)
        start.store(logStartOffset, ordering: .relaxed)
    }

    /// Whether an fsync failed: the log takes nothing any more. Cheap.
    var hasFailed: Bool { failed.load(ordering: .acquiring) }
    var failure: SystemError? { state.withLock { $0.failure } }

    /// Everything below it is on the disk.
    var recoveryPoint: Offset { recovered.load(ordering: .acquiring) }

    /// Where the log begins, for the checkpoint.
    var logStartOffset: Offset { start.load(ordering: .acquiring) }

    func setCompletion(_ completion: (@Sendable (FlushCompletion) -> Void)?) {
        state.withLock { $0.completion = completion }
    }

    // MARK: Told by the loop

    /// The active segment is written up to `end`.
    func wrote(_ file: File, upTo end: LogMark) {
        state.withLock { $0.active = (file, end) }
    }

    func createdSegment() {
        state.withLock { $0.isDirectoryDirty = true }
    }

    /// The segment `base` that ends at `end` gets no more bytes, and its indexes are written.
    ///
    /// - Parameter indexes: the index files that it has.
    func sealed(_ base: Offset, _ file: File, indexes: [SegmentNaming.Kind], at end: LogMark) {
        state.withLock {
            // An index file may be as new as this.
            $0.isDirectoryDirty = true
            $0.sealed.append(Sealed(base: base, file: file, indexes: indexes, end: end))
            $0.active = nil
        }
    }

    func logStarts(at offset: Offset) { start.store(offset, ordering: .releasing) }

    /// The sealed segment `base` is no longer part of the log: it need not be forced.
    func forget(_ base: Offset) {
        state.withLock { $0.sealed.removeAll { $0.base == base } }
    }

    /// The log is about to be cut: nothing behind `end` is on the disk any more. Waits for the fsync that is under way.
    func truncate(to end: Offset) {
        synchronizing.lock()
        defer { synchronizing.unlock() }
        state.withLock { state in
            state.sealed.removeAll { $0.end.offset > end }
            state.active = nil
            if let durable = state.durable, durable.offset > end { state.durable = nil }
            state.truncations += 1
        }
        if recoveryPoint > end { recovered.store(end, ordering: .releasing) }
    }

    var truncations: Int { state.withLock { $0.truncations } }

    /// The leader epochs have changed: they are on the disk before the recovery point passes their first batch.
    func rememberEpochs(_ epochs: LeaderEpochs) {
        state.withLock { $0.epochs = epochs }
    }

    /// Whether a flush has to be queued now; false when one waits already, which will cover what was written. One that
    /// waits for its time is no reason not to queue one that is wanted now.
    func claimFlush(isTimed: Bool) -> Bool {
        state.withLock { state in
            switch (state.queued, isTimed) {
            case (.now, _), (.timed, true): return false
            case (nil, _), (.timed, false):
                state.queued = isTimed ? .timed : .now
                return true
            }
        }
    }

    // MARK: Done by background threads

    /// A group commit: forces everything written so far and tells the completion.
    func flush() {
        state.withLock { $0.queued = nil }
        let began = MonotonicClock.now()
        let error = synchronize()
        tell(error, since: began)
    }

    /// Forces the sealed segments that end at or below `end`.
    func flushSealed(upTo end: Offset) {
        let began = MonotonicClock.now()
        if let error = synchronize(upTo: end) { tell(error, since: began) }
    }

    private func tell(_ error: SystemError?, since began: UInt64) {
        let (mark, completion, truncations) = state.withLock { ($0.durable, $0.completion, $0.truncations) }
        let reached = mark ?? LogMark(offset: recoveryPoint, segmentBase: 0, position: 0)
        completion?(
            FlushCompletion(
                error: error, mark: reached, nanoseconds: MonotonicClock.now() - began, truncations: truncations))
    }

    /// fdatasync of what is not on the disk, fsync of the directory when it has a new file.
    ///
    /// - Parameter limit: sealed segments that end at or below it; nil is all of them and the active one.
    /// - Returns: the failure, the first one for ever after: no fsync is tried again.
    func synchronize(upTo limit: Offset? = nil) -> SystemError? {
        synchronizing.lock()
        defer { synchronizing.unlock() }
        let (sealed, active, dirty, failure) = state.withLock { state in
            defer { state.isDirectoryDirty = false }
            let sealed = state.sealed.filter { $0.end.offset <= limit ?? .max }
            return (sealed, limit == nil ? state.active : nil, state.isDirectoryDirty, state.failure)
        }
        if let failure { return failure }
        do {
            for segment in sealed { try force(segment) }
            try active?.file.synchronizeData()
            let hasNewEpochs = try writeEpochs(synchronizes: true)
            if dirty || hasNewEpochs, !directory.isDeleted {
                try directory.fileSystem.synchronizeDirectory(directory.path)
            }
        } catch {
            // The directory of a deleted topic goes away under the fsync: there is nothing left to lose.
            if directory.isDeleted { return nil }
            fail(error)
            return error
        }
        guard let end = active?.end ?? sealed.last?.end else { return nil }
        state.withLock { state in
            if let last = sealed.last { state.sealed.removeAll { $0.end.offset <= last.end.offset } }
            if end.offset >= state.durable?.offset ?? 0 { state.durable = end }
        }
        if end.offset > recoveryPoint { recovered.store(end.offset, ordering: .releasing) }
        return nil
    }

    /// With the indexes: a start believes those of every segment below the recovery point.
    private func force(_ segment: Sealed) throws(SystemError) {
        do throws(SystemError) {
            for kind in segment.indexes {
                try directory.fileSystem.file(directory.path(segment.base, kind), .readWrite).synchronizeData()
            }
        } catch {
            // Retention took it away meanwhile.
            let isForgotten = state.withLock { state in !state.sealed.contains { $0.base == segment.base } }
            guard isForgotten, error.isMissing else { throw error }
            return
        }
        try segment.file.synchronizeData()
    }

    /// Writes the leader epochs when they have changed. The caller forces the directory, or the file system.
    ///
    /// - Returns: whether there is a new file.
    func writeEpochs(synchronizes: Bool) throws(SystemError) -> Bool {
        guard let epochs = state.withLock({ $0.epochs }), !directory.isDeleted else { return false }
        do throws(StorageError) {
            try LeaderEpochCheckpoint.write(epochs, in: directory, synchronizes: synchronizes)
        } catch {
            if case .io(let failure) = error { throw failure }
            return false
        }
        state.withLock { if $0.epochs == epochs { $0.epochs = nil } }
        return true
    }

    /// Takes the log out of service. The first failure stays.
    func fail(_ error: SystemError) {
        state.withLock { if $0.failure == nil { $0.failure = error } }
        failed.store(true, ordering: .releasing)
    }

    /// Everything is on the disk and the files are let go of: the log is closed.
    func closed(at end: Offset) {
        state.withLock {
            $0.sealed = []
            $0.active = nil
        }
        recovered.store(end, ordering: .releasing)
    }
}
