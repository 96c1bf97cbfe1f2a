// Which topics exist and where their partitions are: the one file that the rest of a broker's disk hangs on.
//
//   magic "TMKCAT" · format i16 · length i32 of the body · body · crc u32 (CRC-32C of everything before)
//   body: generation i64 · this directory's id · cluster id string · node id i32 · next producer id i64
//         · directories i32 × { id, path string } · topics i32 × { name string, id, state i8
//         · overrides i32 × { key string, value string } · partitions i32 × { index of the directory i32 } }
//         · branch u64 · branches before it i32 × { branch u64, generation i64 }
//         · documents i32 × { name string, length i32, bytes }
//         · settings i32 × { kind string, name string, i32 × { key string, value string } }
//   ids are two u64; strings are i32 length and UTF-8. Format 1 ends behind the topics, format 2 behind the branches.
//   Mode 0600: documents may be secret.
//
// Every data directory has a copy. A change writes all copies, one after the other; the highest generation wins at
// start and is copied to the others, so a crash between two copies makes the change or has made it.
//
// A directory that is dead misses changes. The first change that leaves it out begins a branch, which remembers the
// branch that it grew out of and how far that went. A copy that a newer one remembers is older and nothing else; one that
// it does not remember went on by itself, with changes that nobody may drop: a start is refused then.
internal import Bytes
internal import Vocabulary

struct Catalogue: Equatable, Sendable {
    static let name = "catalogue"
    static let format: Int16 = 3
    static let magic = Array("TMKCAT".utf8)
    /// Larger files can't be ours: what their length field says is not believed.
    static let largestBytes = 256 << 20

    /// In the place of a data directory: a deleted partition has left it.
    static let nowhere: Int32 = -1

    private enum TopicState: Int8 { case active = 1, deleted = 2 }

    struct Topic: Equatable, Sendable {
        var name: String
        var id: TopicID
        var overrides: [String: String]
        /// For each partition, its data directory: an index into `directories`. Of a deleted topic `nowhere` where
        /// nothing is left.
        var placement: [Int32]
    }

    /// Changes that reached the same data directories.
    struct Branch: Equatable, Sendable {
        var id: UInt64
        /// Of its last change.
        var generation: Int64
    }

    struct Directory: Equatable, Sendable {
        var id: TopicID
        /// Where it was last: for messages only.
        var path: String
    }

    /// Something other than a topic that has settings.
    struct Entity: Hashable, Sendable {
        /// What it is: `broker`.
        var kind: String
        /// Which one; empty where the settings are for all of the kind.
        var name: String
    }

    var generation: Int64
    var clusterID: String
    var nodeID: Int32
    var nextProducerID: ProducerID
    var directories: [Directory]
    /// By name. Every partition has its directory.
    var topics: [String: Topic]
    /// Topics that are gone while directories of theirs may still have their names, on a disk that is dead for instance:
    /// a start renames them. Another topic may have the name.
    var deleted: [Topic] = []
    var branch: UInt64 = 0
    /// The branches that this one grew out of, oldest first.
    var history: [Branch] = []
    /// What the broker keeps beside its topics, such as credentials and access rules: by name, opaque here.
    var documents: [String: [UInt8]] = [:]
    /// Changed while the broker ran. Nobody without any is in here.
    var settings: [Entity: [String: String]] = [:]

    /// Whether nothing is in `other` that was not known when this was written.
    func includes(_ other: Catalogue) -> Bool {
        if other.branch == branch { return other.generation <= generation }
        return history.contains { $0.id == other.branch && other.generation <= $0.generation }
    }

    /// How many partitions have their directory in a data directory.
    func partitionCount(at place: Int32) -> Int {
        topics.values.reduce(0) { $0 + $1.placement.count { $0 == place } }
    }

    /// What is left of a deleted topic; when that is nothing, it is forgotten.
    mutating func leave(_ placement: [Int32], of id: TopicID) {
        guard let index = deleted.firstIndex(where: { $0.id == id }) else { return }
        deleted[index].placement = placement
        if placement.allSatisfy({ $0 == Self.nowhere }) { deleted.remove(at: index) }
    }
}

// MARK: - Bytes

extension Catalogue {
    static let fixedBytes = 12

    /// The copy for the directory with the id `directory`.
    func encode(for directory: TopicID) -> [UInt8] {
        var writer = ByteWriter(capacity: 1024)
        writer.write(Self.magic)
        writer.int16(Self.format)
        writer.int32(0)
        writer.int64(generation)
        writer.id(directory)
        writer.string(clusterID)
        writer.int32(nodeID)
        writer.int64(nextProducerID)
        writer.int32(Int32(directories.count))
        for directory in directories {
            writer.id(directory.id)
            writer.string(directory.path)
        }
        writer.int32(Int32(topics.count + deleted.count))
        for topic in topics.values.sorted(by: { $0.name < $1.name }) { topic.encode(into: &writer, TopicState.active.rawValue) }
        for topic in deleted { topic.encode(into: &writer, TopicState.deleted.rawValue) }
        writer.uint64(branch)
        writer.int32(Int32(history.count))
        for branch in history {
            writer.uint64(branch.id)
            writer.int64(branch.generation)
        }
        writer.int32(Int32(documents.count))
        for (name, bytes) in documents.sorted(by: { $0.key < $1.key }) {
            writer.string(name)
            writer.int32(Int32(bytes.count))
            writer.write(bytes)
        }
        writer.int32(Int32(settings.count))
        for (entity, values) in settings.sorted(by: { ($0.key.kind, $0.key.name) < ($1.key.kind, $1.key.name) }) {
            writer.string(entity.kind)
            writer.string(entity.name)
            writer.strings(values)
        }
        writer.patch(Int32(writer.count - Self.fixedBytes), at: Self.fixedBytes - 4)
        writer.uint32(CRC32C.checksum(writer.bytes))
        return Array(writer.bytes)
    }

