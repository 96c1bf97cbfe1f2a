// Which topics exist and where their partitions are: the one file that the rest of a broker's disk hangs on.
//
//   magic "TMKCAT" · format i16 · length i32 of the body · body · crc u32 (CRC-32C of everything before)
//   body: generation i64 · this directory's id · cluster id string · node id i32 · next producer id i64
//         · directories i32 × { id, path string } · topics i32 × { name string, id, state i8
//         · overrides i32 × { key string, value string } · partitions i32 × { index of the directory i32 } }
//   ids are two u64; strings are i32 length and UTF-8
//
// Every data directory has a copy. A change writes all copies, one after the other; the highest generation wins at
// start and is copied to the others, so a crash between two copies makes the change or has made it.
internal import Bytes
internal import Vocabulary

struct Catalogue: Equatable, Sendable {
    static let name = "catalogue"
    static let format: Int16 = 1
    static let magic = Array("TMKCAT".utf8)
    /// Larger files can't be ours: what their length field says is not believed.
    static let largestBytes = 256 << 20

    enum TopicState: Int8, Sendable {
        /// Every partition has its directory.
        case active = 1
        /// Directories may still have their names: a start renames them.
        case deleting = 2
    }

    struct Topic: Equatable, Sendable {
        var name: String
        var id: TopicID
        var state: TopicState
        var overrides: [String: String]
        /// For each partition, its data directory: an index into `directories`.
        var placement: [Int32]
    }

    struct Directory: Equatable, Sendable {
        var id: TopicID
        /// Where it was last: for messages only.
        var path: String
    }

    var generation: Int64
    var clusterID: String
    var nodeID: Int32
    var nextProducerID: ProducerID
    var directories: [Directory]
    var topics: [String: Topic]
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
        writer.int32(Int32(topics.count))
        for topic in topics.values.sorted(by: { $0.name < $1.name }) { topic.encode(into: &writer) }
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
                let catalogue = try body(&reader)
                return reader.remaining == 0 ? catalogue : nil
            }
        } catch {
            throw damaged("it ends too early")
        }
        guard let decoded else { throw damaged("its checksum is wrong") }
        return decoded
    }

    private static func body(_ reader: inout ByteReader) throws -> (Catalogue, TopicID) {
        let generation = try reader.int64()
        let directory = try reader.id()
        var catalogue = Catalogue(
            generation: generation, clusterID: try reader.string(), nodeID: try reader.int32(),
            nextProducerID: try reader.int64(), directories: [], topics: [:])
        for _ in 0..<(try reader.count()) {
            catalogue.directories.append(Directory(id: try reader.id(), path: try reader.string()))
        }
        for _ in 0..<(try reader.count()) {
            let topic = try Topic(from: &reader)
            catalogue.topics[topic.name] = topic
        }
        return (catalogue, directory)
    }
}

extension Catalogue.Topic {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.string(name)
        writer.id(id)
        writer.int8(state.rawValue)
        writer.int32(Int32(overrides.count))
        for (key, value) in overrides.sorted(by: { $0.key < $1.key }) {
            writer.string(key)
            writer.string(value)
        }
        writer.int32(Int32(placement.count))
        for directory in placement { writer.int32(directory) }
    }

    fileprivate init(from reader: inout ByteReader) throws {
        name = try reader.string()
        id = try reader.id()
        guard let state = Catalogue.TopicState(rawValue: try reader.int8()) else {
            throw BytesError.truncated(needed: 1, available: 0, position: reader.position)
        }
        self.state = state
        overrides = [:]
        for _ in 0..<(try reader.count()) {
            let key = try reader.string()
            overrides[key] = try reader.string()
        }
        placement = []
        for _ in 0..<(try reader.count()) { placement.append(try reader.int32()) }
    }
}

extension ByteWriter {
    fileprivate mutating func string(_ text: String) {
        int32(Int32(text.utf8.count))
        write(Array(text.utf8))
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

    fileprivate mutating func id() throws(BytesError) -> TopicID {
        TopicID(high: try uint64(), low: try uint64())
    }
}
