// Opens one partition's log as RecoveryTable says. Everything it changes on disk it could change again: a crash
// during recovery leaves a case of the same table.
internal import Host
internal import Records
internal import Vocabulary

struct LogLoader {
    private let partition: TopicPartition
    private let topicID: TopicID
    private let configuration: LogConfiguration
    let directory: LogDirectory
    let dataDirectory: DataDirectory
    private let cleanMark: Bool
    private let recoveryPoint: Offset
    private let forces: Bool
    private let mayHaveGaps: Bool
    let scratch: UnsafeMutableRawBufferPointer
    var report: RecoveryReport
    var segments: [Segment] = []
    private var snapshots: [Offset] = []
    private var transactionIndexes: Set<Offset> = []
    /// Segments whose transaction index is made anew.
    private var rebuilding: Set<Offset> = []
    /// Whether the segment that was read last ends transactions.
    private var hasMarkers = false
    var isDirty = false
    let savedStart: RecoveryTable.SavedStart
    var logStart: Offset
    var epochs = LeaderEpochs()
    /// Whether a scanned batch has an epoch that the file does not know there.
    var hasNewEpochs = false

    /// - Parameters:
    ///   - savedStart: where the log began when that was last written down.
    ///   - forces: whether what was found is forced to the disk here; else the caller does, before anyone reads it.
    ///   - mayHaveGaps: whether compaction may have taken records out: else each batch begins where the last one ended.
    ///   - scratch: memory to read into, of `StorageLimits.scanWindowBytes`.
    init(
        partition: TopicPartition, topicID: TopicID, configuration: LogConfiguration, path: String,
        dataDirectory: DataDirectory, cleanMark: Bool, recoveryPoint: Offset,
        savedStart: RecoveryTable.SavedStart, forces: Bool, mayHaveGaps: Bool, scratch: UnsafeMutableRawBufferPointer
    ) {
        self.partition = partition
        self.topicID = topicID
        self.configuration = configuration
        self.dataDirectory = dataDirectory
        self.cleanMark = cleanMark
        self.recoveryPoint = recoveryPoint
        self.savedStart = savedStart
        if case .known(let offset) = savedStart { logStart = offset } else { logStart = 0 }
        self.forces = forces
        self.mayHaveGaps = mayHaveGaps
        self.scratch = scratch
        directory = LogDirectory(path: path, fileSystem: dataDirectory.fileSystem)
        report = RecoveryReport(partition: partition)
    }

    /// The log, whole, and what was done to it.
    mutating func load() throws(StorageError) -> (log: PartitionLog, report: RecoveryReport) {
        let start = MonotonicClock.now()
        let bases = try list()
        let epochFile = try LeaderEpochCheckpoint.read(in: directory)
        let savedEpochs = epochFile.epochs ?? LeaderEpochs()
        epochs = savedEpochs
        try loadSegments(bases)
        try settleStart()
        try settleEpochs(epochFile.state, savedEpochs)
        let producers = try loadProducers()
        if epochs != savedEpochs {
            // The recovery point is the log's end from here on: nobody will read these batches for their epochs again.
            try LeaderEpochCheckpoint.write(epochs, in: directory, synchronizes: forces)
        }
        if isDirty, forces {
            // The last run may have died between making a segment's file and forcing its name.
            try io { [self] () throws(SystemError) in try directory.fileSystem.synchronizeDirectory(directory.path) }
        }
        report.segments = segments.count
        report.bytesKept = segments.reduce(0) { $0 + Int64($1.size) }
        for segment in segments { segment.release() }
        report.nanoseconds = MonotonicClock.now() - start
        let log = PartitionLog(
            partition: partition, topicID: topicID, configuration: configuration, directory: directory,
            dataDirectory: dataDirectory, segments: segments, producers: producers,
            // What was found is on the disk by now, so a second crash need not read it again.
            recoveryPoint: end, isDirty: isDirty, logStartOffset: logStart, epochs: epochs)
        return (log, report)
    }

    // MARK: Files

