// One compaction of one log, on the cleaner's thread: keys of the dirty part into the map, then every segment up to where
// the map ends is copied without the records that the map knows newer ones of.
//
//   map      dirty segments, oldest first, until they end or the map is full
//   copy     a group of segments → `.cleaned` files → forced, renamed to `.swap`        ReplacementWriter
//   swap     the owner puts the replacement into its list                               PartitionLog.replace
//   settle   the replaced files go, `.swap` files get their names                       Replacement
//
// Offsets never change. Every replacement ends where the next segment begins, with an empty batch if need be, so that a
// log without indexes and checkpoints is still seen to be without a hole.
internal import Host
internal import Records
internal import Vocabulary

final class CompactionPass {
    /// What a pass needs of the world.
    struct Surroundings {
        let io: CompactionIO
        let hasher: KeyHasher
        let mapLimitBytes: Int
        /// Milliseconds since 1970.
        let now: Int64
        /// The free bytes of the disk when it should not take so many more, else nil.
        let freeBytesLacking: (Int) -> Int64?
        let context: CompactionContext
        /// Has the owner put a replacement into its list. False when the log is not as it was.
        let swap: ([SegmentFacts], Segment) -> Bool
        /// Has files out of service unlinked, and lets go of one that has lost its name.
        let remove: ([String], File) -> Void
    }

    private let view: CompactionView
    private let plan: CompactionPlan
    private let world: Surroundings
    private let reader: BatchReader
    private let keys = RecordKeys()
    private let filter = BatchFilter()
    private let map: KeyMap
    private let ahead = KeyBatch()
    private(set) var report: CompactionReport
    /// Behind the last batch whose keys are in the map.
    private var mapEnd: Offset
    private var transactions: CompactedTransactions

    init(_ view: CompactionView, _ plan: CompactionPlan, _ world: Surroundings) {
        self.view = view
        self.plan = plan
        self.world = world
        reader = BatchReader(world.io)
        map = KeyMap(limitBytes: world.mapLimitBytes)
        report = CompactionReport(partition: view.partition, firstDirty: plan.firstDirtyOffset)
        mapEnd = plan.firstDirtyOffset
        transactions = CompactedTransactions(aborted: world.context.aborted)
    }

    /// Does all of it, or as much as goes well: `report` says where the dirty part begins now.
    func run() {
        let start = MonotonicClock.now()
        let (readBefore, writtenBefore, waitedBefore) = (world.io.bytesRead, world.io.bytesWritten, world.io.throttledNanoseconds)
        do throws(StorageError) {
            try buildMap()
            report.mapNanoseconds = MonotonicClock.now() - start
            if mapEnd > plan.firstDirtyOffset, try copy(), !isCut { report.firstDirtyAfter = mapEnd }
        } catch {
            // Segments that were cut under its hands are no damage.
            if !isCut { report.failure = error }
        }
        report.copyNanoseconds = MonotonicClock.now() - start - report.mapNanoseconds
        report.bytesRead = world.io.bytesRead - readBefore
        report.bytesWritten = world.io.bytesWritten - writtenBefore
        report.throttledNanoseconds = world.io.throttledNanoseconds - waitedBefore
        (report.mapKeys, report.mapBytes, report.mapFill) = (map.count, map.bytes, Double(map.count) / Double(map.capacity))
    }

    private var isCut: Bool { view.directory.cutGate.cuts != view.cuts }

    // MARK: Map

    private func buildMap() throws(StorageError) {
        let dirty = view.sealed.filter { $0.nextOffset > plan.firstDirtyOffset && $0.base < plan.endOffset }
        var seen = CompactedTransactions(aborted: world.context.aborted)
        for segment in dirty {
            guard try begin(segment) else { return }
            while let batch = try reader.next() {
                if world.io.isStopping { return }
                guard try take(batch, &seen) else {
                    report.isMapFull = true
                    return
                }
                mapEnd = max(mapEnd, batch.nextOffset)
            }
        }
    }

