// What of a topic can be read.
package import Vocabulary
internal import Wire

extension Cluster {
    /// From each partition's first offset up to, not including, its end.
    ///
    /// - Parameters:
    ///   - partitions: empty: all of the topic.
    ///   - committed: whether the end stands before the first transaction that is still open.
    /// - Throws: `.unknown` for a partition that is not there or has no leader.
    package func bounds(
        of topic: ClusterMetadata.Topic, _ partitions: [Int32] = [], committed: Bool = false
    ) throws(ClientError) -> [Int32: Range<Offset>] {
        let there = topic.partitions.map(\.index)
        for number in partitions where !there.contains(number) {
            throw .unknown("topic \(topic.name) has no partition \(number); it has \(there.count), from 0")
        }
        let asked = partitions.isEmpty ? there : Set(partitions).sorted()
        // The ends first: a log that shrinks from the front meanwhile leaves nothing between.
        let ends = try offsets(of: topic, asked, at: .latest, committed: committed)
        let starts = try offsets(of: topic, asked, at: .earliest)
        var bounds: [Int32: Range<Offset>] = [:]
        for (partition, start) in starts { bounds[partition] = start..<max(start, ends[partition] ?? start) }
        return bounds
    }
}
