// A topic of a load, as its lanes know it.

struct LaneTopic: Sendable {
    let name: String
    /// Of this topic alone: sequences, stamps and places count within it.
    let ledger: Ledger
    /// The number of its first partition among those of all topics of the load.
    let firstPartition: Int32

    var partitions: Int { ledger.partitions }

    /// The topics of a load, their partitions numbered through in this order.
    static func all(_ topics: [(name: String, ledger: Ledger)]) -> [LaneTopic] {
        var first = 0
        return topics.map { topic in
            defer { first += topic.ledger.partitions }
            return LaneTopic(name: topic.name, ledger: topic.ledger, firstPartition: Int32(first))
        }
    }
}

extension [LaneTopic] {
    /// Of all of them together.
    var allPartitions: Int { reduce(0) { $0 + $1.partitions } }
}
