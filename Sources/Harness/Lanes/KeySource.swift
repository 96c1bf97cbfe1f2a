// The keys of one lane's records, one after the other.
internal import Glibc
internal import Measurement

/// Draws a key's number and writes its text; the seed and the lane decide all of them. Allocates nothing, and holds no reference:
/// whoever has it keeps the table alive.
struct KeySource {
    private enum Kind {
        case cycle(step: UInt64)
        case uniform
        case table(UnsafePointer<AliasTable.Entry>)
        /// `threshold` of 2³² draws are of the first `hot` keys.
        case hot(keys: UInt64, threshold: UInt32)
    }

    private let kind: Kind
    private let keys: UInt64
    private var random: SeededRandom
    private var position: UInt64

    /// nil where records have no keys.
    ///
    /// - Parameters:
    ///   - lane: of `lanes`.
    ///   - table: of a zipf distribution, as `table(for:)` makes it; must outlive the source.
    init?(_ distribution: KeyDistribution, seed: UInt64, lane: Int, of lanes: Int, table: AliasTable?) {
        random = SeededRandom(seed: seed &+ UInt64(lane) &* 0x9e37_79b9_7f4a_7c15)
        position = 0
        switch distribution {
        case .unkeyed: return nil
        case .roundRobin(let count):
            (kind, keys) = (.cycle(step: UInt64(lanes % count)), UInt64(count))
            position = UInt64(lane % count)
        case .uniform(let count): (kind, keys) = (.uniform, UInt64(count))
        case .zipf(let count, _):
            precondition(table?.count == count, "a table of \(table?.count ?? 0) keys for \(count)")
            (kind, keys) = (.table(UnsafePointer(table!.entries)), UInt64(count))
        case .hotSet(let count, let hot, let share):
            (kind, keys) = (.hot(keys: UInt64(hot), threshold: UInt32(min(share * 0x1p32, Double(UInt32.max)))), UInt64(count))
        }
    }

    /// What lanes of one group share; nil where nothing has to be looked up.
    static func table(for distribution: KeyDistribution) -> AliasTable? {
        guard case .zipf(let count, let exponent) = distribution else { return nil }
        return AliasTable(count: count) { pow(Double($0 + 1), -exponent) }
    }

    /// - Parameter key: eight bytes.
    @inline(__always)
    mutating func next(into key: UnsafeMutableRawBufferPointer) { write(number(), into: key) }

    /// The next key's number.
    mutating func number() -> UInt64 {
        switch kind {
        case .cycle(let step):
            let number = position
            position &+= step
            if position >= keys { position &-= keys }
            return number
        case .uniform: return Self.scaled(random.next(), keys)
        case .table(let entries):
            let draw = random.next()
            let number = Self.scaled(draw, keys)
            let entry = entries[Int(number)]
            return UInt32(truncatingIfNeeded: draw) < entry.threshold ? number : UInt64(entry.alias)
        case .hot(let hot, let threshold):
            let draw = random.next()
            if UInt32(truncatingIfNeeded: draw) < threshold { return Self.scaled(draw, hot) }
            return hot &+ Self.scaled(draw, keys &- hot)
        }
    }

    /// The upper half of a draw as a number below `count`, which is below 2³².
    @inline(__always) private static func scaled(_ draw: UInt64, _ count: UInt64) -> UInt64 { ((draw &>> 32) &* count) &>> 32 }

    /// `k0000042`: the digits from the last to the first, as one word.
    @inline(__always)
    private func write(_ number: UInt64, into key: UnsafeMutableRawBufferPointer) {
        var rest = number
        var word: UInt64 = 0
        for _ in 0..<KeyDistribution.keyBytes - 1 {
            word = word &<< 8 | (0x30 &+ rest % 10)
            rest /= 10
        }
        key.storeBytes(of: (word &<< 8 | 0x6b).littleEndian, as: UInt64.self)
    }
}
