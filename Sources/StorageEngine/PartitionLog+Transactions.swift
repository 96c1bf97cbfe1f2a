// Transactions as a partition sees them: their markers go in like batches, and readers of committed records learn where
// they may read and what they pass over.
internal import Host
package import Records
package import Vocabulary

extension PartitionLog {
    /// Stages the end of a producer's transaction, as its coordinator decided it. A marker that ends nothing here is
    /// written all the same: it fences the producer's older epochs.
    ///
    /// - Parameter timestampMilliseconds: since 1970, the marker's record time.
    /// - Throws: `.producerFenced`, `.coordinatorFenced`, `.directoryFull`, `.fenced`, `.deleted`. Nothing is staged then.
    package func stage(_ marker: EndTransactionMarker, timestampMilliseconds: Int64) throws(StorageError) -> Staged {
        checkOwner()
        try checkService()
        try producers.check(marker)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: ControlBatch.size, alignment: 16)
        stagedMarkers.append(memory)
        ControlBatch.write(marker, timestampMilliseconds: timestampMilliseconds, into: memory)
        let offset = stagedEndOffset
        producers.stage(marker, at: offset, timestamp: timestampMilliseconds, index: stagedCount)
        MutableBatch(memory).assign(baseOffset: offset, leaderEpoch: leaderEpoch)
        gather(memory)
        stagedEndOffset = offset &+ 1
        return Staged(baseOffset: offset, nextOffset: stagedEndOffset, isDuplicate: false)
    }

    /// Read-committed consumers see what lies below it: the high watermark, or where the first transaction begins that
    /// is open or that ended at or above the high watermark.
    package var lastStableOffset: Offset {
        guard let first = producers.transactions.firstOffset else { return highWatermark }
        return min(highWatermark, max(first, logStartOffset))
    }

    /// The open transaction of a producer; nil when it has none here. Staged batches and markers count.
    package func ongoingTransaction(of producer: ProducerID) -> OngoingTransaction? {
        checkOwner()
        return producers.ongoingTransaction(of: producer)
    }

    /// The sequence with which a producer's next batch begins, staged ones included: 0 for one that is new here, or that comes
    /// with another epoch.
    package func nextSequence(of producer: ProducerID, epoch: ProducerEpoch) -> Int32 {
        checkOwner()
        return producers.nextSequence(of: producer, epoch: epoch)
    }

    /// The aborted transactions that have records in `from..<upTo`, by the offset of their markers. There may be some
    /// whose records there are other producers'. Complete as long as `upTo` is at most `lastStableOffset`.
    ///
    /// - Throws: `.corrupt`, `.io`, `.deleted`.
    /// - Complexity: O(segments from `from` on) in memory, and O(log n) small reads in those that have aborted transactions.
    package func abortedTransactions(from: Offset, upTo: Offset) throws(StorageError) -> [AbortedTransaction] {
        checkOwner()
        if directory.isDeleted { throw .deleted }
        var found: [AbortedTransaction] = []
        guard from < upTo else { return found }
        for index in max(0, segmentIndex(containing: from))..<max(0, segments.count) {
            let segment = segments[index]
            if segment.transactionIndex.count == 0 { continue }
            let isLast = try segment.transactionIndex.collect(from: from, upTo: upTo, into: &found, scratch: scratch)
            if isLast { break }
        }
        return found
    }

    /// Reads the producers anew from the newest whole snapshot and the log behind it, and makes the last segment's
    /// transaction index anew. For a log that was cut at its end.
    ///
    /// - Precondition: nothing is staged, and `segments` and `logEndOffset` say what is left.
    /// - Throws: `.corrupt`, `.io`.
    func reloadProducers() throws(StorageError) {
        precondition(stagedCount == 0, "producers are read anew under staged batches")
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: StorageLimits.scanWindowBytes, alignment: 16)
        defer { memory.deallocate() }
        let names = try io { () throws(SystemError) in try directory.fileSystem.list(directory.path) }
        let snapshots = names.compactMap(SegmentNaming.parse).filter { $0.kind == .snapshot }.map(\.base)
        var replay = ProducerReplay(directory: directory, segments: segments, scratch: memory)
        if let last = segments.last, last.transactionIndex.isNeeded { replay.rebuilding = [last.baseOffset] }
        try replay.run(producers, snapshots: snapshots)
        producers.noteRestored()
        producers.transactions.settle(below: highWatermark)
        try io { () throws(SystemError) in try directory.fileSystem.synchronizeDirectory(directory.path) }
    }
}
