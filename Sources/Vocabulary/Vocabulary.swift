// The nouns that every layer shares. Kafka's words for Kafka's things.

/// A record's position in its partition, from 0.
package typealias Offset = Int64
/// A term of leadership of a partition. A broker on one node uses 0.
package typealias LeaderEpoch = Int32
/// The identity under which a producer's sequences are counted; unique for the life of a cluster.
package typealias ProducerID = Int64
/// A fencing generation of a producer id.
package typealias ProducerEpoch = Int16
