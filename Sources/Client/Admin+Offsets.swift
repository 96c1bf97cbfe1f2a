// Where a partition begins, ends, or stands at a time.
package import Vocabulary
internal import Wire

/// A place in a partition's log that has no number yet.
package enum OffsetPlace: Sendable, Equatable {
    /// The first record that can still be read.
    case earliest
    /// Behind the last record.
    case latest
    /// The first record of this time, in milliseconds since 1970, or a later one.
    case time(Int64)

    /// As ListOffsets spells it.
    var timestamp: Int64 {
        switch self {
        case .earliest: ListOffsetsRequest.earliestTimestamp
        case .latest: ListOffsetsRequest.latestTimestamp
        case .time(let milliseconds): max(0, milliseconds)
        }
    }
}

extension Admin {
    /// Offsets of partitions that this broker leads.
    ///
    /// - Parameter committed: whether `latest` stands before the first transaction that is still open.
    /// - Returns: by partition; none for a time behind the last record.
    package func offsets(
        of topic: String, _ partitions: [Int32], at place: OffsetPlace, committed: Bool = false
    ) throws(ClientError) -> [Int32: Offset] {
        let asked = partitions.map { ListOffsetsRequest.Partition(partitionIndex: $0, timestamp: place.timestamp) }
        let request = ListOffsetsRequest(isolationLevel: committed ? 1 : 0, topics: [.init(name: topic, partitions: asked)])
        let response: ListOffsetsResponse = try connection.call(request)
        var found: [Int32: Offset] = [:]
        for answer in response.topics.first(where: { $0.name == topic })?.partitions ?? [] {
            guard answer.errorCode == .none else {
                throw .refused(
                    answer.errorCode, "list offsets of \(topic)-\(answer.partitionIndex)", needs: NeededAccess(.describe, on: .topic(topic)))
            }
            if answer.offset >= 0 { found[answer.partitionIndex] = answer.offset }
        }
        if place == .earliest || place == .latest {
            for partition in partitions where found[partition] == nil {
                throw .malformed(broker, "ListOffsets answered without \(topic)-\(partition)")
            }
        }
        return found
    }
}
