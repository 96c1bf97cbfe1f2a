// One --data-dir: its lock, its background threads, its checkpoint and its free space.
internal import Host
internal import Synchronization
internal import Vocabulary

final class DataDirectory: @unchecked Sendable {
    // @unchecked: `logs`, `waiting`, `cause` and the times are touched under `monitor` only, `lock` by open and close.
    static let lockName = ".lock"
    /// There since a clean close and until the next open.
    static let cleanMarkName = ".clean-shutdown"

    let path: String
    let fileSystem: any FileSystem
    /// Group commits: what an acknowledgement waits for.
    let flusher: BackgroundThread
    /// Preallocation, which takes microseconds and must not wait behind an fsync: a log that outruns it writes at
    /// half the speed.
    let reserver: BackgroundThread
    /// Files out of service, a few now and then: long jobs that nothing else should wait behind.
    let remover: BackgroundThread
    /// Everything else: sealing, checkpoints.
    let background: BackgroundThread
    private var lock: File?
    let monitor = Monitor()
    /// Held over the writing of a checkpoint, so that an older one never replaces a newer one.
    let checkpointing = Monitor()
    /// The log starts that are on the disk, under `checkpointing`; nil: unknown.
    var writtenStarts: [TopicPartition: Offset]?
    private(set) var logs: [TopicPartition: LogDurability] = [:]
    var isCheckpointPlanned = false
    private var lastSpaceCheck: UInt64 = 0
    /// Sealed segments that wait to be forced, oldest first.
    private var waiting: [SealedSegment] = []
    private let minimumFreeBytes: Int64
    private let free = Atomic<Int64>(0)
    let health = Atomic(Health.alive.rawValue)
    /// What took it out of service.
    var cause: StorageError?

    /// Touches no file.
    init(path: String, minimumFreeBytes: Int64, fileSystem: any FileSystem, inline: Bool) {
        self.path = path
        self.fileSystem = fileSystem
        self.minimumFreeBytes = minimumFreeBytes
        flusher = BackgroundThread(name: "flusher", inline: inline)
        reserver = BackgroundThread(name: "reserver", inline: inline)
        remover = BackgroundThread(name: "remover", inline: inline)
        background = BackgroundThread(name: "storage", inline: inline)
    }

    /// Locks the directory, making it when it isn't there.
    ///
    /// - Throws: `.directoryLocked` when another broker holds it, `.io`.
    func take() throws(StorageError) {
        try io { () throws(SystemError) in
            try fileSystem.ensureDirectory(path)
            // A new directory is not durable before its parent is: without it, everything in it may go with it.
            try fileSystem.synchronizeDirectory(AtomicReplace.parent(of: path))
        }
        let file = try io { () throws(SystemError) in try fileSystem.file("\(path)/\(Self.lockName)", .create) }
        guard try io({ () throws(SystemError) in try file.tryLock() }) else { throw .directoryLocked(path) }
        lock = file
        free.store(fileSystem.freeBytes(path), ordering: .relaxed)
    }

    // MARK: Free space

    /// Bytes that were free at the last look, less what was appended since.
    var freeBytes: Int64 { free.load(ordering: .relaxed) }

    /// Bytes that are free when they are below the reserve, else nil. Cheap: looked at by the background thread.
    var lackingFreeBytes: Int64? {
        let bytes = free.load(ordering: .relaxed)
        return bytes < minimumFreeBytes ? bytes : nil
    }

    /// The bytes that are free, when taking `count` of them would leave less than the reserve. Asks the file system.
    func freeBytes(lackingFor count: Int) -> Int64? {
        let bytes = fileSystem.freeBytes(path)
        return bytes - Int64(count) < minimumFreeBytes ? bytes : nil
    }

    /// Takes `count` bytes off what was free at the last look: between two looks a fast log writes more than a reserve.
    func spend(_ count: Int) {
        guard count > 0 else { return }
        let (before, left) = free.subtract(Int64(count), ordering: .relaxed)
        guard left < minimumFreeBytes, before >= minimumFreeBytes else { return }
        // It may be less bad than it looks: what is overwritten or already reserved takes no space.
        background.enqueue(at: MonotonicClock.now() + StorageLimits.freeSpaceIntervalNanoseconds) { [weak self] in self?.checkSpace() }
    }

    /// Looks at the free space, at most once a second. On a background thread.
    func checkSpace() {
        let now = MonotonicClock.now()
        let isDue = monitor.locked { () -> Bool in
            guard now &- lastSpaceCheck >= StorageLimits.freeSpaceIntervalNanoseconds else { return false }
            lastSpaceCheck = now
            return true
        }
        guard isDue else { return }
        free.store(fileSystem.freeBytes(path), ordering: .relaxed)
        // Nothing is written to a full directory, so nothing else would notice that it has space again.
        if lackingFreeBytes != nil {
            background.enqueue(at: now + StorageLimits.freeSpaceIntervalNanoseconds) { [weak self] in self?.checkSpace() }
        }
    }

    // MARK: Recovery points

    func register(_ log: LogDurability, of partition: TopicPartition) {
        monitor.locked { logs[partition] = log }
    }

