// The copies of the catalogue: found, compared and brought to the same state at start; all written at each change.
internal import Host
internal import Vocabulary

struct CatalogueStore {
    private let directories: [DataDirectory]
    /// For each of `directories`, its place in the catalogue's list; `nowhere` for a dead one that it may not know.
    private(set) var places: [Int32] = []
    private(set) var catalogue: Catalogue
    private(set) var warnings: [String] = []
    /// The places that got no copy of the branch's changes.
    private var leftOut: Set<Int32> = []
    /// Whether every directory that the catalogue knows has the last change.
    private var isEverywhere = false

    /// Reads every copy that can be read; makes the catalogue of a new cluster when there is none. Writes nothing. Of
    /// several directories, the one that can't be read dies.
    ///
    /// - Throws: `.newerFormat`, `.damagedCatalogue`, `.wrongDirectory`, `.missingDirectory`, `.noDirectoryLeft`.
    init(_ directories: [DataDirectory], configuration: StorageConfiguration) throws(StorageError) {
        self.directories = directories
        var copies: [(catalogue: Catalogue, directory: TopicID)?] = []
        var damage: [StorageError?] = []
        for directory in directories {
            var (copy, fault): ((Catalogue, TopicID)?, StorageError?) = (nil, nil)
            try Storage.attempt(directory, of: directories) { () throws(StorageError) in
                do throws(StorageError) { copy = try Self.read(directory) } catch {
                    guard case .damagedCatalogue = error else { throw error }
                    fault = error
                }
            }
            copies.append(copy)
            damage.append(fault)
        }
        let newest = copies.compactMap { $0?.catalogue }.max { $0.generation < $1.generation }
        if newest == nil, let error = damage.compactMap({ $0 }).first { throw error }
        if newest == nil, let dead = directories.lazy.compactMap(\.death).first {
            throw .missingDirectory(
                dead.path, why: "no other data directory has a catalogue, and this one can't tell: \(dead.why); a new cluster is not begun on a part of the directories")
        }
        catalogue = newest ?? Self.new(configuration)
        try check(copies.map { $0?.catalogue }, configuration)
        try place(copies.map { $0?.directory }, damage)
        try checkNoneMissing()
        // What the damaged copy may have given out and the others not heard of.
        if damage.contains(where: { $0 != nil }) { catalogue.nextProducerID += StorageLimits.producerIDsSkipped }
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
            guard let copy else { continue }
            guard copy.clusterID == catalogue.clusterID, copy.nodeID == catalogue.nodeID else {
                throw .wrongDirectory(
                    path: directory.path,
                    why: "it belongs to node \(copy.nodeID) of cluster \(copy.clusterID), the others to node \(catalogue.nodeID) of cluster \(catalogue.clusterID)")
            }
            guard catalogue.includes(copy) else {
                throw .wrongDirectory(
                    path: directory.path,
                    why: "topics were changed on it while the others were dead, and on the others while it was; "
                        + "to drop its changes empty its file \(Catalogue.name), to keep them empty that of the others")
            }
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

    /// Finds each directory in the catalogue's list, by the id its copy tells or, where there is none to be read, by its
    /// path; adds the new ones.
    private mutating func place(_ ids: [TopicID?], _ damage: [StorageError?]) throws(StorageError) {
        var generator = SystemRandomNumberGenerator()
        for (index, directory) in directories.enumerated() {
            let byPath = catalogue.directories.firstIndex { $0.path == directory.path && !ids.contains($0.id) }.map(Int32.init)
            if directory.isDead {
                places.append(byPath ?? Catalogue.nowhere)
            } else if let place = catalogue.directories.firstIndex(where: { $0.id == ids[index] }).map(Int32.init) {
                guard !places.contains(place) else {
                    throw .wrongDirectory(path: directory.path, why: "its catalogue was copied from another data directory; remove it or that one")
                }
                catalogue.directories[Int(place)].path = directory.path
                places.append(place)
            } else if let error = damage[index] {
                guard let byPath else { throw error }
                warnings.append("\(error); replaced by the copy of another directory")
                places.append(byPath)
            } else {
                let id = ids[index] ?? TopicID.random(using: &generator)
                places.append(takeEmpty(directory, id, byPath))
            }
        }
    }

    /// The place of a directory that has no copy: the one that its path had, unless what should be there is missing.
    private mutating func takeEmpty(_ directory: DataDirectory, _ id: TopicID, _ known: Int32?) -> Int32 {
        guard let known else {
            catalogue.directories.append(.init(id: id, path: directory.path))
            return Int32(catalogue.directories.count - 1)
        }
        let missing = catalogue.partitionCount(at: known)
        if missing > 0 {
            let why = "it is empty, and \(missing) partitions should be there; is its disk mounted? To go on without them delete their topics"
            directory.die(of: .missingDirectory(directory.path, why: why))
        } else {
            catalogue.directories[Int(known)].id = id
        }
        return known
    }

    private mutating func checkNoneMissing() throws(StorageError) {
        for topic in catalogue.topics.values.sorted(by: { $0.name < $1.name }) {
            for place in topic.placement where !places.contains(place) {
                guard catalogue.directories.indices.contains(Int(place)) else {
                    throw .damagedCatalogue(path: directories[0].path, why: "topic \(topic.name) is in directory \(place) of none")
                }
                // One that was moved and then died is known by nothing.
                if let moved = places.firstIndex(of: Catalogue.nowhere) {
                    places[moved] = place
                    continue
                }
                throw .missingDirectory(
                    catalogue.directories[Int(place)].path,
                    why: "it holds partitions of topic \(topic.name) but is not among the data directories; add it")
            }
        }
    }

    /// The data directory of a place in the catalogue's list; nil when it was not given, which only directories are that
    /// have no topic's partition.
    func directory(at place: Int32) -> DataDirectory? {
        places.firstIndex(of: place).map { directories[$0] }
    }

    /// The places of a data directory's partitions, by topic name.
    func partitions(in directory: DataDirectory) -> [(topic: Catalogue.Topic, partition: Int32)] {
        guard let index = directories.firstIndex(where: { $0 === directory }) else { return [] }
        return catalogue.topics.values.sorted { $0.name < $1.name }.flatMap { topic in
            topic.placement.indices.filter { topic.placement[$0] == places[index] }.map { (topic, Int32($0)) }
        }
    }

    /// Makes a change durable: in every copy, or it throws and nothing in memory changed. What a failed change left in
    /// some copies, the next change overwrites; a crash before that may bring it to life. A data directory whose disk is
    /// dead is left out while another one takes the change: its copy is older then, and the next start replaces it.
    ///
    /// - Parameter isStart: whether a directory may die of whatever it meets.
    mutating func change(isStart: Bool = false, _ body: (inout Catalogue) -> Void) throws(StorageError) {
        // Counted on failure too: two contents must never share a generation.
        catalogue.generation += 1
        settleBranch()
        var changed = catalogue
        body(&changed)
        var isWritten = false
        for (directory, place) in zip(directories, places) where !directory.isDead {
            let bytes = changed.encode(for: changed.directories[Int(place)].id)
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            defer { memory.deallocate() }
            memory.copyBytes(from: bytes)
            do throws(SystemError) {
                try AtomicReplace.write(
                    UnsafeRawBufferPointer(memory), to: "\(directory.path)/\(Catalogue.name)", in: directory.fileSystem, .createPrivate)
                isWritten = true
            } catch {
                guard directories.count > 1, isStart ? directory.isDeathAtStart(.io(error)) : directory.isDeath(error) else {
                    throw .io(error)
                }
            }
        }
        guard isWritten else { throw .noDirectoryLeft(directories.compactMap(\.death)) }
        catalogue = changed
        isEverywhere = missingPlaces.isEmpty
    }

    /// The places of the catalogue that get no copy of the next change.
    private var missingPlaces: Set<Int32> {
        let reached = zip(directories, places).filter { !$0.0.isDead }.map(\.1)
        return Set(catalogue.directories.indices.map(Int32.init)).subtracting(reached)
    }

    /// Begins a branch when one more directory is left out; forgets the old ones when none is that could tell of them.
    private mutating func settleBranch() {
        let missing = missingPlaces
        if missing.isEmpty, isEverywhere { catalogue.history = [] }
        guard !missing.isSubset(of: leftOut) else { return }
        leftOut = missing
        catalogue.history.append(.init(id: catalogue.branch, generation: catalogue.generation - 1))
        if catalogue.history.count > StorageLimits.catalogueBranches { catalogue.history.removeFirst() }
        catalogue.branch = UInt64.random(in: 1 ... .max)
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
    /// Whether a byte is one of the two that names of metrics can't tell from each other.
    static func collides(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") }

    /// Whether two names are the same but for dots and underscores.
    static func collide(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8) { $0 == $1 || collides($0) && collides($1) }
    }

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
