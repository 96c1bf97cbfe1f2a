// Which partition of an internal topic keeps a group or a transactional id: its leader is the coordinator.

package enum CoordinatorPartition {
    package static let offsetsTopic = "__consumer_offsets"
    package static let transactionsTopic = "__transaction_state"
    /// Partitions of either topic unless the configuration says otherwise.
    package static let defaultCount: Int32 = 50

    /// The partition of `name`, in `0..<count`.
    ///
    /// - Source: `Utils.abs(id.hashCode) % count` in Kafka's GroupMetadataManager and TransactionStateManager: the smallest
    ///   hash, which has no absolute value, counts as 0. (Its producers' partitioner masks the sign bit instead.)
    package static func of(_ name: String, count: Int32 = defaultCount) -> Int32 {
        precondition(count > 0, "a topic of \(count) partitions")
        let hash = javaHash(name)
        return (hash == .min ? 0 : abs(hash)) % count
    }

    /// `java.lang.String.hashCode`: over UTF-16 units, wrapping.
    static func javaHash(_ text: String) -> Int32 {
        text.utf16.reduce(into: Int32(0)) { hash, unit in hash = hash &* 31 &+ Int32(unit) }
    }
}
