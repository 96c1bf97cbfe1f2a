// The copies of the catalogue: found, compared and brought to the same state at start; all written at each change.
internal import Host
internal import Vocabulary

struct CatalogueStore {
    private let directories: [DataDirectory]
    /// For each of `directories`, its place in the catalogue's list.
    private(set) var places: [Int32] = []
    private(set) var catalogue: Catalogue
    private(set) var warnings: [String] = []

    /// Reads every copy; makes the catalogue of a new cluster when there is none. Writes nothing.
    ///
    /// - Throws: `.newerFormat`, `.damagedCatalogue`, `.wrongDirectory`, `.missingDirectory`.
    init(_ directories: [DataDirectory], configuration: StorageConfiguration) throws(StorageError) {
        self.directories = directories
        var copies: [(catalogue: Catalogue, directory: TopicID)?] = []
        var damage: [StorageError?] = []
        for directory in directories {
            do {
                copies.append(try Self.read(directory))
                damage.append(nil)
            } catch {
                guard case .damagedCatalogue = error else { throw error }
                copies.append(nil)
                damage.append(error)
            }
        }
        let found = copies.compactMap { $0?.catalogue }
        let newest = found.max { $0.generation < $1.generation }
        if newest == nil, let error = damage.compactMap({ $0 }).first { throw error }
        catalogue = newest ?? Self.new(configuration)
        try check(copies.map { $0?.catalogue }, configuration)
        try place(copies.map { $0?.directory }, damage)
        try checkNoneMissing()
    }

    private static func read(_ directory: DataDirectory) throws(StorageError) -> (Catalogue, TopicID)? {
        let path = "\(directory.path)/\(Catalogue.name)"
        let bytes = try io { () throws(SystemError) in try directory.fileSystem.contents(of: path) }
        if let bytes { return try Catalogue.decode(bytes, path: path) }
        let names = try io { () throws(SystemError) in try directory.fileSystem.list(directory.path) }
        for name in names where PartitionNaming.parse(name) != nil {
            let files = try io { () throws(SystemError) in try directory.fileSystem.list("\(directory.path)/\(name)") }
            if files.contains(where: { SegmentNaming.parse($0)?.kind == .log }) {
                throw .wrongDirectory(
                    path: directory.path, why: "it holds the log \(name) but no catalogue; give an empty directory, or restore its catalogue")
            }
        }
        return nil
    }

    private static func new(_ configuration: StorageConfiguration) -> Catalogue {
        Catalogue(
            generation: 0, clusterID: configuration.clusterID ?? ClusterID.random(), nodeID: configuration.nodeID ?? 1,
            nextProducerID: 0, directories: [], topics: [:])
    }

    private func check(_ copies: [Catalogue?], _ configuration: StorageConfiguration) throws(StorageError) {
        for (directory, copy) in zip(directories, copies) {
            guard let copy, copy.clusterID != catalogue.clusterID || copy.nodeID != catalogue.nodeID else { continue }
            throw .wrongDirectory(
                path: directory.path,
                why: "it belongs to node \(copy.nodeID) of cluster \(copy.clusterID), the others to node \(catalogue.nodeID) of cluster \(catalogue.clusterID)")
        }
        if let wanted = configuration.clusterID, wanted != catalogue.clusterID {
            throw .wrongDirectory(
                path: directories[0].path, why: "it belongs to cluster \(catalogue.clusterID), not to cluster.id=\(wanted)")
        }
        if let wanted = configuration.nodeID, wanted != catalogue.nodeID {
            throw .wrongDirectory(
                path: directories[0].path, why: "it belongs to node \(catalogue.nodeID), not to node.id=\(wanted)")
        }
    }

    /// Finds each directory in the catalogue's list, by the id its copy tells or, where that is damaged, by its path;
    /// adds the new ones.
    private mutating func place(_ ids: [TopicID?], _ damage: [StorageError?]) throws(StorageError) {
        var generator = SystemRandomNumberGenerator()
        for (index, directory) in directories.enumerated() {
            var place = catalogue.directories.firstIndex { $0.id == ids[index] }
            if place == nil, let error = damage[index] {
                place = catalogue.directories.firstIndex { $0.path == directory.path && !ids.contains($0.id) }
                guard place != nil else { throw error }
                warnings.append("\(error); replaced by the copy of another directory")
            }
            if let place {
                catalogue.directories[place].path = directory.path
                places.append(Int32(place))
            } else {
                places.append(Int32(catalogue.directories.count))
                let id = ids[index] ?? TopicID.random(using: &generator)
                catalogue.directories.append(.init(id: id, path: directory.path))
            }
        }
    }

