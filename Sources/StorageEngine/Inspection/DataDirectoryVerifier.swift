// What a data directory holds beside its partitions: catalogue, recovery points, marks.
internal import Host
internal import Vocabulary

struct DataDirectoryVerifier {
    private let path: String
    private let partitions: Set<TopicPartition>
    private let fileSystem: any FileSystem

    init(_ path: String, _ partitions: [String], in fileSystem: any FileSystem) {
        self.path = path
        self.fileSystem = fileSystem
        self.partitions = Set(partitions.compactMap { PartitionNaming.parse(LogInspection.lastComponent(of: $0)) })
    }

    /// Offsets that must lie within the logs: of each file, as far as it can be trusted.
    typealias Checkpoints = [(name: String, what: String, offsets: [TopicPartition: Offset])]

    func run(_ sink: inout VerificationSink) throws(StorageError) -> Checkpoints {
        try verifyNames(&sink)
        try verifyCatalogue(&sink)
        for file in SettingsFile.allCases { try verify(file, &sink) }
        _ = try read(CleanerCheckpoint.name, "everything is compacted anew, and nobody can tell gaps from damage", &sink)
        return [
            (RecoveryCheckpoint.name, "recovery point", try read(RecoveryCheckpoint.name, "the next start reads every log", &sink)),
            (DataDirectory.logStartName, "log start",
             try read(DataDirectory.logStartName, "deleted records of a log's first segment are there again", &sink)),
        ]
    }

    /// Files of a data directory by their exact names.
    static let knownNames: Set<String> = [
        Catalogue.name, RecoveryCheckpoint.name, DataDirectory.logStartName, DataDirectory.lockName,
        DataDirectory.cleanMarkName, CleanerCheckpoint.name, SettingsFile.clientQuotas.rawValue,
    ]

    private func verifyNames(_ sink: inout VerificationSink) throws(StorageError) {
        for name in try io({ () throws(SystemError) in try fileSystem.list(path) }).sorted() {
            let entry = "\(path)/\(name)"
            if PartitionNaming.isDeleted(name) {
                sink.note(entry, "a deleted topic's directory; the next start removes it")
            } else if name.hasSuffix(AtomicReplace.suffix), Self.knownNames.contains(String(name.dropLast(AtomicReplace.suffix.count))) {
                sink.note(entry, "left by a crash; the next write of the file reuses it")
            } else if !Self.knownNames.contains(name), PartitionNaming.parse(name) == nil {
                sink.note(entry, "unknown file; the engine leaves it alone")
            }
        }
    }

    private func verifyCatalogue(_ sink: inout VerificationSink) throws(StorageError) {
        let file = "\(path)/\(Catalogue.name)"
        guard let bytes = try io({ () throws(SystemError) in try fileSystem.contents(of: file) }) else {
            sink.inconsistency(file, at: nil, found: "no catalogue", expected: "one that names the topics; restore it from a copy")
            return
        }
        do throws(StorageError) {
            try compare(try Catalogue.decode(bytes, path: file), file, &sink)
        } catch {
            sink.inconsistency(file, at: Self.position(of: error, bytes.count), found: "\(error)", expected: "what the engine wrote")
        }
    }

    private func verify(_ settings: SettingsFile, _ sink: inout VerificationSink) throws(StorageError) {
        let file = "\(path)/\(settings.rawValue)"
        guard let bytes = try io({ () throws(SystemError) in try fileSystem.contents(of: file) }), Storage.decodeSettings(bytes) == nil else { return }
        sink.inconsistency(file, at: 0, found: "a file that contradicts its own checksum or first lines", expected: "what the engine wrote; no start reads it so")
    }

    private static func position(of error: StorageError, _ count: Int) -> Int? {
        switch error {
        case .newerFormat: Catalogue.magic.count
        case .damagedCatalogue(_, let why): why.contains("checksum") ? max(0, count - 4) : 0
        default: nil
        }
    }

    private func compare(
        _ found: (catalogue: Catalogue, directory: TopicID), _ file: String, _ sink: inout VerificationSink
    ) throws(StorageError) {
        guard let place = found.catalogue.directories.firstIndex(where: { $0.id == found.directory }) else {
            sink.inconsistency(file, at: nil, found: "directory \(found.directory)", expected: "one of the directories that it lists")
            return
        }
        let expected = Self.partitions(of: Array(found.catalogue.topics.values), at: place)
        let deleted = Self.partitions(of: found.catalogue.deleted, at: place)
        for missing in expected.subtracting(partitions).sorted(by: { $0.description < $1.description }) {
            sink.inconsistency("\(path)/\(PartitionNaming.name(missing))", at: nil, found: "no directory", expected: "the log that the catalogue has there")
        }
        for stray in partitions.subtracting(expected).sorted(by: { $0.description < $1.description }) {
            let what = deleted.contains(stray) ? "a deleted topic's log; the next start removes it" : "belongs to no topic of the catalogue; the engine leaves it alone"
            sink.note("\(path)/\(PartitionNaming.name(stray))", what)
        }
    }

    private static func partitions(of topics: [Catalogue.Topic], at place: Int) -> Set<TopicPartition> {
        var partitions: Set<TopicPartition> = []
        for topic in topics {
            for (index, at) in topic.placement.enumerated() where Int(at) == place {
                partitions.insert(TopicPartition(topic: topic.name, partition: Int32(index)))
            }
        }
        return partitions
    }

    /// The offsets in a checkpoint; none where there is no file.
    ///
    /// - Parameter without: what the engine does when it can't read it.
    private func read(
        _ name: String, _ without: String, _ sink: inout VerificationSink
    ) throws(StorageError) -> [TopicPartition: Offset] {
        let file = "\(path)/\(name)"
        guard let bytes = try io({ () throws(SystemError) in try fileSystem.contents(of: file) }) else { return [:] }
        if let offsets = OffsetCheckpoint.decode(bytes) { return offsets }
        sink.inconsistency(
            file, at: 0, found: "a checkpoint that contradicts its own count or checksum",
            expected: "what the engine wrote; without it \(without)")
        return [:]
    }
}
