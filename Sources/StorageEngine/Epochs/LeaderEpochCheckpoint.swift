// A partition's leader epochs as a file. Each line: <epoch> <start offset>
internal import Host
internal import Records
internal import Vocabulary

enum LeaderEpochCheckpoint {
    static let name = "leader-epoch-checkpoint"
    private static let version = 1

    static func encode(_ epochs: LeaderEpochs) -> [UInt8] {
        CheckpointText.encode(version: version, epochs.entries.map { "\($0.epoch) \($0.startOffset)" })
    }

    /// What `encode` wrote; nil when it is anything else: then the log's batches tell.
    static func decode(_ bytes: [UInt8]) -> LeaderEpochs? {
        guard let lines = CheckpointText.decode(bytes, version: version) else { return nil }
        var entries: [LeaderEpochs.Entry] = []
        for line in lines {
            let fields = line.split(separator: " ")
            guard fields.count == 2, let epoch = LeaderEpoch(fields[0]), let offset = Offset(fields[1]) else { return nil }
            entries.append(.init(epoch: epoch, startOffset: offset))
        }
        return LeaderEpochs(entries)
    }

    /// What the file says, if it can be read.
    static func read(
        in directory: LogDirectory
    ) throws(StorageError) -> (epochs: LeaderEpochs?, state: RecoveryTable.EpochFile) {
        let path = "\(directory.path)/\(name)"
        guard let bytes = try io({ () throws(SystemError) in try directory.fileSystem.contents(of: path) }) else {
            return (nil, .missing)
        }
        let epochs = decode(bytes)
        return (epochs, epochs == nil ? .damaged : .good)
    }

    /// Replaces the file; the caller forces the directory.
    ///
    /// - Parameter synchronizes: whether its bytes are on the disk on return. Else a crash may leave it damaged, which
    ///   its checksum shows.
    static func write(_ epochs: LeaderEpochs, in directory: LogDirectory, synchronizes: Bool) throws(StorageError) {
        let bytes = encode(epochs)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        let path = "\(directory.path)/\(name)"
        let temporary = path + AtomicReplace.suffix
        let file = try directory.guarded { () throws(SystemError) in
            try directory.fileSystem.file(temporary, .createEmpty)
        }
        try io { () throws(SystemError) in
            try file.write(UnsafeRawBufferPointer(memory), at: 0)
            if synchronizes { try file.synchronizeData() }
        }
        try directory.guarded { () throws(SystemError) in try directory.fileSystem.renameFile(temporary, to: path) }
    }
}

extension LeaderEpochs {
    /// The epochs of a log by its batches. They only grow, so a segment that begins with the epoch of the next one's
    /// first batch has no other.
    static func read(
        from segments: [Segment], scratch: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> LeaderEpochs {
        var epochs = LeaderEpochs()
        var firsts: [LeaderEpoch?] = []
        for segment in segments {
            var walk = HeaderWalk(try segment.openFile(), from: 0, to: segment.size, scratch: scratch)
            firsts.append(try walk.header()?.leaderEpoch)
            segment.release()
        }
        for (index, segment) in segments.enumerated() {
            guard let first = firsts[index] else { continue }
            if index + 1 < segments.count, firsts[index + 1] == first {
                _ = epochs.assign(first, at: segment.baseOffset)
                continue
            }
            var walk = HeaderWalk(try segment.openFile(), from: 0, to: segment.size, scratch: scratch)
            while let batch = try walk.header() {
                _ = epochs.assign(batch.leaderEpoch, at: batch.baseOffset)
                walk.advance(over: batch)
            }
            segment.release()
        }
        return epochs
    }
}