    /// Puts the batch's keys into the map; false when it is full and the batch has to wait for the next pass.
    private func take(_ batch: BatchView, _ seen: inout CompactedTransactions) throws(StorageError) -> Bool {
        if batch.isControl {
            if let marker = try marker(of: batch) {
                _ = seen.end(marker.outcome, producer: batch.producerID, lastOffset: batch.nextOffset - 1)
            }
            return true
        }
        if seen.isAborted(producer: batch.producerID, isTransactional: batch.isTransactional, lastOffset: batch.nextOffset - 1) {
            return true
        }
        ahead.removeAll()
        try walk(batch) { [ahead, map, hasher = world.hasher, first = plan.firstDirtyOffset] record in
            if record.offset >= first { ahead.append(record, hasher, map) }
        }
        let isWhole = ahead.put(into: map)
        // A batch of more keys than the map holds: those that are missing are kept wherever they stand.
        return isWhole || mapEnd == plan.firstDirtyOffset
    }

    private func walk(_ batch: BatchView, _ body: (RecordKey) -> Void) throws(StorageError) {
        if batch.recordCount == 0 { return }
        do throws(RecordWalkError) {
            try keys.forEach(in: batch) { record in
                body(record)
                return true
            }
        } catch { throw damaged(batch, error.recordError) }
    }

    private func begin(_ segment: SegmentFacts) throws(StorageError) -> Bool {
        if world.io.isStopping { return false }
        reader.begin(try SegmentFiles(segment.base, in: view.directory).open(.log, .read), size: segment.size, headersCrc: segment.headersCrc)
        return true
    }

    private func damaged(_ batch: BatchView, _ error: RecordError) -> StorageError {
        .corrupt(path: view.directory.path, position: Int64(reader.position - batch.size), error)
    }

    private func marker(of batch: BatchView) throws(StorageError) -> EndTransactionMarker? {
        do { return try ControlBatch.marker(of: batch) } catch { throw damaged(batch, error) }
    }

    // MARK: Copy

    /// Replaces the segments below the map's end, group by group; false when it stopped before the last.
    private func copy() throws(StorageError) -> Bool {
        let segments = view.sealed.filter { $0.base < mapEnd }
        for group in CompactionPlan.groups(segments, view.configuration) {
            guard try replace(group) else { return false }
        }
        return true
    }

    private func replace(_ group: [SegmentFacts]) throws(StorageError) -> Bool {
        let size = group.reduce(0) { $0 + $1.size }
        if let free = world.freeBytesLacking(size) { throw .directoryFull(view.directory.path, freeBytes: free) }
        let writer = try ReplacementWriter(group[0].base, in: view.directory, view.configuration, world.io)
        var isInPlace = false
        defer { if !isInPlace { writer.abandon() } }
        var hasChanged = group.count > 1
        let coldBefore = reader.coldBytes
        for segment in group {
            guard try begin(segment) else { return false }
            while let batch = try reader.next() {
                if world.io.isStopping { return false }
                if try copy(batch, to: writer, isLast: batch.nextOffset == group.last!.nextOffset) { hasChanged = true }
            }
        }
        report.bytesBefore += Int64(size)
        report.bytesAfter += Int64(hasChanged ? writer.segment.size : size)
        guard hasChanged else { return true }
        guard writer.segment.nextOffset == group.last!.nextOffset else {
            throw .corrupt(path: view.directory.path, position: Int64(size), .truncated(needed: 1, available: 0))
        }
        // It is as likely to be fetched as what it replaces was.
        guard try writer.finish(isCold: (reader.coldBytes - coldBefore) * 2 > size, asOf: view.cuts) else { return false }
        let replacement = Replacement(sources: group, files: writer.segment.files)
        guard world.swap(group, writer.segment) else { return false }
        isInPlace = true
        do throws(StorageError) { try replacement.settle(world.remove) } catch {
            view.directory.cutGate.endSwap(error)
            throw error
        }
        view.directory.cutGate.endSwap(nil)
        report.segmentsReplaced += group.count
        report.segmentsWritten += 1
        return true
    }

