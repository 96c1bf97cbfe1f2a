// What the background threads do for a log: seal, reserve space, force to the disk. Nothing here waits for them.
internal import Host
internal import Vocabulary

extension PartitionLog {
    /// Called on the Flusher's thread after each group commit, or with its failure: post to the owning loop and call
    /// `flushCompleted` there. Set when the loop takes the log up.
    package func setFlushHandler(_ handler: (@Sendable (FlushCompletion) -> Void)?) {
        durability.setCompletion(handler)
    }

    /// Moves the high watermark to what is durable, or takes the log out of service. On the loop.
    package func flushCompleted(_ completion: FlushCompletion) {
        checkOwner()
        if let error = completion.error, fault == nil { _ = fence(error) }
        // One that was on its way when the log was cut knows of records that are gone.
        guard completion.truncations == durability.truncations else { return }
        if acksWaitForFlush, completion.mark.offset > highWatermark { highWatermarkMark = completion.mark }
    }

    /// Behind a write: moves the high watermark and asks for a flush when the policy wants one.
    func wrote() {
        guard let active = segments.last else { return }
        switch flushPolicy {
        case .everyAppend:
            requestFlush()
            return
        case .none: break
        case .every(let messages, let nanoseconds):
            if recordsSinceFlush >= messages { requestFlush() } else if nanoseconds != .max { timeFlush(in: nanoseconds) }
        }
        highWatermarkMark = endMark(of: active)
    }

    private func requestFlush() {
        recordsSinceFlush = 0
        guard durability.claimFlush(isTimed: false) else { return }
        dataDirectory.flusher.enqueue { [durability, dataDirectory] in
            durability.flush()
            dataDirectory.planCheckpoint()
        }
    }

    /// One flush waits at a time; it takes what is there when it is due.
    private func timeFlush(in interval: UInt64) {
        guard durability.claimFlush(isTimed: true) else { return }
        dataDirectory.flusher.enqueue(at: MonotonicClock.now() + interval) { [durability, dataDirectory] in
            durability.flush()
            dataDirectory.planCheckpoint()
        }
    }

    /// Ends the active segment. Its indexes are completed here (they are small); its bytes are forced later.
    func seal(_ segment: Segment) throws(StorageError) {
        try segment.sealIndexes()
        let file = try segment.openFile()
        let end = endMark(of: segment)
        durability.sealed(segment.baseOffset, file, indexes: segment.indexKinds, at: end)
        let now = segment.largestTimestamp ?? 0
        producers.expire(before: now - StorageLimits.producerExpirationMilliseconds, below: segment.baseOffset)
        let snapshot = ProducerSnapshot.encode(producers.remembered())
        let job = SealJob(segment: segment, end: end, file: file, snapshot: snapshot)
        dataDirectory.background.enqueue { [durability, dataDirectory] in
            job.cut(durability)
            dataDirectory.forceLater(job, durability)
            dataDirectory.checkSpace()
        }
        closeSpareSegments()
    }

    func beginSegment(at base: Offset) throws(StorageError) -> Segment {
        let segment = Segment(baseOffset: base, in: directory)
        _ = try segment.openFile(creating: true)
        durability.createdSegment()
        segments.append(segment)
        return segment
    }

    /// Reserves space ahead of the log end when the partition is fast enough to profit.
    func preallocate(_ segment: Segment, _ file: File) {
        guard configuration.preallocates else { return }
        let space = segment.preallocation ?? Preallocation()
        segment.preallocation = space
        guard !space.isPending else { return }
        let range = pace.request(
            size: segment.size, allocatedEnd: space.allocatedEnd, limit: configuration.segmentBytes, now: MonotonicClock.now)
        guard let range else { return }
        space.begin()
        dataDirectory.reserver.enqueue { [dataDirectory] in
            // What is kept free is not for what may be written later. No second try: this segment goes on without.
            guard dataDirectory.freeBytes(lackingFor: range.count) == nil else { return dataDirectory.checkSpace() }
            if space.reserve(range, of: file) { dataDirectory.spend(range.count) }
            dataDirectory.checkSpace()
        }
    }

