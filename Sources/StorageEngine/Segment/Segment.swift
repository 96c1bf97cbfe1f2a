// One file of batches and its indexes.
internal import Bytes
internal import Host
internal import Records
internal import Vocabulary

/// A segment of a log. The last of a log is active: it grows, and its newest index entries are in memory only.
final class Segment {
    let files: SegmentFiles
    var baseOffset: Offset { files.base }
    var directory: LogDirectory { files.directory }
    /// Bytes of whole batches. The file may be longer by what is preallocated.
    private(set) var size: Int
    /// The offset behind the last record.
    private(set) var nextOffset: Offset
    /// The maximum timestamp of the first batch: where the span of record time begins.
    private(set) var firstTimestamp: Int64?
    private(set) var largestTimestamp: Int64?
    /// The last offset of the first batch that has the largest timestamp.
    private var largestTimestampOffset: Offset
    /// CRC-32C of what the batches' own checksums leave out, for the seals.
    private(set) var headersCrc: UInt32 = 0
    private(set) var offsetIndex: SparseIndex
    private(set) var timeIndex: SparseIndex
    /// Aborted transactions whose markers stand in this segment.
    let transactionIndex: TransactionIndex
    private var lastTimeEntry: Int64?
    private var bytesSinceIndexEntry = 0
    private var file: File?
    /// The offset index in memory, of a segment that is read at many places.
    private(set) var positions: PositionMap?
    private var lookups = 0
    /// Where the last batch ends that the offset index knows; nil when it is not known.
    private var indexedEnd: Int?
    /// The space ahead of the log end that is reserved, of an active segment that is written to.
    var preallocation: Preallocation?

    /// An empty segment. Touches no file.
    convenience init(baseOffset: Offset, in directory: LogDirectory) {
        self.init(SegmentFiles(baseOffset, in: directory))
    }

    /// An empty segment of these files. Touches none of them.
    ///
    /// - Parameter hasTransactionIndex: whether a file of that kind is there.
    init(_ files: SegmentFiles, hasTransactionIndex: Bool = false) {
        self.files = files
        size = 0
        nextOffset = files.base
        largestTimestampOffset = files.base
        offsetIndex = SparseIndex(.offset, of: files)
        timeIndex = SparseIndex(.time, of: files)
        transactionIndex = TransactionIndex(files, hasFile: hasTransactionIndex)
    }

    /// Whether both indexes are below `maximumBytes` by at least one entry, with the time index keeping one slot
    /// back for the entry that sealing adds.
    func indexesHaveRoom(forBatches batches: Int = 1, maximumBytes: Int) -> Bool {
        offsetIndex.count &+ batches <= maximumBytes / SparseIndex.Kind.offset.rawValue
            && timeIndex.count &+ batches < maximumBytes / SparseIndex.Kind.time.rawValue
    }

    /// Takes up a batch that stands at the end of the file.
    func append(_ batch: BatchView, indexInterval: Int) throws(StorageError) {
        let lastOffset = batch.nextOffset &- 1
        let maxTimestamp = batch.maxTimestamp
        if firstTimestamp == nil { firstTimestamp = maxTimestamp }
        if maxTimestamp > largestTimestamp ?? Int64.min {
            largestTimestamp = maxTimestamp
            largestTimestampOffset = lastOffset
        }
        if bytesSinceIndexEntry > indexInterval {
            let entry = SparseIndex.Entry(key: lastOffset &- baseOffset, value: Int32(truncatingIfNeeded: size))
            try offsetIndex.append(entry)
            try appendTimeEntry()
            bytesSinceIndexEntry = 0
            if let positions, !positions.append(entry, follows: indexedEnd == size) { self.positions = nil }
            indexedEnd = size &+ batch.size
        } else if size == 0 {
            indexedEnd = batch.size
        }
        bytesSinceIndexEntry &+= batch.size
        headersCrc = batch.uncheckedFields(continuing: headersCrc)
        size &+= batch.size
        nextOffset = batch.nextOffset
    }

    private func appendTimeEntry() throws(StorageError) {
        guard let largestTimestamp, largestTimestamp >= 0, largestTimestamp > lastTimeEntry ?? -1 else { return }
        let relative = Int32(truncatingIfNeeded: largestTimestampOffset &- baseOffset)
        try timeIndex.append(.init(key: largestTimestamp, value: relative))
        lastTimeEntry = largestTimestamp
    }

    /// Completes the indexes, so that they describe the whole segment, and lets go of them.
    func sealIndexes() throws(StorageError) {
        try sealPositions()
        try transactionIndex.seal(logBytes: size)
    }

    /// Completes the indexes that are made from the batches' headers.
    func sealPositions() throws(StorageError) {
        try appendTimeEntry()
        for index in [offsetIndex, timeIndex] {
            try index.seal(logBytes: size, headersCrc: headersCrc, hasTransactions: transactionIndex.isNeeded)
        }
    }

