// Brings a partition's producers to the end of its log: the newest whole snapshot, then the batches behind it. On the
// way it makes the transaction indexes anew that are not to be trusted.
internal import Host
internal import Records
internal import Vocabulary

struct ProducerReplay {
    struct Outcome: Equatable {
        /// Where the snapshot was taken that the replay began with.
        var snapshotOffset: Offset?
        var batchesReplayed = 0
        var indexesRebuilt = 0
        /// Snapshots that were there and are no good, and markers that can't be read, by name and why.
        var complaints: [String] = []
        /// Lines of the recovery table.
        var rows: [RecoveryTable.Row] = []
    }

    private let directory: LogDirectory
    private let segments: [Segment]
    private let scratch: UnsafeMutableRawBufferPointer
    /// Base offsets of the segments whose transaction index is made anew.
    var rebuilding: Set<Offset> = []
    private(set) var outcome = Outcome()

    /// - Parameter scratch: memory to read into, a batch header at least.
    init(directory: LogDirectory, segments: [Segment], scratch: UnsafeMutableRawBufferPointer) {
        self.directory = directory
        self.segments = segments
        self.scratch = scratch
    }

    /// Replaces what `producers` holds.
    ///
    /// - Parameter snapshots: offsets of the snapshot files there are. Those above the log's end are removed, as the
    ///   log may reach their offsets again with other batches; so are damaged ones, and those that were taken where no
    ///   segment begins (by a close, or before compaction merged segments) when there is a newer one.
    mutating func run(_ producers: ProducerState, snapshots: [Offset]) throws(StorageError) {
        let end = segments.last?.nextOffset ?? 0
        let start = segments.first?.baseOffset ?? 0
        for offset in snapshots where offset > end {
            outcome.rows.append(.snapshotAhead)
            try remove(offset)
        }
        producers.removeAll()
        // An index is made from its segment's first batch on, so the producers have to be known as of there.
        let latest = min(end, rebuilding.min() ?? end)
        for offset in snapshots.filter({ start...max(start, latest) ~= $0 }).sorted(by: >) {
            guard let remembered = try load(offset) else { continue }
            producers.restore(remembered)
            outcome.snapshotOffset = offset
            break
        }
        let bases = Set(segments.map(\.baseOffset))
        for offset in snapshots where offset < outcome.snapshotOffset ?? start && !bases.contains(offset) { try remove(offset) }
        for segment in segments where rebuilding.contains(segment.baseOffset) {
            // The last segment's is made when it is needed.
            try segment.transactionIndex.restart(makesFile: segment !== segments.last)
        }
        let decision = RecoveryTable.decision(snapshot: outcome.snapshotOffset, logEnd: end)
        outcome.rows.append(RecoveryTable.row(decision))
        if decision != .load {
            try replay(producers, from: outcome.snapshotOffset ?? start)
        }
    }

    private mutating func load(_ offset: Offset) throws(StorageError) -> [ProducerState.Remembered]? {
        let path = directory.path(offset, .snapshot)
        guard let bytes = try io({ [directory] () throws(SystemError) in try directory.fileSystem.contents(of: path) }) else { return nil }
        do throws(SnapshotFault) { return try ProducerSnapshot.decode(bytes) } catch {
            outcome.complaints.append("\(SegmentNaming.name(offset, .snapshot)): \(error)")
            outcome.rows.append(.snapshotDamaged)
            try remove(offset)
            return nil
        }
    }

    private func remove(_ offset: Offset) throws(StorageError) {
        try io { () throws(SystemError) in try directory.fileSystem.removeFile(directory.path(offset, .snapshot)) }
    }

    private mutating func replay(_ producers: ProducerState, from start: Offset) throws(StorageError) {
        for segment in segments where segment.nextOffset > start && segment.size > 0 {
            let isRebuilt = rebuilding.contains(segment.baseOffset)
            var walk = HeaderWalk(try segment.openFile(), from: 0, to: segment.size, scratch: scratch)
            while let batch = try walk.header() {
                if batch.baseOffset >= start {
                    try replay(batch, at: walk.position, of: segment, producers)
                    let aborted = producers.takeAborted()
                    if isRebuilt { for transaction in aborted { try segment.transactionIndex.append(transaction) } }
                    outcome.batchesReplayed += 1
                }
                walk.advance(over: batch)
            }
            if isRebuilt { outcome.indexesRebuilt += 1 }
            segment.release()
        }
    }

    private mutating func replay(
        _ batch: BatchView, at position: Int, of segment: Segment, _ producers: ProducerState
    ) throws(StorageError) {
        guard batch.isControl else { return producers.replay(batch) }
        let (offset, timestamp) = (batch.baseOffset, batch.maxTimestamp)
        guard let marker = try marker(at: position, size: batch.size, of: segment) else { return }
        producers.replay(marker, at: offset, timestamp: timestamp)
    }

    /// The marker, read whole and checked: a wrong one would show records that were taken back.
    private mutating func marker(at position: Int, size: Int, of segment: Segment) throws(StorageError) -> EndTransactionMarker? {
        let file = try segment.openFile()
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { memory.deallocate() }
        let count = try io { () throws(SystemError) in try file.read(into: memory, at: Int64(position)) }
        do {
            let batch = try BatchValidation.stored(UnsafeRawBufferPointer(rebasing: memory[..<count]))
            return try ControlBatch.marker(of: batch)
        } catch {
            outcome.complaints.append(
                "\(SegmentNaming.name(segment.baseOffset, .log)) at byte \(position): marker can't be read: \(error)")
            return nil
        }
    }
}
