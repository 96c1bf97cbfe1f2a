// The start of the log moves: by retention, by DeleteRecords. Whole segments go; a start within one hides its front.
package import Host
package import Vocabulary

extension PartitionLog {
    /// Removes the segments that `retention.ms`, `retention.bytes` or the log start make due, and forgets producers that
    /// were idle for a day. To be called every `log.retention.check.interval.ms`. Files are renamed and removed on a
    /// background thread; a slice that is
    /// being read keeps its own open.
    ///
    /// - Parameter now: milliseconds since 1970.
    /// - Throws: `.fenced` when the roll of a due active segment fails, `.deleted`.
    /// - Complexity: O(segments + producers), and one roll when all of them are due. No other system call.
    package func enforceRetention(now: Int64) throws(StorageError) -> RetentionReport {
        checkOwner()
        if directory.isDeleted { throw .deleted }
        var report = RetentionReport(logStartOffset: logStartOffset)
        guard fault == nil else { return report }
        report.producersExpired = producers.expireIdle(now: now, after: StorageLimits.producerExpirationMilliseconds)
        let count = retentionPolicy.dueCount(
            segments, logStartOffset: logStartOffset, highWatermark: highWatermark, now: now)
        guard count > 0 else { return report }
        report.segments = count
        for segment in segments[..<count] { report.bytes += Int64(segment.size) }
        if count == segments.count { try rollAll() }
        removeSegments(first: count)
        report.logStartOffset = logStartOffset
        return report
    }

    /// Begins an empty segment at the end, so that the one before it may go.
    private func rollAll() throws(StorageError) {
        isDirty = true
        do {
            try seal(segments[segments.count - 1])
            let begun = try beginSegment(at: logEndOffset)
            if highWatermark == logEndOffset { highWatermarkMark = endMark(of: begun) }
        } catch {
            if case .io(let failure) = error { throw fenceAndCut(failure) }
            throw error
        }
    }

    /// Hides every record below `offset` for good and removes the segments that hold none above it.
    ///
    /// - Parameters:
    ///   - offset: nil is the high watermark. Below the log's start it changes nothing.
    ///   - completion: called on a background thread when the new start is on the disk, or with the failure after
    ///     which a crash may bring the records back.
    /// - Returns: the log's start.
    /// - Throws: `.offsetOutOfRange` beyond the high watermark or negative, `.deletionForbidden`, `.fenced`,
    ///   `.deleted`. Nothing changed then, and `completion` is not called.
    package func deleteRecords(
        before offset: Offset?, completion: @escaping @Sendable (SystemError?) -> Void
    ) throws(StorageError) -> Offset {
        checkOwner()
        if directory.isDeleted { throw .deleted }
        if let fault { throw fault }
        guard configuration.cleanupPolicy.contains(.delete) else { throw .deletionForbidden(configuration.cleanupPolicy) }
        let target = offset ?? highWatermark
        guard target >= 0, target <= highWatermark else {
            throw .offsetOutOfRange(target, valid: logStartOffset..<max(logStartOffset, highWatermark))
        }
        if target > logStartOffset { moveStart(to: target) }
        let below = segments.dropLast().prefix { $0.nextOffset <= logStartOffset && $0.isSettled }.count
        if below > 0 { removeSegments(first: below) }
        dataDirectory.background.enqueue { [dataDirectory] in
            do throws(SystemError) {
                try dataDirectory.writeLogStarts()
                completion(nil)
            } catch {
                completion(error)
            }
        }
        return logStartOffset
    }

    private func moveStart(to offset: Offset) {
        logStartOffset = offset
        isDirty = true
        durability.logStarts(at: offset)
        if epochs.truncateStart(to: offset) { durability.rememberEpochs(epochs) }
    }

    /// Takes the first `count` segments out of the log, never the last one, and moves its start behind them. Their
    /// files are renamed and removed in the background.
    func removeSegments(first count: Int) {
        precondition(count > 0 && count < segments.count, "\(count) of \(segments.count) segments of \(partition)")
        let removed = segments[..<count]
        let firstKept = segments[count].baseOffset
        if firstKept > logStartOffset { moveStart(to: firstKept) }
        for segment in removed { forget(segment) }
        let removal = SegmentRemoval(
            directory: directory, dataDirectory: dataDirectory, durability: durability, segments: removed.map(\.files),
            firstKept: firstKept, delayMilliseconds: configuration.fileDeleteDelayMilliseconds)
        segments.removeFirst(count)
        dataDirectory.remover.enqueue { removal.run() }
    }

    /// What a segment needs that leaves the list: nobody forces its files any more, and none of them stays open here.
    func forget(_ segment: Segment) {
        durability.forget(segment.baseOffset)
        segment.preallocation?.seal()
        segment.release()
    }
}
