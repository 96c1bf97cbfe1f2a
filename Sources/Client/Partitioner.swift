internal import Records

/// Chooses the partition of each record.
package struct Partitioner: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Each record to the next partition.
        case roundRobin
        /// Stays with a partition until a batch's worth of bytes went there, then takes another at random.
        case sticky
        /// By the key's hash, as Kafka's Java client does; records without a key go the sticky way.
        case murmur2
    }

    package let kind: Kind
    package let partitionCount: Int32
    private let stickyBytes: Int
    private var current: Int32
    private var bytes = 0
    private var state: UInt64

    /// - Parameters:
    ///   - stickyBytes: the batch size, after which `sticky` moves on.
    ///   - seed: producers with different seeds begin at different partitions.
    package init(_ kind: Kind, partitionCount: Int32, stickyBytes: Int, seed: UInt64) {
        precondition(partitionCount > 0 && stickyBytes > 0, "\(partitionCount) partitions, \(stickyBytes) bytes")
        self.kind = kind
        self.partitionCount = partitionCount
        self.stickyBytes = stickyBytes
        state = seed
        current = Int32(seed % UInt64(partitionCount))
    }

    package mutating func partition(key: UnsafeRawBufferPointer?, recordBytes: Int) -> Int32 {
        if kind == .murmur2, let key { return Murmur2.partition(key, of: partitionCount) }
        let chosen = current
        if kind == .roundRobin {
            current = current &+ 1 == partitionCount ? 0 : current &+ 1
            return chosen
        }
        bytes &+= recordBytes
        if bytes >= stickyBytes {
            bytes = 0
            // A 64-bit linear congruence; its high bits are good enough to spread batches.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            current = Int32((state &>> 33) % UInt64(partitionCount))
        }
        return chosen
    }
}
