// The end of the log moves back: what a follower does when its leader never had its last records.
//
// Each step leaves, should the process die behind it, a log that ends where it did or earlier:
//
//   prepared replacements go                   so that the next start puts none in the place of what was cut
//   the recovery point is lowered, durably     so that the next start reads what lies behind it
//   segments are removed, the last one first   a gap makes the next start drop what lies behind it
//   the segment that stays is cut and forced
internal import Host
internal import Records
package import Vocabulary

extension PartitionLog {
    /// Removes every record from `offset` on. A batch that holds it goes whole, so the log may end a little earlier.
    /// Below the log's start, as `truncateFully`. Durable on return. Waits for the disk and for background jobs, and
    /// reads the headers of one segment: nothing for a tick that others wait for.
    ///
    /// - Returns: where the log ends now.
    /// - Throws: `.corrupt` before anything changed; `.fenced`, after which the next start finds the end; `.deleted`.
    /// - Precondition: nothing is staged.
    package func truncate(to offset: Offset) throws(StorageError) -> Offset {
        try checkTruncation()
        guard offset < logEndOffset else { return logEndOffset }
        guard offset >= logStartOffset else {
            try truncateFully(startingAt: max(0, offset))
            return logEndOffset
        }
        let index = segmentIndex(containing: offset)
        let segment = segments[index]
        var walk = HeaderWalk(
            try segment.openFile(), from: try position(of: offset, in: segment), to: segment.size, scratch: scratch)
        let end = min(offset, try walk.header()?.baseOffset ?? offset)
        try fencing { () throws(StorageError) in
            try prepareCut(to: end)
            try removeSegments(behind: index)
            try segment.cut(to: walk.position, interval: configuration.indexIntervalBytes, scratch: scratch)
            try synchronizeDirectory()
            try settleEnd(at: segment.nextOffset)
            // The start was within the batch that went.
            if logStartOffset > logEndOffset { try moveStartBack(to: logEndOffset) }
            try reloadProducers()
        }
        return logEndOffset
    }

    /// Removes every record; the log goes on at `offset`, wherever that is. Durable on return. A crash on the way leaves
    /// the old log or a part of it, or an empty one at its old start or at `offset`.
    ///
    /// - Throws: `.fenced`, after which the next start finds the end; `.deleted`.
    /// - Precondition: nothing is staged.
    package func truncateFully(startingAt offset: Offset) throws(StorageError) {
        precondition(offset >= 0, "a log can't begin at \(offset)")
        try checkTruncation()
        try fencing { () throws(StorageError) in
            try prepareCut(to: min(logStartOffset, offset))
            // An empty log ends where it begins, and until the new start is written down that is the old one.
            try io { [dataDirectory] () throws(SystemError) in try dataDirectory.writeLogStarts() }
            // Those too that wait to be forced: nothing of the old log does any more.
            dataDirectory.forgetSealed(of: durability, endingBehind: -1)
            try removeSnapshots()
            try removeSegments(behind: -1)
            epochs = LeaderEpochs()
            durability.rememberEpochs(epochs)
            try io { [durability] () throws(SystemError) in _ = try durability.writeEpochs(synchronizes: true) }
            try synchronizeDirectory()
            try moveStartBack(to: offset)
            _ = try beginSegment(at: offset)
            try synchronizeDirectory()
            try settleEnd(at: offset)
            try reloadProducers()
        }
    }

    private func checkTruncation() throws(StorageError) {
        checkOwner()
        precondition(stagedCount == 0, "\(partition) is truncated under staged batches")
        if directory.isDeleted { throw .deleted }
        if let fault { throw fault }
    }

    private func fencing(_ body: () throws(StorageError) -> Void) throws(StorageError) {
        do { try body() } catch {
            if case .io(let failure) = error { throw fence(failure) }
            throw error
        }
    }

    /// No background job knows of anything behind `end` from here on, nor does the cleaner or the recovery point.
    private func prepareCut(to end: Offset) throws(StorageError) {
        isDirty = true
        for segment in segments { segment.preallocation?.seal() }
        directory.cutGate.cut()
        // Half moved files can't be cut: which of them a start takes depends on what it finds.
        if let failure = directory.cutGate.failure { throw failure }
        lowestCut = min(lowestCut ?? .max, end)
        // Before the jobs that are under way end, so that none of what waits is begun behind them; then what they put there.
        dataDirectory.forgetSealed(of: durability, endingBehind: end)
        dataDirectory.background.drain()
        // A removed segment whose name is still there may lie above the new end.
        dataDirectory.remover.drain()
        dataDirectory.forgetSealed(of: durability, endingBehind: end)
        durability.truncate(to: end)
        try removeReplacements()
        if let failure = durability.failure { throw fence(failure) }
        try io { [dataDirectory] () throws(SystemError) in try dataDirectory.writeCheckpoint() }
    }

    /// Replacements that the owner has not heard of yet. What is still written under `.cleaned` names counts for nothing.
    private func removeReplacements() throws(StorageError) {
        let names = try io { [directory] () throws(SystemError) in try directory.fileSystem.list(directory.path) }
        let prepared = names.compactMap(SegmentNaming.parseSuffixed).filter { $0.suffix == .swap }
        guard !prepared.isEmpty else { return }
        // Without its `.log` the rest of one counts for nothing.
        for (base, kind, suffix) in prepared.filter({ $0.kind == .log }) + prepared.filter({ $0.kind != .log }) {
            try directory.guarded { () throws(SystemError) in
                try directory.fileSystem.removeFile(directory.path(base, kind, suffix))
            }
        }
        try synchronizeDirectory()
    }

    /// Removes the files of every segment behind the one at `index`, the last one first.
    private func removeSegments(behind index: Int) throws(StorageError) {
        while segments.count > index + 1 {
            let segment = segments.removeLast()
            forget(segment)
            try segment.files.remove(segment.files.suffix)
        }
    }

    private func removeSnapshots() throws(StorageError) {
        let names = try io { [directory] () throws(SystemError) in try directory.fileSystem.list(directory.path) }
        for (offset, kind) in names.compactMap(SegmentNaming.parse) where kind == .snapshot {
            try directory.guarded { () throws(SystemError) in
                try directory.fileSystem.removeFile(directory.path(offset, .snapshot))
            }
        }
    }

    private func synchronizeDirectory() throws(StorageError) {
        try io { [directory] () throws(SystemError) in try directory.fileSystem.synchronizeDirectory(directory.path) }
    }

    private func settleEnd(at end: Offset) throws(StorageError) {
        logEndOffset = end
        stagedEndOffset = end
        recordsSinceFlush = 0
        marks.removeAll()
        let isOutside = highWatermark >= end || highWatermark < logStartOffset
        if isOutside, let active = segments.last { highWatermarkMark = endMark(of: active) }
        if epochs.truncateEnd(to: end) { durability.rememberEpochs(epochs) }
    }

    private func moveStartBack(to offset: Offset) throws(StorageError) {
        logStartOffset = offset
        durability.logStarts(at: offset)
        try io { [dataDirectory] () throws(SystemError) in try dataDirectory.writeLogStarts() }
    }
}
