// Sets of sequences that are nearly one run: what a producer had acknowledged, what a consumer saw.

/// A set of sequences as ascending runs. What continues the highest run costs a comparison and touches no array, so
/// memory grows with gaps, not with records.
struct SequenceRanges: Sendable, Equatable {
    /// The highest run; empty before the first sequence.
    private(set) var lower: UInt64 = 0
    private(set) var upper: UInt64 = 0
    /// The runs below it: ascending, disjoint, not touching.
    private(set) var earlier: ContiguousArray<Range<UInt64>> = []
    /// Sequences of gaps that were closed over when there were too many runs to keep apart.
    private(set) var forgotten: UInt64 = 0

    /// 16 MiB of runs for one producer and partition: beyond that nothing is gained by knowing which.
    static let maximumRuns = 1 << 20

    var isEmpty: Bool { lower == upper }
    /// Every sequence below this and none above was added last in order; the next one in order continues there.
    var end: UInt64 { upper }
    var runs: ContiguousArray<Range<UInt64>> { isEmpty ? [] : earlier + [lower..<upper] }
    var count: UInt64 { earlier.reduce(upper - lower) { $0 + UInt64($1.count) } - forgotten }

    /// Adds the sequence right behind the highest run.
    @inline(__always) mutating func appendNext() { upper &+= 1 }

    /// Adds `range`.
    ///
    /// - Returns: how many of its sequences were not there before.
    @discardableResult
    mutating func insert(_ range: Range<UInt64>) -> UInt64 {
        guard !range.isEmpty else { return 0 }
        if isEmpty {
            (lower, upper) = (range.lowerBound, range.upperBound)
            return UInt64(range.count)
        }
        if range.lowerBound == upper {
            upper = range.upperBound
            return UInt64(range.count)
        }
        if range.lowerBound > upper { return push(range) }
        return merge(range)
    }

    /// Adds everything of `other`.
    ///
    /// - Returns: how many of its sequences were there before.
    mutating func formUnion(_ other: SequenceRanges) -> UInt64 {
        forgotten += other.forgotten
        var known: UInt64 = 0
        for run in other.runs { known += UInt64(run.count) - insert(run) }
        return known
    }

    func contains(_ sequence: UInt64) -> Bool {
        if sequence >= lower { return sequence < upper }
        let place = firstRun(endingAbove: sequence)
        return place < earlier.count && earlier[place].contains(sequence)
    }

    /// Opens a gap: `range` becomes the highest run.
    private mutating func push(_ range: Range<UInt64>) -> UInt64 {
        if earlier.count + 1 < Self.maximumRuns {
            earlier.append(lower..<upper)
            lower = range.lowerBound
        } else {
            forgotten += range.lowerBound - upper
        }
        upper = range.upperBound
        return UInt64(range.count)
    }

    /// The general case: `range` begins below the end of the highest run.
    private mutating func merge(_ range: Range<UInt64>) -> UInt64 {
        var all = earlier
        all.append(lower..<upper)
        // The runs that touch or overlap `range`.
        var first = firstRun(endingAbove: range.lowerBound)
        if first > 0, all[first - 1].upperBound == range.lowerBound { first -= 1 }
        var last = first
        var joined = range
        var known: UInt64 = 0
        while last < all.count, all[last].lowerBound <= range.upperBound {
            known += UInt64(all[last].clamped(to: range).count)
            joined = min(joined.lowerBound, all[last].lowerBound)..<max(joined.upperBound, all[last].upperBound)
            last += 1
        }
        all.replaceSubrange(first..<last, with: CollectionOfOne(joined))
        let highest = all.removeLast()
        (lower, upper) = (highest.lowerBound, highest.upperBound)
        earlier = all
        return UInt64(range.count) - known
    }

    /// The first run whose end is above `sequence`; `earlier.count` stands for the highest run.
    private func firstRun(endingAbove sequence: UInt64) -> Int {
        var low = 0
        var high = earlier.count
        while low < high {
            let middle = (low + high) / 2
            if earlier[middle].upperBound <= sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The runs of this set that are in neither of two others.
    func subtracting(_ other: SequenceRanges, _ third: SequenceRanges) -> ContiguousArray<Range<UInt64>> {
        guard !third.isEmpty else { return subtracting(other) }
        var rest = SequenceRanges()
        for run in subtracting(other) { rest.insert(run) }
        return rest.subtracting(third)
    }

    /// The runs of this set that are not in `other`.
    func subtracting(_ other: SequenceRanges) -> ContiguousArray<Range<UInt64>> {
        var rest: ContiguousArray<Range<UInt64>> = []
        let taken = other.runs
        var next = 0
        for run in runs {
            var start = run.lowerBound
            while next < taken.count, taken[next].upperBound <= start { next += 1 }
            var place = next
            while place < taken.count, taken[place].lowerBound < run.upperBound {
                if taken[place].lowerBound > start { rest.append(start..<taken[place].lowerBound) }
                start = max(start, taken[place].upperBound)
                place += 1
            }
            if start < run.upperBound { rest.append(start..<run.upperBound) }
        }
        return rest
    }
}
