// The segment that is to stand in the place of others, while it is written.
internal import Host
internal import Records
internal import Vocabulary

/// Writes `.cleaned` files: the batches, and the indexes that belong to them.
final class ReplacementWriter {
    let segment: Segment
    private let io: CompactionIO
    private let indexInterval: Int
    private let file: File
    private let buffer: UnsafeMutableRawBufferPointer
    private var buffered = 0
    /// Where the buffer's bytes belong.
    private var position = 0

    init(_ base: Offset, in directory: LogDirectory, _ configuration: LogConfiguration, _ io: CompactionIO) throws(StorageError) {
        let files = SegmentFiles(base, in: directory, .cleaned)
        // A pass that ended early may have left some.
        try files.remove(.cleaned)
        self.io = io
        indexInterval = configuration.indexIntervalBytes
        segment = Segment(files)
        file = try segment.openFile(creating: true)
        buffer = .allocate(byteCount: io.bufferBytes, alignment: 4096)
    }

    deinit { buffer.deallocate() }

    func append(_ batch: UnsafeRawBufferPointer) throws(StorageError) {
        precondition(segment.size + batch.count <= Int(Int32.max), "a segment of more bytes than an index entry can tell")
        try segment.append(BatchView(unchecked: batch), indexInterval: indexInterval)
        if buffered + batch.count > buffer.count { try flush() }
        guard batch.count <= buffer.count else { return try write(batch) }
        (buffer.baseAddress! + buffered).copyMemory(from: batch.baseAddress!, byteCount: batch.count)
        buffered += batch.count
    }

    private func flush() throws(StorageError) {
        guard buffered > 0 else { return }
        try write(UnsafeRawBufferPointer(rebasing: buffer[..<buffered]))
        buffered = 0
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        let at = position
        try StorageEngine.io { [file] () throws(SystemError) in try file.write(bytes, at: Int64(at)) }
        position += bytes.count
        io.wrote(bytes.count)
    }

    /// Makes the replacement whole and durable under its `.swap` names: from here on a start puts it in place.
    ///
    /// - Parameters:
    ///   - isCold: whether its bytes are not to stay in the page cache.
    ///   - cuts: how often the log had been cut when its segments were looked at.
    /// - Returns: false when it was cut since.
    func finish(isCold: Bool, asOf cuts: Int) throws(StorageError) -> Bool {
        try flush()
        try segment.sealIndexes()
        try StorageEngine.io { [file] () throws(SystemError) in try file.synchronizeData() }
        if isCold { file.evict(0..<Int64(position)) }
        for kind in SegmentNaming.Kind.ofSegment where kind != .log {
            let index: File
            do throws(StorageError) { index = try segment.files.open(kind, .readWrite) } catch {
                if case .io(let failure) = error, failure.isMissing { continue }
                throw error
            }
            try StorageEngine.io { () throws(SystemError) in try index.synchronizeData() }
        }
        let isNamed = try segment.directory.cutGate.unlessCut(since: cuts) { [segment] () throws(StorageError) in
            try segment.files.rename(to: .swap, logFirst: false)
        }
        guard isNamed else { return false }
        try segment.directory.force()
        segment.release()
        return true
    }

    /// Leaves nothing behind, as far as that still succeeds: a start removes the rest.
    func abandon() {
        segment.release()
        do { try segment.files.remove(segment.files.suffix, [.log] + SegmentNaming.Kind.ofSegment.filter { $0 != .log }) } catch {}
    }
}

extension LogDirectory {
    /// Makes renames and removals durable.
    func force() throws(StorageError) {
        guard !isDeleted else { throw .deleted }
        do { try fileSystem.synchronizeDirectory(path) } catch {
            // The directory went away under the fsync.
            if isDeleted { throw .deleted }
            throw .io(error)
        }
    }
}
