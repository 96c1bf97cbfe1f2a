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
        if let outage { throw outage }
        for segment in segments where segment.largestTimestamp ?? Int64.min >= timestamp {
            if let found = try find(timestamp, in: segment) { return found }
        }
        return nil
    }

    /// The first record that has the largest timestamp of those from the log's start on and below the high watermark;
    /// nil when there is none.
    ///
    /// The batch with the largest timestamp may have no such record: compaction emptied it, the log begins within it, it
    /// is not acknowledged yet. Kafka 4.1 answers that there is none then (`UnifiedLog.fetchOffsetByTimestamp`,
    /// `RecordBatch.offsetOfMaxTimestamp`); here the question is about records, so the next largest is looked for, in the
    /// headers of the segments that may have it.
    package func offsetOfMaxTimestamp() throws(StorageError) -> TimestampedOffset? {
        checkOwner()
        if let outage { throw outage }
        guard let timestamp = segments.compactMap(\.largestTimestamp).max() else { return nil }
        if let found = try offset(forTimestamp: timestamp) { return found }
        guard let readable = try largestReadableTimestamp() else { return nil }
        return try offset(forTimestamp: readable)
    }

    /// Of the records from the log's start on and below the high watermark.
    private func largestReadableTimestamp() throws(StorageError) -> Int64? {
        var largest: Int64?
        let latestFirst = segments.sorted { $0.largestTimestamp ?? .min > $1.largestTimestamp ?? .min }
        for segment in latestFirst {
            if let largest, segment.largestTimestamp ?? .min <= largest { break }
            let file = try segment.openFile()
            var walk = HeaderWalk(file, from: 0, to: segment.size, scratch: scratch)
            while let header = try walk.header(), header.nextOffset <= highWatermark {
                if header.nextOffset > logStartOffset, header.recordCount > 0, header.maxTimestamp > largest ?? .min {
                    let isCut = header.baseOffset < logStartOffset
                    let found = isCut
                        ? try largestTimestamp(in: file, position: walk.position, size: header.size) : header.maxTimestamp
                    if let found { largest = max(largest ?? found, found) }
                }
                walk.advance(over: header)
            }
        }
        return largest
    }

    /// Of the records from the log's start on, in the batch that the log begins within.
    private func largestTimestamp(in file: File, position: Int, size: Int) throws(StorageError) -> Int64? {
        try withBatch(in: file, position: position, size: size) { [logStartOffset] (batch) throws(RecordError) in
            if batch.usesLogAppendTime { return batch.maxTimestamp }
            var largest: Int64?
            do throws(RecordWalkError) {
                try RecordKeys().forEach(in: batch) { record in
                    if record.offset >= logStartOffset { largest = max(largest ?? record.timestamp, record.timestamp) }
                    return true
                }
            } catch {
                if batch.codec == CompressionCodec.none { throw error.recordError }
                return batch.maxTimestamp
            }
            return largest
        }
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
        try withBatch(in: file, position: position, size: size) { [logStartOffset] (batch) throws(RecordError) in
            try Self.record(at: timestamp, from: logStartOffset, in: batch)
        }
    }

    /// Reads a batch whole and checks it.
    private func withBatch<Result>(
        in file: File, position: Int, size: Int, _ body: (BatchView) throws(RecordError) -> Result
    ) throws(StorageError) -> Result {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { memory.deallocate() }
        let count = try io { () throws(SystemError) in try file.read(into: memory, at: Int64(position)) }
        do {
            return try body(try BatchValidation.stored(UnsafeRawBufferPointer(rebasing: memory[..<count])))
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
