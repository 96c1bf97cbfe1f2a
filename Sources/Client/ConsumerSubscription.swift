// What a member says of itself when it joins, and what the leader says to it: Kafka's consumer protocol, inside the group protocol.
//
//   subscription   version i16 = 2 · topics [string] · user data blob · owned [topic string · partitions [i32]] · generation i32
//   assignment     version i16 = 0 · [topic string · partitions [i32]] · user data blob
//
// Owned partitions from version 1, the generation from version 2. Source: `ConsumerProtocolSubscription` and `ConsumerProtocolAssignment`
// of Kafka 4.1.
internal import Bytes

enum ConsumerSubscription {
    static let protocolType = "consumer"

    /// What a member gets of one topic.
    typealias Share = (name: String, partitions: [Int32])

    /// - Parameter member: its id does not stand there; what it owns are numbers of `topics`.
    static func encoded(_ member: GroupAssignor.Member, _ topics: SubscribedTopics) -> [UInt8] {
        var writer = ByteWriter()
        writer.int16(2)
        writer.int32(Int32(topics.all.count))
        for topic in topics.all { write(topic.name, &writer) }
        writer.int32(-1)
        let owned = topics.grouped(member.owned) { partition, _ in partition }
        writer.int32(Int32(owned.count))
        for (topic, partitions) in owned { write(topic, partitions, &writer) }
        writer.int32(member.generation)
        return Array(writer.bytes)
    }

    /// A member as the leader is told of it, for one topic.
    ///
    /// - Returns: nil for one that does not subscribe to the topic, or says what cannot be read.
    static func member(_ id: String, _ metadata: [UInt8], topic: String) -> GroupAssignor.Member? {
        metadata.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try? member(id, &reader, topic)
        }
    }

    private static func member(_ id: String, _ reader: inout ByteReader, _ topic: String) throws -> GroupAssignor.Member? {
        let version = try reader.int16()
        var subscribes = false
        for _ in 0..<max(0, try reader.int32()) {
            if try string(&reader) == topic { subscribes = true }
        }
        guard subscribes else { return nil }
        var member = GroupAssignor.Member(id: id)
        _ = try reader.slice(Int(max(0, try reader.int32())))
        guard version >= 1 else { return member }
        for _ in 0..<max(0, try reader.int32()) {
            let isOurs = try string(&reader) == topic
            for _ in 0..<max(0, try reader.int32()) {
                let partition = try reader.int32()
                if isOurs { member.owned.append(partition) }
            }
        }
        if version >= 2 { member.generation = try reader.int32() }
        return member
    }

    static func assignment(of shares: [Share]) -> [UInt8] {
        var writer = ByteWriter()
        writer.int16(0)
        writer.int32(Int32(shares.count))
        for share in shares { write(share.name, share.partitions, &writer) }
        writer.int32(-1)
        return Array(writer.bytes)
    }

    private static func string(_ reader: inout ByteReader) throws -> String {
        String(decoding: try reader.slice(Int(max(0, try reader.int16()))), as: UTF8.self)
    }

    private static func write(_ text: String, _ writer: inout ByteWriter) {
        writer.int16(Int16(text.utf8.count))
        writer.write(Array(text.utf8))
    }

    private static func write(_ topic: String, _ partitions: [Int32], _ writer: inout ByteWriter) {
        write(topic, &writer)
        writer.int32(Int32(partitions.count))
        for partition in partitions { writer.int32(partition) }
    }
}