    /// Forgets a log that is deleted, with what it still had to force: files kept open would keep their space.
    func unregister(_ partition: TopicPartition) {
        monitor.locked {
            guard let durability = logs.removeValue(forKey: partition) else { return }
            waiting.removeAll { $0.durability === durability }
        }
    }

    // MARK: Sealed segments

    /// Forces a sealed segment when the kernel has had its time to write it, or when too many wait. On a background
    /// thread.
    func forceLater(_ job: SealJob, _ durability: LogDurability) {
        let due = MonotonicClock.now() + StorageLimits.sealedForceDelayNanoseconds
        let sealed = SealedSegment(job: job, durability: durability, due: due)
        let excess = monitor.locked { () -> SealedSegment? in
            waiting.append(sealed)
            return waiting.count > StorageLimits.sealedWaiting ? waiting.removeFirst() : nil
        }
        if let excess { force([excess]) }
        background.enqueue(at: due) { [weak self] in
            guard let self else { return }
            force(takeWaiting(until: due))
        }
    }

    /// Takes what has waited long enough.
    ///
    /// - Parameter due: CLOCK_MONOTONIC nanoseconds; by default all of it, for a close.
    func takeWaiting(until due: UInt64 = .max) -> [SealedSegment] {
        monitor.locked {
            let count = waiting.prefix { $0.due <= due }.count
            defer { waiting.removeFirst(count) }
            return Array(waiting.prefix(count))
        }
    }

    /// Segments of a log that was cut need no forcing any more.
    func forgetSealed(of durability: LogDurability, endingBehind end: Offset) {
        monitor.locked { waiting.removeAll { $0.durability === durability && $0.job.endOffset > end } }
    }

    private func force(_ sealed: [SealedSegment]) {
        for segment in sealed { segment.job.force(segment.durability) }
        if !sealed.isEmpty { planCheckpoint() }
    }

    /// Writes the recovery points within a few seconds.
    func planCheckpoint() {
        let isNew = monitor.locked { () -> Bool in
            defer { isCheckpointPlanned = true }
            return !isCheckpointPlanned
        }
        guard isNew else { return }
        let time = MonotonicClock.now() + StorageLimits.checkpointIntervalNanoseconds
        background.enqueue(at: time) { [weak self] in
            // A checkpoint that can't be written costs the next start a longer scan, no more.
            do { try self?.writeCheckpoint() } catch { return }
        }
    }

    // MARK: Clean-shutdown mark

    /// Whether the last run closed this directory. The mark is gone, durably, before any log is looked at: a crash
    /// while loading must not look like a clean close to the next start.
    func takeCleanMark() throws(SystemError) -> Bool {
        let mark = "\(path)/\(Self.cleanMarkName)"
        guard try fileSystem.contents(of: mark) != nil else { return false }
        try fileSystem.removeFile(mark)
        try fileSystem.synchronizeDirectory(path)
        return true
    }

    func writeCleanMark() throws(SystemError) { try replace(Self.cleanMarkName, with: []) }

    func replace(_ name: String, with bytes: [UInt8]) throws(SystemError) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        try AtomicReplace.write(UnsafeRawBufferPointer(memory), to: "\(path)/\(name)", in: fileSystem)
    }

    // MARK: Deletion

    /// Unlinks files of a log that have been retired, after a delay.
    ///
    /// - Parameter hurries: whether the disk is full: they go without pauses.
    func removeLater(_ directory: LogDirectory, names: [String], delayMilliseconds: Int64, hurries: Bool) {
        guard !names.isEmpty else { return }
        let (delay, overflow) = UInt64(delayMilliseconds).multipliedReportingOverflow(by: 1_000_000)
        let (time, late) = MonotonicClock.now().addingReportingOverflow(overflow ? .max : delay)
        background.enqueue(at: late ? .max : time) { [weak self] in self?.removeRetired(directory, names: names, hurries: hurries) }
    }

    /// Unlinks files of a log that have been retired, a segment's now and then, on the remover's thread.
    ///
    /// - Parameter file: one without a name, let go of there: its space is given back with it.
    func removeRetired(_ directory: LogDirectory, names: [String], holding file: File? = nil, hurries: Bool = false) {
        remover.enqueue { [self] in
            var pace = RemovalPace(self, hurries: hurries)
            var base = ""
            // Sorted, the files of a segment stand together.
            for name in names.sorted() where !directory.isDeleted {
                if !name.hasPrefix(base) || base.isEmpty {
                    pace.next()
                    base = String(name.prefix(SegmentNaming.baseDigits))
                }
                directory.unlink(name)
            }
            withExtendedLifetime(file) {}
            checkSpace()
        }
    }

    /// Removes a directory tree that nothing uses any more. What stays for a failure, the next start removes.
    func removeInBackground(_ path: String) {
        background.enqueue { [fileSystem] in
            do { try fileSystem.removeTree(path) } catch { return }
        }
    }

    // MARK: End

    /// Ends the threads, behind the jobs they have.
    func stop() {
        flusher.stop()
        reserver.stop()
        background.stop()
        // Behind the others, which give it work.
        remover.stop()
    }

    /// Frees the lock.
    func unlock() { lock = nil }
}

/// A sealed segment on its way to the disk.
struct SealedSegment: Sendable {
    let job: SealJob
    let durability: LogDurability
    /// CLOCK_MONOTONIC nanoseconds.
    let due: UInt64
}