    /// The base offsets that have a log file, ascending. Leftovers without one are removed.
    private mutating func list() throws(StorageError) -> [Offset] {
        var names = try io { [self] () throws(SystemError) in try directory.fileSystem.list(directory.path) }
        var replacements = ReplacementRecovery(directory, scratch: scratch)
        if try replacements.run(names) {
            (report.swapsCompleted, report.swapsUndone) = (replacements.completed, replacements.undone)
            if replacements.completed > 0 { report.count(.swapCompleted) }
            if replacements.undone > 0 { report.count(.swapUndone) }
            names = try io { [self] () throws(SystemError) in try directory.fileSystem.list(directory.path) }
        }
        let parsed = names.compactMap(SegmentNaming.parse)
        let bases = Set(parsed.filter { $0.kind == .log }.map(\.base))
        snapshots = parsed.filter { $0.kind == .snapshot }.map(\.base)
        transactionIndexes = Set(parsed.filter { $0.kind == .transactionIndex }.map(\.base))
        for (base, kind) in parsed where kind != .log && kind != .snapshot && !bases.contains(base) {
            try remove(base, kind)
        }
        return try retire(bases.sorted(), leftover: names.filter { SegmentNaming.parseSuffixed($0)?.suffix == .deleted })
    }

    /// Segments that lie below the log's start were on their way out when the last run ended.
    ///
    /// - Returns: the others.
    private mutating func retire(_ bases: [Offset], leftover: [String]) throws(StorageError) -> [Offset] {
        let count = zip(bases, bases.dropFirst()).prefix { $1 <= logStart }.count
        var names = leftover
        for base in bases[..<count] { names += try directory.retire(base) }
        if count > 0 { report.count(.segmentsRetired) }
        if count > 0 { snapshots.removeAll { bases[..<count].contains($0) } }
        if !names.isEmpty { dataDirectory.removeRetired(directory, names: names) }
        return Array(bases[count...])
    }

    private func remove(_ base: Offset, _ kind: SegmentNaming.Kind) throws(StorageError) {
        try io { () throws(SystemError) in try directory.fileSystem.removeFile(directory.path(base, kind)) }
    }

    // MARK: Segments

    private mutating func loadSegments(_ bases: [Offset]) throws(StorageError) {
        for (index, base) in bases.enumerated() {
            let next = index + 1 < bases.count ? bases[index + 1] : nil
            let segment = Segment(
                SegmentFiles(base, in: directory), hasTransactionIndex: transactionIndexes.contains(base))
            segments.append(segment)
            let indexes = try sealedIndexes(of: segment)
            let row = RecoveryTable.row(
                cleanMark: cleanMark, belowRecoveryPoint: next.map { $0 <= recoveryPoint } ?? false, isLast: next == nil,
                indexes: indexes == nil ? .unusable : .sealed)
            report.count(row)
            switch RecoveryTable.action(row) {
            case .trust:
                if let why = try trust(segment, indexes!, next: next) {
                    report.count(.contradictedSeal)
                    report.complaints.append("\(SegmentNaming.name(base, .log)): \(why)")
                } else {
                    try trustTransactions(of: segment, isExpected: indexes!.seal.hasTransactions)
                    continue
                }
                fallthrough
            case .scan:
                if try scan(segment, next: next, later: Array(bases[(index + 1)...])) { return }
            case .remakeIndexes:
                report.complaints.append("\(SegmentNaming.name(base, .offsetIndex)) or its time index: missing or not as it was sealed")
                if try remake(segment, next: next, later: Array(bases[(index + 1)...])) { return }
            }
        }
    }

    private typealias SealedIndexes = (offsets: SparseIndex, times: SparseIndex, seal: IndexSeal)

    /// Both indexes of a segment; nil when one is missing or not as it was sealed.
    private func sealedIndexes(of segment: Segment) throws(StorageError) -> SealedIndexes? {
        guard let offsets = try SparseIndex.sealed(.offset, of: segment.files, scratch: scratch),
            let times = try SparseIndex.sealed(.time, of: segment.files, scratch: scratch),
            offsets.seal.logBytes == times.seal.logBytes, offsets.seal.headersCrc == times.seal.headersCrc
        else { return nil }
        return (offsets.index, times.index, offsets.seal)
    }

    /// Takes the files as they were sealed.
    ///
    /// - Returns: why not, when the log file contradicts its indexes.
    private mutating func trust(
        _ segment: Segment, _ indexes: SealedIndexes, next: Offset?
    ) throws(StorageError) -> String? {
        let file = try segment.openFile()
        let (found, size) = (Int(try io { () throws(SystemError) in try file.size() }), indexes.seal.logBytes)
        guard found >= size else { return "\(found) bytes, sealed with \(size)" }
        var end = segment.baseOffset
        var firstTimestamp: Int64?
        do {
            var first = HeaderWalk(file, from: 0, to: size, scratch: scratch)
            firstTimestamp = try first.header()?.maxTimestamp
            // The batches behind the last entry are few; of a sealed segment they need not be walked.
            if let next { end = next } else if let walked = try self.end(of: segment, file, indexes) { end = walked } else {
                return "its batches are not where its index says"
            }
        } catch {
            if case .corrupt = error { return "\(error)" }
            throw error
        }
        // Space that was reserved and not used: the crash came between the fsync and the cut. A batch there says that
        // the seal is an older one.
        if found > size {
            guard try isEmpty(file, from: size, to: min(found, size + BatchLayout.headerSize)) else {
                return "a batch at byte \(size), where it was sealed"
            }
            try io { () throws(SystemError) in try file.truncate(to: Int64(size)) }
        }
        segment.trust(
            offsets: indexes.offsets, times: indexes.times, seal: indexes.seal, nextOffset: end, firstTimestamp: firstTimestamp)
        report.segmentsTrusted += 1
        return nil
    }

