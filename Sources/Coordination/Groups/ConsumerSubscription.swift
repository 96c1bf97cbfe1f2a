// What the coordinator has to know of a consumer's metadata: the topics it subscribes to.
//
//   subscription   version i16 · topics [string] · user data blob · later versions' fields

enum ConsumerSubscription {
    /// The protocol type of consumers; others (Connect) have metadata of their own.
    static let protocolType = "consumer"

    /// All topics that the members subscribe to; nil when they are not consumers, or one of them cannot be read.
    static func topics(of members: [GroupMember], protocolType: String?, protocolName: String?) -> Set<String>? {
        if members.isEmpty { return [] }
        guard protocolType == Self.protocolType, let protocolName else { return nil }
        var all: Set<String> = []
        for member in members {
            guard let topics = try? topics(of: member.metadata(protocolName)) else { return nil }
            all.formUnion(topics)
        }
        return all
    }

    static func topics(of metadata: [UInt8]) throws(StateRecordError) -> [String] {
        try RecordFieldReader.read(metadata) { reader throws(StateRecordError) in
            let version: Int16 = try reader.integer()
            guard version >= 0 else { throw .version(version) }
            var topics: [String] = []
            for _ in 0..<(try reader.count(ofAtLeast: 2)) { topics.append(try reader.string()) }
            return topics
        }
    }
}
