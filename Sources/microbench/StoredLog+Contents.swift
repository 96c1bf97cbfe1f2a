// Records that tell which they are, and what of them a log still has.
internal import CLinux
internal import Host
internal import Records
internal import StorageEngine
internal import Vocabulary

extension StoredLog {
    /// What stands at an offset.
    struct Content: Equatable {
        let offset: Offset
        let key: UInt64
        /// Of the record among all that were ever appended.
        let number: UInt64
        let milliseconds: Int64
    }

    /// Appends a record for each number, in batches of 16 KiB, each written by itself.
    ///
    /// - Returns: the offset of the first.
    func append(
        _ numbers: Range<UInt64>, valueBytes: Int, key: (UInt64) -> UInt64, milliseconds: (UInt64) -> Int64
    ) throws -> Offset {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 64)
        defer { memory.deallocate() }
        let log = self.log
        let first = log.logEndOffset
        var builder = BatchBuilder(into: memory)
        var value = [UInt8](repeating: 0x6c, count: max(8, valueBytes))
        var next = numbers.lowerBound
        while next < numbers.upperBound {
            builder.begin(timestampMilliseconds: milliseconds(next))
            while next < numbers.upperBound {
                value.withUnsafeMutableBytes { $0.storeBytes(of: next, as: UInt64.self) }
                let fits = withUnsafeBytes(of: key(next)) { key in
                    value.withUnsafeBytes { builder.append(key: key, value: $0, timestampMilliseconds: milliseconds(next)) }
                }
                guard fits else { break }
                next += 1
            }
            let batch = builder.finish()
            _ = try log.stage(UnsafeMutableRawBufferPointer(rebasing: memory[..<batch.count]))
            _ = try log.writeStaged()
        }
        return first
    }

    /// Every record that can be read, in the order of the log.
    func contents() throws -> [Content] {
        let log = self.log
        var found: [Content] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var offset = log.logStartOffset
        while offset < log.logEndOffset, let slice = try log.read(from: offset, maxBytes: buffer.count, atLeastOneBatch: true) {
            let count = clinux_pread(slice.file.descriptor, &buffer, slice.count, slice.position)
            guard count == slice.count else { throw SetupFailure(description: "\(count) of \(slice.count) bytes of a segment could be read") }
            try buffer.withUnsafeBytes { bytes in try Self.collect(UnsafeRawBufferPointer(rebasing: bytes[..<slice.count]), into: &found) }
            offset = slice.nextOffset
        }
        return found
    }

    private static func collect(_ bytes: UnsafeRawBufferPointer, into found: inout [Content]) throws {
        var at = 0
        while at < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[at...])
            let batch = BatchView(unchecked: UnsafeRawBufferPointer(rebasing: rest[..<BatchView(unchecked: rest).size]))
            var records = RecordIterator(batch.records)
            while let record = try records.next() {
                guard let key = record.key, let value = record.value, key.count == 8, value.count >= 8 else {
                    throw SetupFailure(description: "a record at \(batch.baseOffset) or behind it is none that was appended")
                }
                found.append(
                    Content(
                        offset: batch.baseOffset + Offset(record.offsetDelta), key: key.loadUnaligned(as: UInt64.self), number: value.loadUnaligned(as: UInt64.self),
                        milliseconds: batch.baseTimestamp + record.timestampDelta))
            }
            at += batch.size
        }
    }

    /// Compacts on the calling thread what is due.
    func compact() throws -> CompactionReport {
        storage.setOwnerRunner { [storage] partition, work in
            guard let log = storage.log(of: partition) else { return }
            log.adopt()
            work(log)
        }
        defer { storage.setOwnerRunner(nil) }
        guard let report = storage.compactOnce().first else { throw SetupFailure(description: "nothing was due to be compacted") }
        if let failure = report.failure { throw failure }
        return report
    }
}
