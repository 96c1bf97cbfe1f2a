// Which operations of a run go wrong, one run each.
import Glibc

/// Numbers from 1 on without an end: a test stops at the first run that survives. Of the first operations every one,
/// then a seeded sample; with TIDEMARK_CAMPAIGN all of them.
struct FaultPlaces: Sequence {
    /// The first so many are all met.
    var dense = 16
    /// Of what comes behind them one in so many, on average.
    var oneIn = 12
    let seed: UInt64

    /// - Parameter seed: says which of the later ones. Another test, another sample.
    init(_ seed: UInt64, dense: Int = 16, oneIn: Int = 12) {
        (self.dense, self.oneIn, self.seed) = (dense, oneIn, seed)
    }

    private static let meetsAll = getenv("TIDEMARK_CAMPAIGN") != nil

    func makeIterator() -> AnyIterator<Int> {
        var generator = SplitMix(seed)
        var place = 0
        return AnyIterator {
            place += Self.meetsAll || place < dense ? 1 : 1 + Int(generator.next() % UInt64(2 * oneIn - 1))
            return place
        }
    }
}
