// Offsets by record time.
internal import Host
internal import Records
internal import Vocabulary

extension PartitionLog {
    /// The first record below the high watermark whose timestamp (milliseconds since 1970) is at least `timestamp`;
    /// nil when there is none. A compressed batch is not opened: its first record answers for the batch, so a
    /// consumer that starts there misses nothing.
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
        guard let largest = segments.compactMap(\.largestTimestamp).max() else { return nil }
        return try offset(forTimestamp: largest)
    }

    private func find(_ timestamp: Int64, in segment: Segment) throws(StorageError) -> TimestampedOffset? {
        let time = try segment.timeIndex.floor(.key, timestamp, scratch: scratch)
        let floor = try segment.offsetIndex.floor(.key, Int64(time?.value ?? 0), scratch: scratch)
        let file = try segment.openFile()
        var walk = HeaderWalk(file, from: floor.map { Int($0.value) } ?? 0, to: segment.size, scratch: scratch)
        while let header = try walk.header() {
            guard header.nextOffset <= highWatermark else { return nil }
            if header.maxTimestamp >= timestamp {
                let found = try record(at: timestamp, in: file, position: walk.position, size: header.size)
                if let found { return found }
                return nil
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
            if batch.usesLogAppendTime { return TimestampedOffset(offset: batch.baseOffset, timestamp: batch.maxTimestamp) }
            guard batch.codec == CompressionCodec.none else {
                return TimestampedOffset(offset: batch.baseOffset, timestamp: batch.baseTimestamp)
            }
            var records = RecordIterator(batch.records)
            while let record = try records.next() {
                let time = batch.baseTimestamp &+ record.timestampDelta
                if time >= timestamp {
                    return TimestampedOffset(offset: batch.baseOffset &+ Offset(record.offsetDelta), timestamp: time)
                }
            }
            return nil
        } catch {
            throw .corrupt(path: file.path, position: Int64(position), error)
        }
    }
}
