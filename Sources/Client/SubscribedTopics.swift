// The topics of a group's member, their partitions numbered through: within a membership a number says which partition of which.

struct SubscribedTopics {
    struct Topic {
        let name: String
        /// The number of its first partition.
        let first: Int32
        /// Partitions.
        let count: Int32
    }

    /// In the order in which they were given.
    let all: [Topic]
    private let places: [String: Int]

    /// - Parameter topics: different ones.
    init(_ topics: [(name: String, partitions: Int32)]) {
        var first: Int32 = 0
        all = topics.map { topic in
            defer { first += topic.partitions }
            return Topic(name: topic.name, first: first, count: topic.partitions)
        }
        places = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($0.element.name, $0.offset) })
    }

    /// nil for what is no partition of these topics.
    func number(of partition: Int32, in topic: String) -> Int32? {
        guard let place = places[topic], (0..<all[place].count).contains(partition) else { return nil }
        return all[place].first + partition
    }

    /// What `value` makes of each number, by topic; the numbers of a topic keep their order, and topics without any are left out.
    func grouped<Value>(
        _ numbers: [Int32], _ value: (_ partition: Int32, _ number: Int32) -> Value
    ) -> [(name: String, values: [Value])] {
        var values: [[Value]] = Array(repeating: [], count: all.count)
        for number in numbers {
            guard let place = all.lastIndex(where: { $0.first <= number }) else { continue }
            values[place].append(value(number - all[place].first, number))
        }
        return zip(all, values).filter { !$1.isEmpty }.map { (name: $0.name, values: $1) }
    }
}