    /// Lets go of the files of sealed segments that are not read at many places. They open again when they are read.
    func closeOldSegments() {
        for segment in segments.dropLast() where !segment.isReadAtManyPlaces { segment.release() }
    }

    /// Ends the log: cut to its end, with complete indexes and a snapshot. The background threads have no job of it left.
    ///
    /// - Returns: what is left to be forced; nil when there is nothing.
    func cutForClose() throws(StorageError) -> SealJob? {
        adopt()
        guard fault == nil, !directory.isDeleted, isDirty, let active = segments.last else { return nil }
        let snapshot = ProducerSnapshot.encode(producers.remembered())
        try active.sealIndexes()
        let file = try active.openFile()
        durability.sealed(active.baseOffset, file, indexes: active.indexKinds, at: endMark(of: active))
        let job = SealJob(segment: active, end: endMark(of: active), file: file, snapshot: snapshot)
        try job.cut()
        return job
    }

    /// Everything is on the disk.
    func closed() throws(StorageError) {
        if let failure = durability.failure { throw fence(failure) }
        durability.closed(at: logEndOffset)
        for segment in segments { segment.release() }
        isDirty = false
    }
}

/// The slow half of sealing a segment.
struct SealJob: Sendable {
    private let directory: LogDirectory
    private let end: LogMark
    private let file: File
    private let snapshot: [UInt8]
    private let space: Preallocation?
    /// How often the log had been cut when this was made.
    private let cuts: Int
    /// Behind the segment's last record.
    var endOffset: Offset { end.offset }

    init(segment: Segment, end: LogMark, file: File, snapshot: [UInt8]) {
        directory = segment.directory
        self.end = end
        self.file = file
        self.snapshot = snapshot
        space = segment.preallocation
        cuts = segment.directory.cutGate.cuts
    }

    /// `cut`, and the directory forced: a later segment must not outlive an earlier one's name. A failure takes the log
    /// out of service.
    func cut(_ durability: LogDurability) {
        do throws(StorageError) {
            try cut()
            try directory.guarded { () throws(SystemError) in
                try directory.fileSystem.synchronizeDirectory(directory.path)
            }
        } catch {
            if case .io(let failure) = error { durability.fail(failure) }
        }
    }

    /// Cuts what was reserved and not used, writes the snapshot.
    func cut() throws(StorageError) {
        space?.seal()
        let snapshotFile = try open(end.offset, .snapshot, .createEmpty)
        try io { () throws(SystemError) in
            try file.truncate(to: Int64(end.position))
            try write(snapshot, to: snapshotFile)
        }
    }

    /// Forces the snapshot, then the sealed segments up to this one with their indexes, and the directory. The recovery
    /// point moves only when all of it is on the disk; a failure takes the log out of service.
    func force(_ durability: LogDurability) {
        do throws(StorageError) {
            let file = try open(end.offset, .snapshot, .readWrite)
            try io { () throws(SystemError) in try file.synchronizeData() }
        } catch {
            // Retention took the segment and this snapshot away meanwhile, or compaction did, of what a group commit had forced,
            // or a cut did.
            let isCut = directory.cutGate.cuts != cuts
            let isNeeded = !isCut && end.offset >= durability.logStartOffset && end.offset > durability.recoveryPoint
            if case .io(let failure) = error, !failure.isMissing || isNeeded { durability.fail(failure) }
            // What stands below the cut has jobs of its own.
            if isCut { return }
        }
        durability.createdSegment()
        durability.flushSealed(upTo: end.offset)
    }

    /// Not held over the writes and fsyncs: a loop that rolls goes through the same door.
    private func open(_ base: Offset, _ kind: SegmentNaming.Kind, _ access: FileAccess) throws(StorageError) -> File {
        try directory.guarded { () throws(SystemError) in
            try directory.fileSystem.file(directory.path(base, kind), access)
        }
    }

    private func write(_ bytes: [UInt8], to file: File) throws(SystemError) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        try file.write(UnsafeRawBufferPointer(memory), at: 0)
    }
}
