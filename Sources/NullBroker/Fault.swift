// The promises a null broker can be told to break. `every: n` hits the n-th, 2n-th, … batch (or request).

/// What to get wrong.
package enum Fault: Equatable, Sendable {
    /// Acknowledges a batch and throws it away.
    case dropAcknowledged(every: Int)
    /// Stores a batch twice.
    case duplicate(every: Int)
    /// Stores a batch behind the one that follows it in its partition.
    case reorder(every: Int)
    /// Flips one bit of a record's payload and makes the batch's checksum fit.
    case flipBit(every: Int)
    /// Spoils the n-th, 2n-th, … record of all, and leaves the others of its batch as they are.
    case record(RecordDamage, every: Int)
    /// Writes a wrong length into a batch that it stores, and `length` may be anything.
    case batchLength(Int32, every: Int)
    /// Answers a fetch with one batch although more was asked for and is there.
    case shortFetch(every: Int)
    /// Answers a produce request with this Kafka error and stores nothing.
    case error(code: Int16, every: Int)
    /// Stores a batch and closes the connection instead of answering.
    case disconnect(every: Int)
    /// Holds answers back, each by what one draw says.
    case delays(DelayMixture)
    /// Stops everything once, some time after the start.
    case stall(afterNanoseconds: UInt64, forNanoseconds: UInt64)

    /// Holds the answers of a share (0…1) of the requests back.
    package static func delay(nanoseconds: UInt64, share: Double) -> Fault {
        guard let mixture = DelayMixture([.init(nanoseconds: nanoseconds, share: share)]) else { preconditionFailure("a share of \(share)") }
        return .delays(mixture)
    }

    var needsRecords: Bool {
        switch self {
        case .dropAcknowledged, .duplicate, .reorder, .flipBit, .record, .batchLength, .shortFetch, .disconnect: true
        case .error, .delays, .stall: false
        }
    }
}
