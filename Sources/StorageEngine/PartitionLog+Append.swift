// The door: what a produced batch has to pass before it is part of the log.
internal import Host
internal import Records
internal import Vocabulary

extension PartitionLog {
    /// Checks a produced batch, assigns its base offset and leader epoch in place and remembers where it lies.
    ///
    /// The check is everything that can be known of it: checksum, counts, every record of an uncompressed batch,
    /// size, keys where the topic is compacted, sequence. The memory has to stay valid and unchanged until `writeStaged` returns. No system call, and
    /// no allocation once the gathering list has grown to the tick's number of batches.
    ///
    /// - Parameters:
    ///   - bytes: exactly one batch.
    ///   - admission: whether it may belong to a transaction.
    /// - Throws: `.record`, `.messageTooLarge`, `.batchTooLarge`, `.outOfOrderSequence`, `.producerFenced`,
    ///   `.transactionMismatch`, `.transactionNotVerified`, `.timestampOutOfRange`, `.timestampType`, `.directoryFull`,
    ///   `.fenced`, `.deleted`. Nothing is staged then.
    package func stage(
        _ bytes: UnsafeMutableRawBufferPointer, admits admission: TransactionAdmission = .none
    ) throws(StorageError) -> Staged {
        checkOwner()
        try checkService()
        guard bytes.count <= configuration.maximumMessageBytes else {
            throw .messageTooLarge(bytes: bytes.count, limit: configuration.maximumMessageBytes)
        }
        guard bytes.count <= configuration.segmentBytes else {
            throw .batchTooLarge(bytes: bytes.count, segmentBytes: configuration.segmentBytes)
        }
        let view = try validated(bytes, admitsTransactions: admission != .none)
        try checkRecords(view, times: try timestampRules.check(view))
        let appendTime = timestampRules.stamp(bytes)
        if view.hasProducer {
            if case .duplicate(let original) = try producers.check(view) {
                return Staged(
                    baseOffset: original.baseOffset, nextOffset: original.lastOffset &+ 1, isDuplicate: true,
                    logAppendTimeMilliseconds: appendTime)
            }
            try producers.check(view, admission)
            producers.stage(view, baseOffset: stagedEndOffset, index: stagedCount)
        }
        let baseOffset = stagedEndOffset
        MutableBatch(bytes).assign(baseOffset: baseOffset, leaderEpoch: leaderEpoch)
        gather(bytes)
        stagedEndOffset = baseOffset &+ Offset(view.lastOffsetDelta) &+ 1
        return Staged(
            baseOffset: baseOffset, nextOffset: stagedEndOffset, isDuplicate: false, logAppendTimeMilliseconds: appendTime)
    }

    /// A produced batch that is what its header says. The header's largest time alone is corrected, as Kafka does, since
    /// clients are out there that leave it empty (Sarama before 1.23) and are told apart by nothing else: to the records' own,
    /// which the door has walked; of a compressed batch to the first record's, when the header says less than that.
    private func validated(_ bytes: UnsafeMutableRawBufferPointer, admitsTransactions: Bool) throws(StorageError) -> BatchView {
        let view: BatchView
        do throws(RecordError) {
            view = try BatchValidation.produced(UnsafeRawBufferPointer(bytes), admitsTransactions: admitsTransactions)
        } catch {
            guard case .timestamps(_, let walked) = error else { throw .record(error) }
            MutableBatch(bytes).correct(maxTimestamp: walked)
            return MutableBatch(bytes).view
        }
        if view.codec != CompressionCodec.none, view.maxTimestamp < view.baseTimestamp, !view.usesLogAppendTime {
            MutableBatch(bytes).correct(maxTimestamp: view.baseTimestamp)
        }
        return view
    }

    func checkService() throws(StorageError) {
        if let fault { throw fault }
        if directory.isDeleted { throw .deleted }
        if durability.hasFailed, let failure = durability.failure { throw fence(failure) }
        if let outage { throw outage }
        if let free = dataDirectory.lackingFreeBytes { throw .directoryFull(dataDirectory.path, freeBytes: free) }
    }

    func gather(_ bytes: UnsafeMutableRawBufferPointer) {
        if stagedCount == vectorCapacity { growVectors() }
        vectors![stagedCount] = WriteVector(base: bytes.baseAddress!, count: bytes.count)
        stagedCount &+= 1
        stagedBytes &+= bytes.count
    }

    private func growVectors() {
        let larger = max(16, vectorCapacity * 2)
        let memory = UnsafeMutablePointer<WriteVector>.allocate(capacity: larger)
        if let vectors { memory.initialize(from: vectors, count: stagedCount) }
        vectors?.deallocate()
        (vectors, vectorCapacity) = (memory, larger)
    }

    /// Forgets what is staged, written or failed.
    func clearStaged() {
        (stagedCount, stagedBytes) = (0, 0)
        stagedEndOffset = logEndOffset
        if !stagedMarkers.isEmpty {
            for marker in stagedMarkers { marker.deallocate() }
            stagedMarkers = []
        }
        if vectorCapacity > StorageLimits.keptVectors {
            vectors?.deallocate()
            (vectors, vectorCapacity) = (nil, 0)
        }
    }

    /// Takes the log out of service. What is staged fails.
    func fence(_ error: SystemError) -> StorageError {
        durability.fail(error)
        producers.discardStaged()
        clearStaged()
        let fault = StorageError.fenced(error)
        if self.fault == nil {
            self.fault = fault
            dataDirectory.suspect()
        }
        return fault
    }
}
