// The write: what a tick has staged goes to the file in one call.
internal import Host
internal import Records
internal import Vocabulary

extension PartitionLog {
    /// Writes what was staged with one pwritev (one more at each roll, and for each 1,024 batches), then moves
    /// `logEndOffset`, and `highWatermark` with it unless `acksWaitForFlush`.
    ///
    /// - Throws: `.fenced`. Staged batches that end at or below `logEndOffset` were written; the others failed, and
    ///   whether the disk holds any of them is unknown until recovery.
    package func writeStaged() throws(StorageError) -> WriteReport {
        checkOwner()
        var report = WriteReport()
        guard stagedCount > 0 else { return report }
        if directory.isDeleted {
            producers.discardStaged()
            clearStaged()
            throw .deleted
        }
        do {
            try writeRuns(&report)
        } catch {
            switch error {
            case .io(let failure): throw fenceAndCut(failure)
            case .deleted:
                producers.discardStaged()
                clearStaged()
                throw error
            default: throw error
            }
        }
        clearStaged()
        wrote()
        return report
    }

    private func writeRuns(_ report: inout WriteReport) throws(StorageError) {
        var first = 0
        while first < stagedCount {
            let segment = try segment(for: header(first), &report)
            let last = run(from: first, in: segment)
            try write(first..<last, to: segment, &report)
            first = last
        }
    }

    private func header(_ index: Int) -> BatchView {
        BatchView(unchecked: UnsafeRawBufferPointer(start: vectors![index].base, count: vectors![index].count))
    }

    /// The active segment, after a roll when `batch` must not go into the one there is.
    private func segment(for batch: BatchView, _ report: inout WriteReport) throws(StorageError) -> Segment {
        if let active = segments.last {
            let isFull = active.size > 0 && !active.indexesHaveRoom(maximumBytes: rollPolicy.indexMaximumBytes)
            let mustRoll = rollPolicy.mustRoll(
                size: active.size, baseOffset: active.baseOffset, firstTimestamp: active.firstTimestamp, before: batch)
            if !isFull, !mustRoll { return active }
            try seal(active)
        }
        report.rolled += 1
        return try beginSegment(at: logEndOffset)
    }

    /// Behind the last staged batch that the segment takes together with `first`.
    private func run(from first: Int, in segment: Segment) -> Int {
        var size = segment.size &+ vectors![first].count
        let firstTimestamp = segment.firstTimestamp ?? header(first).maxTimestamp
        var end = first &+ 1
        while end < stagedCount, end &- first < WriteVector.limit {
            let batch = header(end)
            // One entry a batch is the most that the indexes can need: a run that may fill them ends early.
            guard segment.indexesHaveRoom(forBatches: end &- first &+ 1, maximumBytes: rollPolicy.indexMaximumBytes),
                !rollPolicy.mustRoll(
                    size: size, baseOffset: segment.baseOffset, firstTimestamp: firstTimestamp, before: batch)
            else { break }
            size &+= batch.size
            end &+= 1
        }
        return end
    }

    private func write(_ run: Range<Int>, to segment: Segment, _ report: inout WriteReport) throws(StorageError) {
        let file = try segment.openFile(creating: true)
        var bytes = 0
        for index in run { bytes &+= vectors![index].count }
        isDirty = true
        let start = segment.size
        var written = try write(vectors! + run.lowerBound, run.count, to: file, at: start, &report)
        // A short write is finished from where it stopped.
        while written < bytes { written += try writeRest(of: run, skipping: written, to: file, at: start, &report) }
        report.bytes &+= bytes
        dataDirectory.spend(start &+ bytes &- max(start, segment.preallocation?.allocatedEnd ?? 0))
        for index in run { try segment.append(header(index), indexInterval: configuration.indexIntervalBytes) }
        if header(run.upperBound &- 1).leaderEpoch != epochs.latest { noteEpochs(of: run) }
        recordsSinceFlush &+= segment.nextOffset &- logEndOffset
        logEndOffset = segment.nextOffset
        producers.commit(below: run.upperBound)
        for transaction in producers.takeAborted() { try segment.transactionIndex.append(transaction) }
        durability.wrote(file, upTo: endMark(of: segment))
        preallocate(segment, file)
    }

    /// A term's first batch.
    private func noteEpochs(of run: Range<Int>) {
        for index in run { _ = epochs.assign(header(index).leaderEpoch, at: header(index).baseOffset) }
        durability.rememberEpochs(epochs)
    }

    private func write(
        _ first: UnsafePointer<WriteVector>, _ count: Int, to file: File, at position: Int, _ report: inout WriteReport
    ) throws(StorageError) -> Int {
        report.calls += 1
        return try io { () throws(SystemError) in try file.write(first, count, at: Int64(position)) }
    }

    private func writeRest(
        of run: Range<Int>, skipping done: Int, to file: File, at start: Int, _ report: inout WriteReport
    ) throws(StorageError) -> Int {
        var skip = done
        var rest: [WriteVector] = []
        for index in run {
            let vector = vectors![index]
            if skip < vector.count { rest.append(WriteVector(base: vector.base + skip, count: vector.count - skip)) }
            skip = max(0, skip - vector.count)
        }
        return try write(rest, rest.count, to: file, at: start + done, &report)
    }

    /// After a failed write the file is cut behind the last whole write, as far as that still succeeds: the fewer
    /// batches that nobody was told of, the better. Recovery finds the end by itself.
    func fenceAndCut(_ failure: SystemError) -> StorageError {
        if let active = segments.last, active.isOpen {
            do { try active.openFile().truncate(to: Int64(active.size)) } catch {}
            // What earlier runs of the tick wrote stays written.
            if active.nextOffset == logEndOffset, !acksWaitForFlush { highWatermarkMark = endMark(of: active) }
        }
        return fence(failure)
    }

    func endMark(of segment: Segment) -> LogMark {
        LogMark(offset: segment.nextOffset, segmentBase: segment.baseOffset, position: segment.size)
    }
}
