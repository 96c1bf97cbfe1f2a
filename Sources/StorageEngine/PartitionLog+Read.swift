// Reads hand out ranges of segment files; the bytes never pass through here.
internal import Host
internal import Records
package import Vocabulary

extension PartitionLog {
    /// Whole batches from the one that contains `offset` on, of one segment.
    ///
    /// - Parameters:
    ///   - maxBytes: the most to hand out; a first batch that is larger is handed out whole when `atLeastOneBatch`.
    ///   - upTo: batches at or beyond it stay hidden; nil: `highWatermark`.
    /// - Returns: nil when nothing is there yet, or nothing fits.
    /// - Throws: `.offsetOutOfRange` below `logStartOffset` or beyond the end, `.corrupt`, `.io`, `.deleted`, or the
    ///   failure of the data directory.
    /// - Complexity: no system call for a consumer that goes on where it ended, up to the log's end; else a search
    ///   of the sparse index and a walk over about `indexIntervalBytes` of headers. No allocation.
    package func read(
        from offset: Offset, maxBytes: Int, atLeastOneBatch: Bool, upTo: Offset? = nil
    ) throws(StorageError) -> LogSlice? {
        checkOwner()
        if directory.isDeleted { throw .deleted }
        if let outage { throw outage }
        guard offset >= logStartOffset, offset <= logEndOffset else {
            throw .offsetOutOfRange(offset, valid: logStartOffset..<logEndOffset)
        }
        let limit = min(upTo ?? highWatermark, logEndOffset)
        guard offset < limit else { return nil }
        let index = segmentIndex(containing: offset)
        let segment = segments[index]
        if !segment.isOpen { closeSpareSegments() }
        let start = try position(of: offset, in: segment)
        let end = try position(below: limit, in: segment)
        guard start < end.position else { return nil }
        let slice = try slice(from: start, to: end, maxBytes: maxBytes, atLeastOneBatch: atLeastOneBatch, in: segment)
        guard let slice else { return nil }
        guard slice.offset > offset else {
            // A header in between says something else than what was written.
            throw .corrupt(
                path: segment.files.path(.log), position: Int64(slice.position), .truncated(needed: slice.position &- start, available: 0))
        }
        marks.remember(slice)
        return LogSlice(
            file: try segment.openFile(), position: Int64(start), count: slice.position &- start,
            nextOffset: slice.offset, isActiveSegment: index == segments.count &- 1)
    }

    /// The segment with the largest base offset that is at most `offset`.
    func segmentIndex(containing offset: Offset) -> Int {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low &+ high) / 2
            if segments[middle].baseOffset <= offset { low = middle &+ 1 } else { high = middle }
        }
        return low &- 1
    }

    /// Where the batch that contains `offset` starts; the segment's end when none does.
    func position(of offset: Offset, in segment: Segment) throws(StorageError) -> Int {
        if offset == segment.baseOffset { return 0 }
        if let mark = marks.find(offset), mark.segmentBase == segment.baseOffset { return mark.position }
        if let map = try positionMap(of: segment) { return try position(of: offset, in: segment, map) }
        let floor = try floor(.offset, .key, offset &- segment.baseOffset, in: segment)
        return try walk(to: offset, in: segment, from: floor.map { Int($0.value) } ?? 0).position
    }

    private func position(of offset: Offset, in segment: Segment, _ map: PositionMap) throws(StorageError) -> Int {
        switch map.look(offset &- segment.baseOffset) {
        case .known(let position): return position
        case .walk(let start, let entry):
            let (position, batches) = try walk(to: offset, in: segment, from: start)
            if batches == 1 { map.learn(entry, at: position) }
            return position
        }
    }

    /// - Returns: where the batch starts that contains `offset`, and how many were passed on the way there.
    private func walk(
        to offset: Offset, in segment: Segment, from start: Int
    ) throws(StorageError) -> (position: Int, batches: Int) {
        var walk = HeaderWalk(try segment.openFile(), from: start, to: segment.size, scratch: scratch)
        var batches = 0
        while let batch = try walk.header(), batch.nextOffset <= offset {
            walk.advance(over: batch)
            batches &+= 1
        }
        return (walk.position, batches)
    }

    /// Where the batches that end at or below `limit` end.
    private func position(below limit: Offset, in segment: Segment) throws(StorageError) -> LogMark {
        if limit >= segment.nextOffset { return endMark(of: segment) }
        if limit == highWatermark, highWatermarkMark.segmentBase == segment.baseOffset { return highWatermarkMark }
        let position = try position(of: limit, in: segment)
        return LogMark(offset: limit, segmentBase: segment.baseOffset, position: position)
    }

    /// The mark behind the last batch that is handed out; nil when none fits.
    private func slice(
        from start: Int, to end: LogMark, maxBytes: Int, atLeastOneBatch: Bool, in segment: Segment
    ) throws(StorageError) -> LogMark? {
        if end.position &- start <= maxBytes { return end }
        let floor = try floor(.offset, .value, Int64(start &+ max(0, maxBytes)), in: segment)
        var walk = HeaderWalk(
            try segment.openFile(), from: max(start, floor.map { Int($0.value) } ?? 0), to: end.position, scratch: scratch)
        while let batch = try walk.header() {
            let isForced = atLeastOneBatch && walk.position == start
            if !isForced, walk.position &+ batch.size &- start > maxBytes {
                guard walk.position > start else { return nil }
                return LogMark(offset: batch.baseOffset, segmentBase: segment.baseOffset, position: walk.position)
            }
            walk.advance(over: batch)
        }
        return end
    }

    /// Keeps the number of sealed segments with open files bounded, before one more is opened.
    func closeSpareSegments() {
        var open = 0
        for segment in segments.dropLast() where segment.isOpen && !segment.isReadAtManyPlaces { open += 1 }
        if open >= StorageLimits.openSealedSegments { closeOldSegments() }
    }
}
