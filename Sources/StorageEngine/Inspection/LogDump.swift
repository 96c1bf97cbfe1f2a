// Everything that stands in a log, a line at a time, in the order of the files.
internal import Bytes
internal import Host
internal import Records
internal import Vocabulary

extension LogInspection {
    /// Shows catalogue, recovery points, and of every partition its batches, index entries and producer snapshots.
    ///
    /// - Parameter records: every record too. Markers of transactions are always shown.
    /// - Throws: `.io` when a directory can't be read. Damage is a line.
    package func dump(records: Bool, _ line: (InspectionLine) -> Void) throws(StorageError) {
        if isDataDirectory { try dumpDirectory(line) }
        for partition in partitions {
            line(InspectionLine("partition").adding("path", .text(partition)))
            let directory = LogDirectory(path: partition, fileSystem: fileSystem)
            let names = try io { () throws(SystemError) in try fileSystem.list(partition) }.sorted()
            for name in names {
                do throws(StorageError) { try dump(name, directory, records, line) } catch {
                    guard case .io(let failure) = error else { throw error }
                    line(InspectionLine("unreadable").adding("file", .text("\(partition)/\(name)")).adding("why", .text("\(failure)")))
                }
            }
        }
    }

    private func dump(
        _ name: String, _ directory: LogDirectory, _ records: Bool, _ line: (InspectionLine) -> Void
    ) throws(StorageError) {
        let path = "\(directory.path)/\(name)"
        guard let (base, kind) = SegmentNaming.parse(name) else {
            return try dumpOther(name, path, line)
        }
        line(InspectionLine("file").adding("file", .text(path)).adding("kind", .text(String(kind.rawValue.dropFirst()))))
        if kind == .log {
            var dump = try SegmentDump(path, in: fileSystem)
            try dump.run(records: records, line)
        }
        if kind == .offsetIndex { try dumpIndex(path, .offset, base, line) }
        if kind == .timeIndex { try dumpIndex(path, .time, base, line) }
        if kind == .transactionIndex { try dumpTransactions(path, line) }
        if kind == .snapshot { try dumpSnapshot(path, base, line) }
    }

    private func dumpIndex(
        _ path: String, _ kind: SparseIndex.Kind, _ base: Offset, _ line: (InspectionLine) -> Void
    ) throws(StorageError) {
        guard var entries = try EntryReader.open(path, kind, in: fileSystem) else { return }
        while let bytes = try entries.peek() {
            let entry = SparseIndex.Entry(kind, at: bytes.baseAddress!)
            switch kind {
            case .offset:
                line(InspectionLine("offsetEntry").adding("offset", base &+ entry.key).adding("position", entry.value))
            case .time:
                line(InspectionLine("timeEntry").adding("timestamp", entry.key).adding("offset", base &+ Offset(entry.value)))
            }
            entries.advance()
        }
        if let seal = entries.seal {
            line(InspectionLine("indexSeal").adding("entries", seal.entries).adding("logBytes", seal.logBytes)
                .adding("crc", Int64(seal.crc)).adding("headersCrc", Int64(seal.headersCrc)))
        }
        guard entries.excess > 0 else { return }
        line(InspectionLine("excess").adding("position", entries.position).adding("bytes", entries.excess))
    }

    private func dumpSnapshot(_ path: String, _ offset: Offset, _ line: (InspectionLine) -> Void) throws(StorageError) {
        guard let bytes = try io({ () throws(SystemError) in try fileSystem.contents(of: path) }) else { return }
        let producers: [ProducerState.Remembered]
        do { producers = try ProducerSnapshot.decode(bytes) } catch {
            let why = SnapshotCheck.fault(in: bytes).map { "\($0.found) where \($0.expected) would be right" } ?? "\(error)"
            return line(InspectionLine("damage").adding("file", .text(path)).adding("why", .text(why)))
        }
        for producer in producers {
            let head = InspectionLine("producer").adding("snapshotOffset", offset).adding("producerId", producer.id)
                .adding("producerEpoch", producer.epoch)
                .adding("coordinatorEpoch", producer.coordinatorEpoch.map { .number(Int64($0)) } ?? .none)
                .adding("timestamp", producer.timestamp).adding("lastOffset", producer.lastOffset)
                .adding("transactionStart", producer.transactionStart.map { .number($0) } ?? .none)
            line(head.adding("batches", producer.batches.count))
            for batch in producer.batches {
                line(
                    InspectionLine("producerBatch").adding("producerId", producer.id)
                        .adding("firstSequence", batch.firstSequence).adding("lastSequence", batch.lastSequence)
                        .adding("baseOffset", batch.baseOffset).adding("lastOffset", batch.lastOffset))
            }
        }
    }

