// Offsets by record time.
internal import Host
internal import Records
internal import Vocabulary

extension PartitionLog {
    /// The first record from the log's start on and below the high watermark whose timestamp (milliseconds since 1970)
    /// is at least `timestamp`; nil when there is none.
    ///
    /// - Throws: `.corrupt`, `.io`, `.deleted`.
    package func offset(forTimestamp timestamp: Int64) throws(StorageError) -> TimestampedOffset? {
        checkOwner()
        if directory.isDeleted { throw .deleted }
        for segment in segments where segment.largestTimestamp ?? Int64.min >= timestamp {
            if let found = try find(timestamp, in: segment) { return found }
        }
        return nil
    }

    /// The first record that has the largest timestamp; nil in an empty log.
    package func offsetOfMaxTimestamp() throws(StorageError) -> TimestampedOffset? {
        checkOwner()
        guard let first = segments.first else { return nil }
        var largest = segments.dropFirst().compactMap(\.largestTimestamp)
        if let inFirst = try largestTimestamp(in: first) { largest.append(inFirst) }
        guard let timestamp = largest.max() else { return nil }
        return try offset(forTimestamp: timestamp)
    }

    /// Of the first segment's records that can still be read.
    private func largestTimestamp(in segment: Segment) throws(StorageError) -> Int64? {
        if logStartOffset <= segment.baseOffset { return segment.largestTimestamp }
        var largest: Int64?
        var walk = HeaderWalk(
            try segment.openFile(), from: try position(of: logStartOffset, in: segment), to: segment.size, scratch: scratch)
        while let batch = try walk.header() {
            largest = max(largest ?? batch.maxTimestamp, batch.maxTimestamp)
            walk.advance(over: batch)
        }
        return largest
    }

    private func find(_ timestamp: Int64, in segment: Segment) throws(StorageError) -> TimestampedOffset? {
        let time = try floor(.time, .key, timestamp, in: segment)
        let floor = try floor(.offset, .key, Int64(time?.value ?? 0), in: segment)
        let file = try segment.openFile()
        var walk = HeaderWalk(file, from: floor.map { Int($0.value) } ?? 0, to: segment.size, scratch: scratch)
        while let header = try walk.header() {
            guard header.nextOffset <= highWatermark else { return nil }
            if header.maxTimestamp >= timestamp, header.nextOffset > logStartOffset {
                // An emptied batch keeps its maximum timestamp, and has no record to answer with. The batch that holds
                // the log's start may have the time in a record below it only.
                let found = try record(at: timestamp, in: file, position: walk.position, size: header.size)
                if let found { return found }
            }
            walk.advance(over: header)
        }
        return nil
    }

    private func record(
        at timestamp: Int64, in file: File, position: Int, size: Int
    ) throws(StorageError) -> TimestampedOffset? {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { memory.deallocate() }
        let count = try io { () throws(SystemError) in try file.read(into: memory, at: Int64(position)) }
        do {
            let batch = try BatchValidation.stored(UnsafeRawBufferPointer(rebasing: memory[..<count]))
            return try Self.record(at: timestamp, from: logStartOffset, in: batch)
        } catch {
            throw .corrupt(path: file.path, position: Int64(position), error)
        }
    }

    /// The first record that is as late as `timestamp`. Records that don't decompress (no door has seen them) stand for
    /// one at the batch's first offset that can be read: the answer may be early, never late.
    private static func record(
        at timestamp: Int64, from start: Offset, in batch: BatchView
    ) throws(RecordError) -> TimestampedOffset? {
        if batch.recordCount == 0 { return nil }
        let whole = TimestampedOffset(offset: max(batch.baseOffset, start), timestamp: batch.maxTimestamp)
        if batch.usesLogAppendTime { return whole }
        var found: TimestampedOffset?
        do throws(RecordWalkError) {
            try RecordKeys().forEach(in: batch) { record in
                if record.timestamp >= timestamp, record.offset >= start {
                    found = TimestampedOffset(offset: record.offset, timestamp: record.timestamp)
                }
                return found == nil
            }
        } catch {
            if batch.codec != CompressionCodec.none { return whole }
            throw error.recordError
        }
        return found
    }
}