    private func isEmpty(_ file: File, from start: Int, to end: Int) throws(StorageError) -> Bool {
        let bytes = UnsafeMutableRawBufferPointer(rebasing: scratch[..<(end - start)])
        let count = try io { () throws(SystemError) in try file.read(into: bytes, at: Int64(start)) }
        return bytes[..<count].allSatisfy { $0 == 0 }
    }

    /// The offset behind the last batch, by the headers from the last index entry on; nil when they don't fit it.
    private func end(of segment: Segment, _ file: File, _ indexes: SealedIndexes) throws(StorageError) -> Offset? {
        var end = segment.baseOffset
        let last = indexes.offsets.last
        var walk = HeaderWalk(file, from: last.map { Int($0.value) } ?? 0, to: indexes.seal.logBytes, scratch: scratch)
        if let last, try walk.header()?.nextOffset != segment.baseOffset + last.key + 1 { return nil }
        while let batch = try walk.header() {
            guard batch.baseOffset >= end else { return nil }
            end = batch.nextOffset
            walk.advance(over: batch)
        }
        return end
    }

    /// Makes the indexes anew from a log file whose batches are trusted.
    ///
    /// - Returns: whether it is the last segment that is kept.
    private mutating func remake(_ segment: Segment, next: Offset?, later: [Offset]) throws(StorageError) -> Bool {
        let result = try read(segment, verifiedFrom: .max)
        guard result.tail == .whole, next ?? segment.nextOffset == segment.nextOffset else {
            rebuilding.insert(segment.baseOffset)
            return try settle(segment, result, next: next, later: later)
        }
        try trustTransactions(of: segment, isExpected: hasMarkers)
        if next != nil { try sealPositions(of: segment) }
        try force(segment)
        report.indexesRebuilt += 1
        isDirty = true
        return false
    }

    /// Reads every batch of the segment.
    ///
    /// - Returns: whether it is the last segment that is kept.
    private mutating func scan(_ segment: Segment, next: Offset?, later: [Offset]) throws(StorageError) -> Bool {
        let result = try read(segment, verifiedFrom: cleanMark ? 0 : recoveryPoint)
        let file = transactionIndexes.contains(segment.baseOffset) ? RecoveryTable.TransactionFile.other : .none
        report.count(RecoveryTable.row(isScanned: true, hasMarkers: hasMarkers, file: file))
        if RecoveryTable.decision(isScanned: true, hasMarkers: hasMarkers, file: file) == .rebuild {
            rebuilding.insert(segment.baseOffset)
        }
        report.segmentsScanned += 1
        report.bytesScanned += Int64(result.verified + result.dropped)
        return try settle(segment, result, next: next, later: later)
    }

    private mutating func read(_ segment: Segment, verifiedFrom: Offset) throws(StorageError) -> TailScan.Result {
        try segment.reset()
        var hasMarkers = false
        defer { self.hasMarkers = hasMarkers }
        var scan = try TailScan(try segment.openFile(), buffer: scratch)
        let interval = configuration.indexIntervalBytes
        return try scan.run(base: segment.baseOffset, verifiedFrom: verifiedFrom, mayHaveGaps: mayHaveGaps) { (batch) throws(StorageError) in
            if batch.isControl { hasMarkers = true }
            try segment.append(batch, indexInterval: interval)
            if epochs.assign(batch.leaderEpoch, at: batch.baseOffset) { hasNewEpochs = true }
        }
    }

    /// Cuts and deletes as the table says. True when later segments went.
    private mutating func settle(
        _ segment: Segment, _ result: TailScan.Result, next: Offset?, later: [Offset]
    ) throws(StorageError) -> Bool {
        let continuation: RecoveryTable.Continuation =
            next.map { $0 == segment.nextOffset ? .continues : .elsewhere } ?? .ends
        let decision = RecoveryTable.decision(tail: result.tail, then: continuation)
        report.count(RecoveryTable.row(tail: result.tail, then: continuation))
        isDirty = true
        if decision.isDamage { note(segment, result, next: next) }
        if decision.deletesLater { for base in later.reversed() { try drop(base) } }
        if decision.cuts {
            let file = try segment.openFile()
            try io { () throws(SystemError) in try file.truncate(to: Int64(segment.size)) }
        }
        if next != nil, !decision.deletesLater { try sealPositions(of: segment) }
        try force(segment)
        return decision.deletesLater
    }