    private func dumpTransactions(_ path: String, _ line: (InspectionLine) -> Void) throws(StorageError) {
        guard var entries = try EntryReader.open(path, entryBytes: TransactionIndex.entryBytes, in: fileSystem) else { return }
        while let bytes = try entries.peek() {
            switch TransactionEntry(bytes) {
            case .aborted(let transaction):
                line(
                    InspectionLine("abortedTransaction").adding("producerId", transaction.producerID)
                        .adding("firstOffset", transaction.firstOffset).adding("lastOffset", transaction.lastOffset)
                        .adding("lastStableOffset", transaction.lastStableOffset))
            case .seal(let seal):
                line(InspectionLine("transactionIndexSeal").adding("entries", seal.entries).adding("logBytes", seal.logBytes))
            case .unknown(let version):
                line(InspectionLine("damage").adding("file", .text(path)).adding("position", entries.position).adding("why", .text("version \(version)")))
            }
            entries.advance()
        }
    }

    // MARK: The data directory's own files

    private func dumpDirectory(_ line: (InspectionLine) -> Void) throws(StorageError) {
        line(InspectionLine("dataDirectory").adding("path", .text(path)).adding("state", .text(stateDescription)))
        try dumpCatalogue(line)
        try dumpOffsets(RecoveryCheckpoint.name, "recoveryPoint", line)
        try dumpOffsets(DataDirectory.logStartName, "logStart", line)
        try dumpOffsets(CleanerCheckpoint.name, "firstDirtyOffset", line)
    }

    private func dumpOffsets(_ name: String, _ lineName: String, _ line: (InspectionLine) -> Void) throws(StorageError) {
        let file = "\(path)/\(name)"
        guard let bytes = try io({ () throws(SystemError) in try fileSystem.contents(of: file) }) else { return }
        guard let offsets = OffsetCheckpoint.decode(bytes) else { return line(damagedCheckpoint(file)) }
        for (partition, offset) in offsets.sorted(by: { $0.key.description < $1.key.description }) {
            line(InspectionLine(lineName).adding("partition", .text(partition.description)).adding("offset", offset))
        }
    }

    private func damagedCheckpoint(_ file: String) -> InspectionLine {
        InspectionLine("damage").adding("file", .text(file)).adding("why", .text("it contradicts its own count or checksum"))
    }

    /// A file of a log that is neither a segment's nor a snapshot.
    private func dumpOther(_ name: String, _ file: String, _ line: (InspectionLine) -> Void) throws(StorageError) {
        if let (_, _, suffix) = SegmentNaming.parseSuffixed(name) {
            return line(InspectionLine("notInService").adding("file", .text(file)).adding("state", .text(String(suffix.rawValue.dropFirst()))))
        }
        guard name == LeaderEpochCheckpoint.name else { return line(InspectionLine("unknownFile").adding("file", .text(file))) }
        guard let bytes = try io({ () throws(SystemError) in try fileSystem.contents(of: file) }) else { return }
        guard let epochs = LeaderEpochCheckpoint.decode(bytes) else { return line(damagedCheckpoint(file)) }
        for entry in epochs.entries {
            line(InspectionLine("leaderEpoch").adding("epoch", entry.epoch).adding("startOffset", entry.startOffset))
        }
    }

    private func dumpCatalogue(_ line: (InspectionLine) -> Void) throws(StorageError) {
        let file = "\(path)/\(Catalogue.name)"
        guard let bytes = try io({ () throws(SystemError) in try fileSystem.contents(of: file) }) else { return }
        let catalogue: Catalogue
        do { catalogue = try Catalogue.decode(bytes, path: file).catalogue } catch {
            return line(InspectionLine("damage").adding("file", .text(file)).adding("why", .text("\(error)")))
        }
        line(
            InspectionLine("catalogue").adding("generation", catalogue.generation).adding("clusterId", .text(catalogue.clusterID))
                .adding("nodeId", catalogue.nodeID).adding("nextProducerId", catalogue.nextProducerID))
        for topic in catalogue.topics.values.sorted(by: { $0.name < $1.name }) {
            let overrides = topic.overrides.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            line(
                InspectionLine("topic").adding("topic", .text(topic.name)).adding("id", .text(topic.id.description))
                    .adding("partitions", topic.placement.count).adding("overrides", .text(overrides.joined(separator: " "))))
        }
        for topic in catalogue.deleted {
            line(
                InspectionLine("deletedTopic").adding("topic", .text(topic.name)).adding("id", .text(topic.id.description))
                    .adding("partitionsLeft", topic.placement.count { $0 != Catalogue.nowhere }))
        }
    }
}