    /// Writes what stays of a batch.
    ///
    /// - Returns: whether that is anything else than the batch.
    private func copy(_ batch: BatchView, to writer: ReplacementWriter, isLast: Bool) throws(StorageError) -> Bool {
        report.recordsRead += Int64(batch.recordCount)
        let (rule, keepsNone) = try judge(batch, isLast: isLast, writer)
        if !keepsNone, batch.baseOffset >= mapEnd {
            // The dirty rest of a segment: it is as it was, and no horizon begins for it.
            report.recordsKept += Int64(batch.recordCount)
            try writer.append(batch.bytes)
            return false
        }
        let result = batch.isControl || keepsNone ? try keep(!keepsNone, of: batch, rule) : try compact(batch, rule)
        switch result {
        case .unchanged:
            report.recordsKept += Int64(batch.recordCount)
            try writer.append(batch.bytes)
            return false
        case .rewritten(let bytes, let count):
            report.recordsKept += Int64(count)
            try writer.append(bytes)
        case .emptied(let bytes): try writer.append(bytes)
        case .dropped: break
        }
        return true
    }

    private func keep(_ all: Bool, of batch: BatchView, _ rule: BatchRule) throws(StorageError) -> FilteredBatch {
        do throws(RecordWalkError) { return try filter.filter(batch, rule) { _ in all } } catch {
            throw damaged(batch, error.recordError)
        }
    }

    /// What stays of a batch of which each record may have a newer one.
    private func compact(_ batch: BatchView, _ rule: BatchRule) throws(StorageError) -> FilteredBatch {
        let keepsTombstones = batch.deleteHorizon.map { world.now < $0 } ?? true
        var keyless: Int64 = 0
        defer { report.recordsKeyless += keyless }
        // A compressed batch is decompressed once: its keys are looked up as they come.
        let isAhead = batch.codec == CompressionCodec.none
        ahead.removeAll()
        if isAhead { try walk(batch) { [ahead, map, hasher = world.hasher] record in ahead.append(record, hasher, map) } }
        var index = 0
        do throws(RecordWalkError) {
            return try filter.filter(batch, rule) { [ahead, map, hasher = world.hasher] record in
                defer { index &+= 1 }
                guard let key = record.key else {
                    keyless += 1
                    return false
                }
                let newest = isAhead ? ahead.newest(index, in: map) : map.newest(hasher.hash(key))
                if let newest, record.offset < newest { return false }
                return !record.isTombstone || keepsTombstones
            }
        } catch { throw damaged(batch, error.recordError) }
    }

    /// What becomes of a batch whatever its records are.
    private func judge(
        _ batch: BatchView, isLast: Bool, _ writer: ReplacementWriter
    ) throws(StorageError) -> (BatchRule, keepsNone: Bool) {
        let lastOffset = batch.nextOffset - 1
        let ends = batch.hasProducer ? world.context.producers[batch.producerID] : nil
        var rule = BatchRule(
            keepsEmpty: isLast || ends?.data == lastOffset,
            newDeleteHorizon: world.now.adding(view.configuration.compaction.deleteRetentionMilliseconds))
        guard batch.isControl else {
            let isAborted = transactions.isAborted(
                producer: batch.producerID, isTransactional: batch.isTransactional, lastOffset: lastOffset)
            return (rule, isAborted)
        }
        guard let marker = try marker(of: batch) else { return (rule, false) }
        switch transactions.end(marker.outcome, producer: batch.producerID, lastOffset: lastOffset) {
        case .committed: break
        case .aborted(let transaction): try writer.segment.transactionIndex.append(transaction)
        case .withoutData: rule.stampsMarkers = true
        }
        // The newest of a producer tells its epoch and its coordinator's: an empty one would not.
        let isPast = rule.stampsMarkers && ends?.newest != lastOffset && (batch.deleteHorizon.map { $0 <= world.now } ?? false)
        return (rule, isPast)
    }
}

extension Int64 {
    /// The sum, or the largest number where it has none.
    fileprivate func adding(_ other: Int64) -> Int64 {
        let (value, overflow) = addingReportingOverflow(other)
        return overflow ? .max : value
    }
}