    /// The seals say whether there is a transaction index: one that is made anew has an empty file until it is.
    private func sealPositions(of segment: Segment) throws(StorageError) {
        if rebuilding.contains(segment.baseOffset) { try segment.transactionIndex.restart(makesFile: true) }
        try segment.sealPositions()
    }

    /// What was found is on the disk before anyone reads it: a second crash must not take away what a consumer saw. So are
    /// its indexes, emptied ones too: one that was sealed in an earlier life of the segment must not come back.
    private func force(_ segment: Segment) throws(StorageError) {
        guard forces else { return }
        if segment.size > 0 {
            let file = try segment.openFile()
            try io { () throws(SystemError) in try file.synchronizeData() }
        }
        for kind in [SegmentNaming.Kind.offsetIndex, .timeIndex] {
            let file = try segment.files.open(kind, .create)
            try io { () throws(SystemError) in try file.synchronizeData() }
        }
    }

    private mutating func note(_ segment: Segment, _ result: TailScan.Result, next: Offset?) {
        report.bytesDropped += Int64(result.dropped)
        let place = "\(SegmentNaming.name(segment.baseOffset, .log)) at byte \(result.kept)"
        let why = result.fault.map { "\($0)" } ?? "the next segment starts at \(next ?? 0), not at \(segment.nextOffset)"
        report.reason = report.reason ?? "\(place): \(why)"
    }

    private mutating func drop(_ base: Offset) throws(StorageError) {
        let path = directory.path(base, .log)
        let size = try io { [self] () throws(SystemError) in try directory.fileSystem.file(path, .read).size() }
        report.bytesDropped += size
        if transactionIndexes.contains(base) { try remove(base, .transactionIndex) }
        for kind in [SegmentNaming.Kind.offsetIndex, .timeIndex, .log] { try remove(base, kind) }
        try io { [self] () throws(SystemError) in try directory.fileSystem.synchronizeDirectory(directory.path) }
    }

    // MARK: Producers

    /// Takes up the transaction index of a segment whose batches are trusted.
    ///
    /// - Parameter isExpected: whether there has to be one.
    private mutating func trustTransactions(of segment: Segment, isExpected: Bool) throws(StorageError) {
        let isThere = transactionIndexes.contains(segment.baseOffset)
        var file = isThere || isExpected ? RecoveryTable.TransactionFile.other : .none
        let offsets = segment.baseOffset..<segment.nextOffset
        if isThere, try segment.transactionIndex.trust(offsets, logBytes: segment.size, scratch: scratch) { file = .sealed }
        report.count(RecoveryTable.row(isScanned: false, hasMarkers: false, file: file))
        guard RecoveryTable.decision(isScanned: false, hasMarkers: false, file: file) == .rebuild else { return }
        rebuilding.insert(segment.baseOffset)
        isDirty = true
        report.complaints.append("\(SegmentNaming.name(segment.baseOffset, .transactionIndex)): \(isThere ? "not as it was sealed" : "missing")")
    }

    private mutating func loadProducers() throws(StorageError) -> ProducerState {
        let producers = ProducerState()
        var replay = ProducerReplay(directory: directory, segments: segments, scratch: scratch)
        replay.rebuilding = rebuilding
        try replay.run(producers, snapshots: snapshots)
        report.snapshotOffset = replay.outcome.snapshotOffset
        report.batchesReplayed = replay.outcome.batchesReplayed
        for row in replay.outcome.rows { report.count(row) }
        report.transactionIndexesRebuilt = replay.outcome.indexesRebuilt
        report.complaints += replay.outcome.complaints
        for segment in segments where rebuilding.contains(segment.baseOffset) { try sealTransactions(of: segment) }
        return producers
    }

    /// Not before the replay, so that a crash in between leaves a file that is not taken for a whole one.
    private func sealTransactions(of segment: Segment) throws(StorageError) {
        if segment !== segments.last { try segment.transactionIndex.seal(logBytes: segment.size) }
        guard forces, segment.transactionIndex.hasFile else { return }
        try io { () throws(SystemError) in
            let path = directory.path(segment.baseOffset, .transactionIndex)
            try directory.fileSystem.file(path, .readWrite).synchronizeData()
        }
    }
}