    private func checkNoneMissing() throws(StorageError) {
        for topic in catalogue.topics.values {
            for place in topic.placement where !places.contains(place) {
                guard catalogue.directories.indices.contains(Int(place)) else {
                    throw .damagedCatalogue(path: directories[0].path, why: "topic \(topic.name) is in directory \(place) of none")
                }
                throw .missingDirectory(
                    catalogue.directories[Int(place)].path,
                    why: "it holds partitions of topic \(topic.name) but is not among the data directories; add it")
            }
        }
    }

    /// The data directory of a place in the catalogue's list.
    func directory(at place: Int32) -> DataDirectory {
        directories[places.firstIndex(of: place)!]
    }

    /// Makes a change durable: in every copy, or it throws and nothing in memory changed. What a failed change left in
    /// some copies, the next change overwrites; a crash before that may bring it to life. A data directory whose disk is
    /// dead is left out while another one takes the change: its copy is older then, and the next start replaces it.
    mutating func change(_ body: (inout Catalogue) -> Void) throws(StorageError) {
        // Counted on failure too: two contents must never share a generation.
        catalogue.generation += 1
        var changed = catalogue
        body(&changed)
        var isWritten = false
        var failure = StorageError.missingDirectory(directories[0].path, why: "every data directory's disk gave up; start again when one is back")
        for (directory, place) in zip(directories, places) where !directory.isDead {
            let bytes = changed.encode(for: changed.directories[Int(place)].id)
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            defer { memory.deallocate() }
            memory.copyBytes(from: bytes)
            do throws(SystemError) {
                try AtomicReplace.write(
                    UnsafeRawBufferPointer(memory), to: "\(directory.path)/\(Catalogue.name)", in: directory.fileSystem)
                isWritten = true
            } catch {
                failure = .io(error)
                guard directories.count > 1, directory.isDeath(error) else { throw .io(error) }
            }
        }
        guard isWritten else { throw failure }
        catalogue = changed
    }

    /// For `count` new partitions, the places of the directories with the fewest partitions.
    func placement(of count: Int32) -> [Int32] {
        var load: [Int32: Int] = [:]
        for (directory, place) in zip(directories, places) where !directory.isDead { load[place] = 0 }
        for topic in catalogue.topics.values { for place in topic.placement { if load[place] != nil { load[place]! += 1 } } }
        return (0..<count).map { _ in
            let place = places.filter { load[$0] != nil }.min { load[$0]! < load[$1]! } ?? places[0]
            load[place, default: 0] += 1
            return place
        }
    }
}

/// Names of partition directories.
enum PartitionNaming {
    /// `topic-partition`
    static func name(_ partition: TopicPartition) -> String { partition.description }

    /// What `name` wrote; nil for any other name.
    static func parse(_ name: String) -> TopicPartition? {
        guard let dash = name.lastIndex(of: "-"), let partition = Int32(name[name.index(after: dash)...]), partition >= 0,
            TopicName.fault(name[..<dash]) == nil
        else { return nil }
        let parsed = TopicPartition(topic: String(name[..<dash]), partition: partition)
        return parsed.description == name ? parsed : nil
    }

    private static let deletedSuffix = "-delete"

    /// The name of a deleted partition's directory, which no later topic of the same name shares.
    static func deletedName(_ topic: TopicID, _ partition: Int32) -> String { "\(topic).\(partition)\(deletedSuffix)" }
    static func isDeleted(_ name: String) -> Bool { name.hasSuffix(deletedSuffix) && PartitionNaming.parse(name) == nil }
}

enum TopicName {
    /// Why no topic can have the name; nil when it can.
    static func fault(_ name: some StringProtocol) -> String? {
        if name.isEmpty { return "it is empty" }
        if name == "." || name == ".." { return "it means a directory" }
        if name.utf8.count > StorageLimits.topicNameBytes { return "it is longer than \(StorageLimits.topicNameBytes) bytes" }
        let legal = name.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
                || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        return legal ? nil : "only letters, digits, '.', '_' and '-' are possible"
    }
}

enum ClusterID {
    /// 22 characters of base64url, as Kafka's: 128 random bits, padded.
    static func random() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        return String((0..<22).map { _ in alphabet[Int.random(in: 0..<64)] })
    }
}