    /// - Throws: `.newerFormat` before anything else is believed, else `.damagedCatalogue`.
    static func decode(_ bytes: [UInt8], path: String) throws(StorageError) -> (catalogue: Catalogue, directory: TopicID) {
        func damaged(_ why: String) -> StorageError { .damagedCatalogue(path: path, why: why) }
        guard bytes.count >= fixedBytes + 4, Array(bytes[..<magic.count]) == magic else {
            throw damaged("it does not begin with \"TMKCAT\"")
        }
        let found = Int16(bytes[6]) << 8 | Int16(bytes[7])
        guard found <= format else { throw .newerFormat(path: path, found: Int32(found), supported: Int32(format)) }
        guard found >= 1 else { throw damaged("format \(found)") }
        let decoded: (Catalogue, TopicID)?
        do {
            decoded = try bytes.withUnsafeBytes { raw in
                let covered = UnsafeRawBufferPointer(rebasing: raw[..<(raw.count - 4)])
                var end = ByteReader(raw, from: raw.count - 4)
                guard try end.uint32() == CRC32C.checksum(covered) else { return nil }
                var reader = ByteReader(covered, from: fixedBytes)
                let catalogue = try body(&reader, format: found)
                return reader.remaining == 0 ? catalogue : nil
            }
        } catch {
            throw damaged("it ends too early")
        }
        guard let decoded else { throw damaged("its checksum is wrong") }
        return decoded
    }

    private static func body(_ reader: inout ByteReader, format: Int16) throws -> (Catalogue, TopicID) {
        let generation = try reader.int64()
        let directory = try reader.id()
        var catalogue = Catalogue(
            generation: generation, clusterID: try reader.string(), nodeID: try reader.int32(),
            nextProducerID: try reader.int64(), directories: [], topics: [:])
        for _ in 0..<(try reader.count()) {
            catalogue.directories.append(Directory(id: try reader.id(), path: try reader.string()))
        }
        for _ in 0..<(try reader.count()) {
            let (topic, state) = try Topic.decode(&reader)
            switch TopicState(rawValue: state) {
            case .active: catalogue.topics[topic.name] = topic
            case .deleted: catalogue.deleted.append(topic)
            case nil: throw BytesError.truncated(needed: 1, available: 0, position: reader.position)
            }
        }
        guard format >= 2 else { return (catalogue, directory) }
        catalogue.branch = try reader.uint64()
        for _ in 0..<(try reader.count()) {
            catalogue.history.append(Branch(id: try reader.uint64(), generation: try reader.int64()))
        }
        guard format >= 3 else { return (catalogue, directory) }
        for _ in 0..<(try reader.count()) {
            let name = try reader.string()
            catalogue.documents[name] = Array(try reader.slice(try reader.count()))
        }
        for _ in 0..<(try reader.count()) {
            let entity = Entity(kind: try reader.string(), name: try reader.string())
            catalogue.settings[entity] = try reader.strings()
        }
        return (catalogue, directory)
    }
}

extension Catalogue.Topic {
    fileprivate func encode(into writer: inout ByteWriter, _ state: Int8) {
        writer.string(name)
        writer.id(id)
        writer.int8(state)
        writer.strings(overrides)
        writer.int32(Int32(placement.count))
        for directory in placement { writer.int32(directory) }
    }

    fileprivate static func decode(_ reader: inout ByteReader) throws -> (topic: Self, state: Int8) {
        var topic = Self(name: try reader.string(), id: try reader.id(), overrides: [:], placement: [])
        let state = try reader.int8()
        topic.overrides = try reader.strings()
        for _ in 0..<(try reader.count()) { topic.placement.append(try reader.int32()) }
        return (topic, state)
    }
}

extension ByteWriter {
    fileprivate mutating func string(_ text: String) {
        int32(Int32(text.utf8.count))
        write(Array(text.utf8))
    }

    /// By key, so that the same settings make the same bytes.
    fileprivate mutating func strings(_ values: [String: String]) {
        int32(Int32(values.count))
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            string(key)
            string(value)
        }
    }

    fileprivate mutating func id(_ id: TopicID) {
        uint64(id.high)
        uint64(id.low)
    }
}

extension ByteReader {
    /// How many of something follow, each a byte at least.
    fileprivate mutating func count() throws(BytesError) -> Int {
        let count = Int(try int32())
        guard (0...remaining).contains(count) else { throw .truncated(needed: count, available: remaining, position: position) }
        return count
    }

    fileprivate mutating func string() throws(BytesError) -> String {
        String(decoding: try slice(try count()), as: UTF8.self)
    }

    fileprivate mutating func strings() throws(BytesError) -> [String: String] {
        var values: [String: String] = [:]
        for _ in 0..<(try count()) {
            let key = try string()
            values[key] = try string()
        }
        return values
    }

    fileprivate mutating func id() throws(BytesError) -> TopicID {
        TopicID(high: try uint64(), low: try uint64())
    }
}
