// What the owner of a log does for the cleaner: it says what there is, and puts a replacement into the list.
internal import Vocabulary

extension PartitionLog {
    /// The part that compaction may look at. Tells of cuts once.
    func compactionView() -> CompactionView {
        checkOwner()
        defer { lowestCut = nil }
        return CompactionView(
            partition: partition, topicID: topicID, configuration: configuration, directory: directory,
            logStartOffset: logStartOffset, cuts: directory.cutGate.cuts, lowestCut: lowestCut, sealed: segments.dropLast().map(\.facts),
            stableOffset: min(highWatermark, lastStableOffset, durability.recoveryPoint))
    }

    /// What else a pass has to know. Reads transaction indexes, where there are any.
    func compactionContext(_ view: CompactionView) throws(StorageError) -> CompactionContext {
        var ends: [ProducerID: ProducerEnds] = [:]
        for producer in producers.remembered() {
            ends[producer.id] = ProducerEnds(data: producer.batches.last?.lastOffset, newest: producer.lastOffset)
        }
        return CompactionContext(
            producers: ends,
            aborted: try abortedTransactions(from: view.sealed.first?.base ?? logStartOffset, upTo: view.stableOffset))
    }

    /// Puts `replacement` in the place of `sources`, from the next read on. Whoever reads one of these now goes on.
    ///
    /// - Parameter cuts: how often the log had been cut when the sources were looked at.
    /// - Returns: false, with nothing changed, when the log is not as it was: retention took one of them, or it was cut.
    ///   Else the files are the caller's to move until it calls `endSwap`.
    func replace(_ sources: [SegmentFacts], with replacement: Segment, asOf cuts: Int) -> Bool {
        checkOwner()
        guard fault == nil, !directory.isDeleted, directory.cutGate.cuts == cuts, let base = sources.first?.base,
            let first = segments.firstIndex(where: { $0.baseOffset == base })
        else { return false }
        let range = first..<(first + sources.count)
        guard range.upperBound < segments.count, segments[range].map(\.facts) == sources else { return false }
        precondition(
            replacement.nextOffset == segments[range.upperBound - 1].nextOffset,
            "a replacement that ends at \(replacement.nextOffset), not at \(segments[range.upperBound - 1].nextOffset)")
        for segment in segments[range] { forget(segment) }
        segments.replaceSubrange(range, with: [replacement])
        // Positions within the replaced segments.
        marks.removeAll()
        directory.cutGate.beginSwap()
        return true
    }
}

extension Segment {
    /// Whether its files have their names. Until then the cleaner still moves them, and nobody else may.
    var isSettled: Bool { files.suffix == .none }

    var facts: SegmentFacts {
        SegmentFacts(
            base: baseOffset, nextOffset: nextOffset, size: size, firstTimestamp: firstTimestamp,
            largestTimestamp: largestTimestamp, offsetEntries: offsetIndex.count, timeEntries: timeIndex.count,
            headersCrc: headersCrc)
    }
}
