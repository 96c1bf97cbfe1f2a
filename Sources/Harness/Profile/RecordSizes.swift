// How large records are: all alike, or drawn from a distribution.
internal import Measurement
internal import Records

/// Bytes of values.
package enum RecordSizes: Equatable, Sendable {
    case constant(Int)
    /// Every size of the range as often as any other.
    case uniform(ClosedRange<Int>)
    /// Ranges by weight, within each every size as often as any other.
    case weighted([WeightedRange])
    /// As often as they stand in a file, ascending.
    case observed([Int])

    package struct WeightedRange: Equatable, Sendable {
        package var sizes: ClosedRange<Int>
        package var weight: Double
        package init(sizes: ClosedRange<Int>, weight: Double) {
            self.sizes = sizes
            self.weight = weight
        }
    }

    /// Every record of a distribution carries a stamp, by which it is audited and timed: what a range would have below is raised to this.
    package static let smallestDrawn = PayloadStamp.size
    package static let largest = 1 << 20
    /// Draws of a lane, which it takes again and again.
    static let drawCount = 1 << 16

    package var isConstant: Bool { if case .constant = self { true } else { false } }

    /// From the smallest to the largest that is drawn.
    package var bounds: ClosedRange<Int> {
        switch self {
        case .constant(let bytes): bytes...bytes
        case .uniform(let range): range
        case .weighted(let ranges):
            Self.raised(ranges.lazy.filter { $0.weight > 0 }.map(\.sizes.lowerBound).min() ?? 0)
                ... Self.raised(ranges.lazy.filter { $0.weight > 0 }.map(\.sizes.upperBound).max() ?? 0)
        case .observed(let sizes): (sizes.first ?? Self.smallestDrawn)...(sizes.last ?? Self.smallestDrawn)
        }
    }

    package var mean: Double {
        switch self {
        case .constant(let bytes): return Double(bytes)
        case .uniform(let range): return Self.mean(of: range)
        case .weighted(let ranges):
            return ranges.reduce(0) { $0 + $1.weight * Self.mean(of: $1.sizes) } / Self.weight(ranges)
        case .observed(let sizes): return sizes.reduce(0) { $0 + Double($1) } / Double(max(1, sizes.count))
        }
    }

    /// Whether a range reaches below what a record needs for its stamp.
    package var raisesSmallOnes: Bool {
        guard case .weighted(let ranges) = self else { return false }
        return ranges.contains { $0.weight > 0 && $0.sizes.lowerBound < Self.smallestDrawn }
    }

    /// The size below which a share `quantile` of all records is, 0 ..< 1.
    func size(at quantile: Double) -> Int {
        switch self {
        case .constant(let bytes): return bytes
        case .uniform(let range): return Self.size(in: range, at: quantile)
        case .weighted(let ranges):
            var rest = quantile * Self.weight(ranges)
            var last = ranges[0].sizes
            for range in ranges where range.weight > 0 {
                if rest < range.weight { return Self.raised(Self.size(in: range.sizes, at: rest / range.weight)) }
                rest -= range.weight
                last = range.sizes
            }
            return Self.raised(last.upperBound)
        case .observed(let sizes): return sizes[min(sizes.count - 1, Int(quantile * Double(sizes.count)))]
        }
    }

    /// A lane's draws: one from each of as many equal shares of the distribution, so that the table's own shares and mean are the
    /// distribution's, in an order that the seed decides.
    func draws(seed: UInt64, lane: Int) -> ContiguousArray<UInt32> {
        // Another stream than that of the arrivals, which have the seed as it is.
        var random = SeededRandom(seed: seed &+ 0x5153_7a65, part: UInt64(lane))
        var table = ContiguousArray<UInt32>()
        table.reserveCapacity(Self.drawCount)
        for n in 0..<Self.drawCount {
            table.append(UInt32(size(at: (Double(n) + random.nextUnit()) / Double(Self.drawCount))))
        }
        // Fisher and Yates by hand: the library's shuffle may be another one in the next release.
        for n in stride(from: Self.drawCount - 1, to: 0, by: -1) {
            table.swapAt(n, Int(random.next().multipliedFullWidth(by: UInt64(n + 1)).high))
        }
        return table
    }

    private static func raised(_ bytes: Int) -> Int { max(smallestDrawn, bytes) }

    private static func weight(_ ranges: [WeightedRange]) -> Double { ranges.reduce(0) { $0 + $1.weight } }

    private static func size(in range: ClosedRange<Int>, at share: Double) -> Int {
        min(range.upperBound, range.lowerBound + Int(share * Double(range.count)))
    }

    /// Of what is drawn from a range: sizes below the smallest count as that.
    private static func mean(of range: ClosedRange<Int>) -> Double {
        let below = max(0, min(range.upperBound + 1, smallestDrawn) - range.lowerBound)
        let middle = Double(max(range.lowerBound, smallestDrawn) + max(range.upperBound, smallestDrawn)) / 2
        return (Double(below * smallestDrawn) + Double(range.count - below) * middle) / Double(range.count)
    }
}
