// The hash by which Kafka's Java producer sends equal keys to the same partition.

/// 32-bit MurmurHash2 with Kafka's seed. Source: `org.apache.kafka.common.utils.Utils.murmur2`.
package enum Murmur2 {
    private static let seed: UInt32 = 0x9747_b28c
    private static let multiplier: UInt32 = 0x5bd1_e995

    package static func hash(_ key: UnsafeRawBufferPointer) -> Int32 {
        var h = seed ^ UInt32(truncatingIfNeeded: key.count)
        let whole = key.count & ~3
        var position = 0
        while position < whole {
            var k = UInt32(littleEndian: key.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            k = k &* multiplier
            k ^= k &>> 24
            h = (h &* multiplier) ^ (k &* multiplier)
            position &+= 4
        }
        let rest = key.count &- whole
        if rest == 3 { h ^= UInt32(key[whole &+ 2]) &<< 16 }
        if rest >= 2 { h ^= UInt32(key[whole &+ 1]) &<< 8 }
        if rest >= 1 {
            h ^= UInt32(key[whole])
            h = h &* multiplier
        }
        h ^= h &>> 13
        h = h &* multiplier
        h ^= h &>> 15
        return Int32(bitPattern: h)
    }

    /// The partition of a key, as Java's default partitioner and librdkafka's `murmur2` choose it.
    ///
    /// - Parameter partitionCount: above 0.
    /// - Returns: in `0..<partitionCount`.
    package static func partition(_ key: UnsafeRawBufferPointer, of partitionCount: Int32) -> Int32 {
        precondition(partitionCount > 0, "a topic of \(partitionCount) partitions")
        return (hash(key) & Int32.max) % partitionCount
    }
}