    /// The index files that a sealed segment has.
    var indexKinds: [SegmentNaming.Kind] {
        transactionIndex.hasFile ? [.offsetIndex, .timeIndex, .transactionIndex] : [.offsetIndex, .timeIndex]
    }

    /// The `.log` file, opened when it is first needed and created when this is the first append.
    func openFile(creating: Bool = false) throws(StorageError) -> File {
        if let file { return file }
        let opened = try files.open(.log, creating ? .create : .readWrite)
        file = opened
        return opened
    }

    var isOpen: Bool { file != nil }

    /// Whether it is worth keeping open beyond the few that a log has open anyway.
    var isReadAtManyPlaces: Bool { positions != nil }

    /// Lets go of every file and spare memory. Slices that are being sent keep theirs.
    func release() {
        file = nil
        positions = nil
        offsetIndex.release()
        timeIndex.release()
        transactionIndex.release()
    }
}

// MARK: - Lookups

extension Segment {
    /// The offset index in memory, once there were so many lookups that it pays. The index must be verified.
    func positionMap(scratch: UnsafeMutableRawBufferPointer) throws(StorageError) -> PositionMap? {
        if let positions { return positions }
        lookups &+= 1
        guard lookups > StorageLimits.lookupsBeforeMap, size > 0 else { return nil }
        lookups = 0
        var walk = HeaderWalk(try openFile(), from: 0, to: size, scratch: scratch)
        guard let first = try walk.header() else { return nil }
        let last = Int32(truncatingIfNeeded: first.nextOffset &- 1 &- baseOffset)
        guard let map = PositionMap(entries: offsetIndex.count, firstBatchLastOffset: last) else { return nil }
        var fits = true
        try offsetIndex.forEachEntry(scratch: scratch) { fits = fits && map.append($0, follows: false) }
        if fits { positions = map }
        return positions
    }
}

// MARK: - What a start finds

extension Segment {
    /// Forgets everything about the contents, to be told again batch by batch.
    func reset() throws(StorageError) {
        size = 0
        nextOffset = baseOffset
        firstTimestamp = nil
        largestTimestamp = nil
        largestTimestampOffset = baseOffset
        lastTimeEntry = nil
        (bytesSinceIndexEntry, headersCrc) = (0, 0)
        (positions, indexedEnd) = (nil, nil)
        try offsetIndex.removeAll()
        try timeIndex.removeAll()
    }

    /// Takes up what the files say: the indexes as `seal` has them, batches of its bytes before `nextOffset`.
    func trust(offsets: SparseIndex, times: SparseIndex, seal: IndexSeal, nextOffset: Offset, firstTimestamp: Int64?) {
        size = seal.logBytes
        headersCrc = seal.headersCrc
        self.nextOffset = nextOffset
        self.firstTimestamp = firstTimestamp
        offsetIndex = offsets
        timeIndex = times
        if let last = times.last {
            largestTimestamp = last.key
            largestTimestampOffset = baseOffset + Offset(last.value)
            lastTimeEntry = last.key
        }
        bytesSinceIndexEntry = size - Int(offsets.last?.value ?? 0)
        release()
    }

    /// Cuts everything from `position` on, where a batch ends, and forces what is left; makes the indexes anew.
    ///
    /// - Throws: `.corrupt` when the batches can't be followed, `.io`.
    func cut(to position: Int, interval: Int, scratch: UnsafeMutableRawBufferPointer) throws(StorageError) {
        preallocation = nil
        let file = try openFile()
        try io { () throws(SystemError) in
            try file.truncate(to: Int64(position))
            try file.synchronizeData()
        }
        try reset()
        var walk = HeaderWalk(file, from: 0, to: position, scratch: scratch)
        while let batch = try walk.header() {
            try append(batch, indexInterval: interval)
            walk.advance(over: batch)
        }
    }

    /// Makes both indexes anew from the batches, whose headers are read; seals them when `isSealed`.
    ///
    /// - Throws: `.corrupt` when the batches can't be followed. The entries up to there are right, and everything else
    ///   is known as before.
    func remakeIndexes(interval: Int, isSealed: Bool, scratch: UnsafeMutableRawBufferPointer) throws(StorageError) {
        let known = (size, nextOffset, firstTimestamp, largestTimestamp, largestTimestampOffset, headersCrc)
        try reset()
        do throws(StorageError) {
            var walk = HeaderWalk(try openFile(), from: 0, to: known.0, scratch: scratch)
            while let batch = try walk.header() {
                try append(batch, indexInterval: interval)
                walk.advance(over: batch)
            }
            if isSealed { try sealPositions() }
        } catch {
            (size, nextOffset, firstTimestamp, largestTimestamp, largestTimestampOffset, headersCrc) = known
            throw error
        }
    }
}

extension BatchView {
    /// CRC-32C of `seed`'s bytes and those of this batch that its own checksum leaves out, but for magic, which has one
    /// value: base offset, length, leader epoch.
    func uncheckedFields(continuing seed: UInt32) -> UInt32 {
        CRC32C.short(bytes.baseAddress!, count: BatchLayout.magic, continuing: seed)
    }
}
