// Whether a batch of an idempotent producer is the next one, a repeated one, or neither.
internal import Vocabulary

/// Sequence numbers count a producer's records per partition and wrap from Int32.max to 0.
enum Sequence32 {
    /// The sequence `count` records behind `sequence`.
    static func advance(_ sequence: Int32, by count: Int32) -> Int32 {
        Int32(truncatingIfNeeded: (Int64(sequence) &+ Int64(count)) & 0x7fff_ffff)
    }

    /// Records from `first` to `last`, both counted, minus one.
    static func distance(from first: Int32, to last: Int32) -> Int32 {
        Int32(truncatingIfNeeded: (Int64(last) &- Int64(first)) & 0x7fff_ffff)
    }
}

/// A batch that a producer sent, as far as a repeated send must be recognised.
struct SequencedBatch: Equatable {
    var firstSequence: Int32
    var lastSequence: Int32
    var lastOffset: Offset

    var baseOffset: Offset {
        lastOffset - Offset(Sequence32.distance(from: firstSequence, to: lastSequence))
    }
}

enum SequenceDecision: Equatable {
    case next
    case duplicate(SequencedBatch)
}
